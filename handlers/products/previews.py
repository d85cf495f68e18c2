"""What a form of products wants, compared with what TMON has: the preview, as of an uploaded file."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from handlers.blocks import Block
from handlers.listings import uploads as listing_uploads
from handlers.products import price_views
from handlers.request import SlackRequest, error_text
from tmon.errors import AppError
from tmon.listings.documents import Kind, Problem, SheetContent, SheetDeal, SheetOption
from tmon.listings.fields import F
from tmon.listings.uploads import ListingUploads
from tmon.models.listings import UploadSource
from tmon.spreadsheets.cells import CellProblem
from tmon.stores.fields import InvalidFields

T = TypeVar("T")


def typed_deal(
    number: str,
    title: str,
    values: Mapping[F, Any] | None = None,
    options: Iterable[SheetOption] = (),
    problems: Iterable[Problem] = (),
    line: int = 1,
) -> SheetDeal:
    """Return what was typed into a form as a product of a sheet. `title`: shown with it, and not compared."""
    return SheetDeal(
        line=line,
        number=number,
        values=dict(values or {}),
        options=list(options),
        cells={F.TITLE: title},
        problems=list(problems),
    )


async def show_preview(
    request: SlackRequest,
    store_id: str,
    content: SheetContent,
    buttons: Iterable[Block] = (),
    renew: Callable[[], Awaitable[SheetContent]] | None = None,
) -> None:
    """Show what becomes of each product. `buttons`: the way back, if it fails.

    `renew` makes the content again, of what was read at TMON meanwhile. Raises AppError while the form is open: at its
    first field if nothing would change.
    """

    async def judge() -> Block:
        uploads = request.services[ListingUploads]
        upload = await uploads.preview(request.person, store_id, content, UploadSource.FORM)
        if renew is not None and (newer := await renew()) != content:
            upload = await uploads.preview(request.person, store_id, newer, UploadSource.FORM)
        if all(one.kind is Kind.SAME for one in upload.content.judged):
            raise AppError("products.nothing_changed")
        return await listing_uploads.draw(request, upload)

    try:
        view = await request.with_progress(judge(), lambda: request.show(price_views.waiting(request.t)))
    except AppError as error:
        if not request.answered.is_set():
            raise
        await request.show(price_views.failed(request.t, error_text(request.t, error), list(buttons)))
        return
    await request.show(view)


class Checks:
    """Checks typed fields by the rules of the sheet, and collects what is wrong."""

    def __init__(self) -> None:
        self.errors: dict[str, AppError] = {}

    def take(self, field: str, check: Callable[[], T]) -> T | None:
        """Return what `check` returns; None if it refuses the field."""
        try:
            return check()
        except CellProblem as problem:
            self.wrong(field, problem.key, **problem.values)
        return None

    def wrong(self, field: str, key: str, **values: object) -> None:
        """Note what is wrong with a field."""
        self.errors[field] = AppError(key, field=field, **values)

    def raise_if_wrong(self) -> None:
        """Raise InvalidFields if anything is wrong."""
        if self.errors:
            raise InvalidFields(self.errors)
