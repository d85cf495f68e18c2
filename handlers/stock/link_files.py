"""Options linked to SKUs by a file: sent, filled in, uploaded, previewed, applied."""

import asyncio

from handlers.blocks import Block
from handlers.files import csv_file, download, send
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.stock import form_views as views
from handlers.stock.common import show_list
from handlers.stock.ids import ApplyRef, StockRef
from handlers.stock.uploads import ENDINGS, deliver, file_id, mark, result, was_seen, with_progress
from tmon.api import TmonError
from tmon.errors import AppError
from tmon.permissions import Permission
from tmon.spreadsheets.reader import MAX_BYTES, SpreadsheetReader
from tmon.stock.link_import import LAYOUT, read_links
from tmon.stock.push_preview import Progress, StockPreviews
from tmon.stock.service import StockService


async def send_file(request: SlackRequest) -> None:
    """Handle 연결 양식 받기: send the options with what they sell, to be filled in."""
    ref = decode(StockRef, request.value)
    store = await request.store(ref.store, Permission.OPERATE)
    rows = await request.services[StockService].link_file(request.team_id, ref.store)
    text = request.t.md("stock.link_file_text", store=store.name)
    await send(request.client, request.user_id, text, "옵션-연결-양식.csv", csv_file(rows))
    await request.notify(request.t("stock.link_file_sent"))


async def open_upload(request: SlackRequest) -> None:
    """Handle 연결 파일 올리기: open the upload form in place of the list of options."""
    ref = decode(StockRef, request.value)
    store = await request.store(ref.store, Permission.OPERATE)
    await request.show(views.link_upload_form(request.t, store, ref))


async def uploaded(request: SlackRequest) -> None:
    """Handle the upload form: preview what the file changes, or say what is wrong with it."""
    ref = decode(StockRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    file = ApplyRef(**ref.model_dump(), file=file_id(request.view))
    await deliver(request, await with_progress(request, lambda progress: _view(request, file, progress)))


async def apply(request: SlackRequest) -> None:
    """Handle 연결하기 in the preview: link, unless what that changes is no longer what was seen."""
    ref = decode(ApplyRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    await deliver(request, await with_progress(request, lambda progress: _view(request, ref, progress)))
    if ref.list_view:
        await show_list(request, StockRef(store=ref.store), ref.list_view)


async def _view(request: SlackRequest, ref: ApplyRef, progress: Progress) -> Block:
    try:
        return await _next(request, ref, progress)
    except (AppError, TmonError) as error:
        return await result(request, ref, error_text(request.t, error))


async def _next(request: SlackRequest, ref: ApplyRef, progress: Progress) -> Block:
    stock = request.services[StockService]
    name, data = await download(request.client, ref.file, endings=ENDINGS, most=MAX_BYTES)
    table = await request.services[SpreadsheetReader].read(name, data, LAYOUT)
    rows, problems = await asyncio.to_thread(read_links, table)
    problems += await stock.check_links(request.team_id, ref.store, rows)
    source = views.source_text(request.t, table)
    if problems:
        problems.sort(key=lambda problem: problem.line)
        return await result(request, ref, "\n".join([views.problems_text(request.t, problems), source]))
    if not rows:
        return await result(request, ref, "\n".join([request.t("stock.links_none"), source]))
    preview = await request.services[StockPreviews].preview(request.team_id, ref.store, links=rows, progress=progress)
    if not was_seen(preview, ref, read_form(request.view), data):
        store = await request.store(ref.store, Permission.OPERATE)
        effects = views.effects_blocks(request.t, preview, table=table, changed_meanwhile=bool(ref.seen))
        seen = ref.model_copy(update={"seen": mark(data, preview)})
        return views.link_preview(request.t, store, effects, seen)
    linked = await stock.apply_links(request.person, ref.store, rows)
    return await result(request, ref, views.linked_text(request.t, linked))
