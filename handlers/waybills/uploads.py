"""송장 파일 올리기: a filled form is read, previewed and sent, with a result for each row."""

import asyncio

from handlers.blocks import Block
from handlers.files import SHEET_ENDINGS, download, uploaded_file_id
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.subcommands import known_stores
from handlers.waybills import upload_views as views
from handlers.waybills.ids import BulkRef, BulkView, UploadRef
from tmon.errors import AppError
from tmon.permissions import Permission
from tmon.spreadsheets.reader import MAX_BYTES, SpreadsheetReader
from tmon.waybills.service import ClaimsUnread
from tmon.waybills.sheet import problem_file
from tmon.waybills.upload_rows import LAYOUT, RowKind
from tmon.waybills.uploads import Upload, WaybillUploads

_PROGRESS_SECONDS = 2.0
"""Seconds between two looks at how far the work has come."""


async def open_form(request: SlackRequest) -> None:
    """Handle 송장 파일 올리기: open the form, in place of a preview or result and on top of all else."""
    await request.require(Permission.OPERATE, *await known_stores(request))
    form = views.upload_form(request.t, BulkRef())
    if request.view.get("callback_id") in (BulkView.PREVIEW, BulkView.RESULT):
        await request.show(form)
    else:
        await request.push(form)


async def preview(request: SlackRequest) -> None:
    """Handle 미리보기: read the file and show what will be sent, and every row with which something is wrong."""
    await request.require(Permission.OPERATE, *await known_stores(request))

    async def read() -> Upload:
        name, data = await download(
            request.client, uploaded_file_id(request.view), endings=SHEET_ENDINGS, most=MAX_BYTES
        )
        table = await request.services[SpreadsheetReader].read(name, data, LAYOUT)
        return await request.services[WaybillUploads].preview(request.person, table)

    try:
        upload = await request.with_progress(
            read(), lambda: request.show(views.message_view(request.t, request.t("bulk.reading")))
        )
    except AppError as error:
        if not request.answered.is_set():
            raise
        await request.show(views.message_view(request.t, error_text(request.t, error), again=True))
        return
    await request.show(views.upload_view(request.t, upload, UploadRef(upload=upload.id)))


async def turn_page(request: SlackRequest) -> None:
    """Turn to another page of the rows with problems, or open the result from a message."""
    ref = decode(UploadRef, request.value)
    upload = await request.services[WaybillUploads].get(request.person, ref.upload)
    await request.show(views.upload_view(request.t, upload, ref))


async def send(request: SlackRequest) -> None:
    """Handle 송장 등록하기: send the rows that are ready, showing how far it is, and then what became of each."""
    ref, uploads = decode(UploadRef, request.view.get("private_metadata")), request.services[WaybillUploads]
    unchecked = ref.unread and bool(read_form(request.view).get(views.UNCHECKED))
    if ref.unread and not unchecked:
        raise AppError("bulk.unchecked_needed", field=views.UNCHECKED)
    await request.show(views.message_view(request.t, request.t("bulk.starting")))
    upload = await uploads.get(request.person, ref.upload)
    for store_id in {row.store_id for row in upload.content.rows if row.kind is RowKind.READY}:
        await request.store(store_id, Permission.OPERATE)
    view_id, shown_at, is_open = str(request.view["id"]), asyncio.get_running_loop().time(), True

    async def progress(done: int, total: int) -> None:
        nonlocal shown_at, is_open
        now = asyncio.get_running_loop().time()
        if is_open and now - shown_at > _PROGRESS_SECONDS:
            shown_at = now
            is_open = await request.replace(view_id, views.progress_view(request.t, done, total))

    try:
        upload = await uploads.send(request.person, ref.upload, progress, unchecked=unchecked)
    except ClaimsUnread as error:
        await _show_unread(request, view_id, ref, error)
        return
    view = views.upload_view(request.t, upload, UploadRef(upload=upload.id))
    if not (is_open and await request.replace(view_id, view)):
        await uploads.tell(upload)


async def send_problems(request: SlackRequest) -> None:
    """Handle 문제 행 받기: send the rows with problems as a file, each with what is wrong."""
    ref, t = decode(UploadRef, request.value), request.t
    uploads = request.services[WaybillUploads]
    upload = await uploads.get(request.person, ref.upload)
    rows = upload.content.problems
    if not rows:
        raise AppError("bulk.no_problems")
    deals = await uploads.deals(request.team_id, rows)
    cells = [views.problem_row(t, row, deals.get(row.place)) for row in rows]
    content = await asyncio.to_thread(problem_file, cells, (t("bulk.line"), t("bulk.outcome"), t("bulk.why")))
    name = t("bulk.problems_name", day=t.stamp(request.services.clock())[:10])
    await request.send_file(t("bulk.problems_text", n=len(rows)), name, content)
    await request.notify(t("bulk.problems_sent", n=len(rows)))


async def _show_unread(request: SlackRequest, view_id: str, ref: UploadRef, error: ClaimsUnread) -> None:
    """Say that nothing was sent because cancels could not be read, and offer to send without."""
    upload = await request.services[WaybillUploads].get(request.person, ref.upload)
    view: Block = views.upload_view(request.t, upload, ref.model_copy(update={"unread": True}))
    if not await request.replace(view_id, view):
        await request.notify(error_text(request.t, error))
