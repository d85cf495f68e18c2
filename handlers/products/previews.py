"""What a form of products wants, compared with what TMON has: the preview, as of an uploaded file."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from handlers.blocks import Block
from handlers.listings import uploads as listing_uploads
from handlers.products import price_views
from handlers.request import SlackRequest, error_text
from tmon.errors import AppError
from tmon.listings.documents import Kind, SheetContent
from tmon.listings.uploads import ListingUploads
from tmon.models.listings import UploadSource
from tmon.spreadsheets.cells import CellProblem
from tmon.stores.fields import InvalidFields

T = TypeVar("T")


async def show_preview(
    request: SlackRequest, store_id: str, content: SheetContent, buttons: Iterable[Block] = ()
) -> None:
    """Show what becomes of each product. `buttons`: the way back, if it fails.

    Raises AppError while the form is open: at its first field if nothing would change.
    """

    async def judge() -> Block:
        uploads = request.services[ListingUploads]
        upload = await uploads.preview(request.person, store_id, content, UploadSource.FORM)
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
