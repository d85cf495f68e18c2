"""Lists that are uploaded, previewed and applied: progress, the mark of a preview, the result."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from handlers.blocks import Block
from handlers.common_views.stock import UNSEEN, progress_text
from handlers.files import SHEET_ENDINGS, download, uploaded_file_id
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.stock import form_views as views
from handlers.stock.ids import ApplyRef, StockRef, StockView
from handlers.texts import Texts
from tmon.api import TmonError
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.spreadsheets.cells import Layout, RowProblem, Table
from tmon.spreadsheets.reader import MAX_BYTES, SpreadsheetReader
from tmon.stock.push_preview import Progress, PushPreview
from tmon.stock.service import StockService

T = TypeVar("T")

_PROGRESS_SECONDS = 2.0
"""Seconds between two looks at how far the work has come."""


@dataclass(frozen=True)
class UploadedList(Generic[T]):
    """A kind of list: how its rows are read, and what they do. The functions get the request and the id of the store."""

    layout: Layout
    check: Callable[[SlackRequest, str, Table], Awaitable[tuple[list[T], list[RowProblem]]]]
    """Return the rows of a table, and what is wrong with it."""
    none: str
    """Text key for a list without rows."""
    preview: Callable[[SlackRequest, str, Sequence[T], Progress], Awaitable[PushPreview]]
    preview_view: Callable[[Texts, Store, Sequence[Block], ApplyRef], Block]
    apply: Callable[[SlackRequest, str, Sequence[T]], Awaitable[str]]
    """Apply the rows; return what to say about it."""


async def preview_file(request: SlackRequest, kind: UploadedList[T]) -> None:
    """Handle the form with an uploaded file: preview what it changes, or say what is wrong with it."""
    ref = decode(StockRef, request.view.get("private_metadata"))
    await _follow(request, kind, ApplyRef(**ref.model_dump(), file=uploaded_file_id(request.view)))


async def apply_previewed(request: SlackRequest, kind: UploadedList[T]) -> ApplyRef:
    """Handle the preview of a file: apply it, unless what it changes is no longer what was seen."""
    ref = decode(ApplyRef, request.view.get("private_metadata"))
    await _follow(request, kind, ref)
    return ref


async def _follow(request: SlackRequest, kind: UploadedList[T], ref: ApplyRef) -> None:
    """Show the view that follows: what is wrong with the file, what it changes, or what it has changed."""
    store = await request.store(ref.store, Permission.OPERATE)

    async def view(progress: Progress) -> Block:
        try:
            return await _next_view(request, kind, store, ref, progress)
        except (AppError, TmonError) as error:
            return await result(request, ref, error_text(request.t, error))

    await deliver(request, await with_progress(request, view))


async def _next_view(
    request: SlackRequest, kind: UploadedList[T], store: Store, ref: ApplyRef, progress: Progress
) -> Block:
    name, data = await download(request.client, ref.file, endings=SHEET_ENDINGS, most=MAX_BYTES)
    table = await request.services[SpreadsheetReader].read(name, data, kind.layout)
    rows, problems = await kind.check(request, store.id, table)
    source = views.source_text(request.t, table)
    if problems:
        return await result(request, ref, "\n".join([views.problems_text(request.t, problems), source]))
    if not rows:
        return await result(request, ref, "\n".join([request.t(kind.none), source]))
    preview = await kind.preview(request, store.id, rows, progress)
    if not was_seen(preview, ref, read_form(request.view), data):
        effects = views.effects_blocks(request.t, preview, table=table, changed_meanwhile=bool(ref.seen))
        return kind.preview_view(request.t, store, effects, ref.model_copy(update={"seen": mark(data, preview)}))
    return await result(request, ref, "\n".join([await kind.apply(request, store.id, rows), source]))


def mark(data: bytes, preview: PushPreview) -> str:
    """Return the mark of a list and of what it changes."""
    return f"{hashlib.sha256(data).hexdigest()[:16]}-{preview.seen}"


def was_seen(preview: PushPreview, ref: ApplyRef, values: Mapping[str, Any], data: bytes) -> bool:
    """Whether the person has seen exactly this preview, and agreed where TMON's stock is not known."""
    return ref.seen == mark(data, preview) and (preview.not_compared is None or bool(values.get(UNSEEN)))


async def with_progress(request: SlackRequest, work: Callable[[Progress], Awaitable[T]]) -> T:
    """Return the result of `work`; if it takes long, show what it is doing meanwhile."""
    shown_at = 0.0

    async def progress(done: int, total: int) -> None:
        nonlocal shown_at
        now = asyncio.get_running_loop().time()
        if request.answered.is_set() and now - shown_at > _PROGRESS_SECONDS:
            shown_at = now
            view = views.message_view(request.t, progress_text(request.t, done, total))
            await request.replace(str(request.view["id"]), view)

    return await request.with_progress(
        work(progress), lambda: request.show(views.message_view(request.t, request.t("stock.reading")))
    )


async def deliver(request: SlackRequest, view: Block) -> None:
    """Show a view in place of the form. If the person has closed it meanwhile, a result goes to their direct messages."""
    if not request.answered.is_set():
        await request.show(view)
    elif not await request.replace(str(request.view["id"]), view) and view["callback_id"] == StockView.RESULT:
        await request.client.chat_postMessage(channel=request.user_id, text=view["blocks"][0]["text"]["text"])


async def result(request: SlackRequest, ref: StockRef, text: str) -> Block:
    """Return the view with what came of a list."""
    page = await request.services[StockService].page(request.team_id, ref.store, 0)
    return views.result_view(request.t, text, ref, unmapped=page.unmapped > 0)
