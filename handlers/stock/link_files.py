"""Options linked to SKUs by a file: sent, filled in, uploaded, previewed, applied."""

import asyncio
from collections.abc import Sequence

from handlers.files import csv_file
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stock import form_views as views
from handlers.stock.common import show_list
from handlers.stock.ids import StockRef
from handlers.stock.uploads import UploadedList, apply_previewed, preview_file
from tmon.permissions import Permission
from tmon.spreadsheets.cells import RowProblem, Table
from tmon.stock.link_import import LAYOUT, LinkRow, read_links
from tmon.stock.push_preview import Progress, PushPreview, StockPreviews
from tmon.stock.service import StockService


async def send_file(request: SlackRequest) -> None:
    """Handle 연결 양식 받기: send the options with what they sell, to be filled in."""
    ref = decode(StockRef, request.value)
    store = await request.store(ref.store, Permission.OPERATE)
    rows = await request.services[StockService].link_file(request.team_id, ref.store)
    text = request.t.md("stock.link_file_text", store=store.name)
    await request.send_file(text, "옵션-연결-양식.csv", await csv_file(rows))
    await request.notify(request.t("stock.link_file_sent"))


async def open_upload(request: SlackRequest) -> None:
    """Handle 연결 파일 올리기: open the upload form in place of the list of options."""
    ref = decode(StockRef, request.value)
    store = await request.store(ref.store, Permission.OPERATE)
    await request.show(views.link_upload_form(request.t, store, ref))


async def uploaded(request: SlackRequest) -> None:
    """Handle the upload form: preview what the file changes, or say what is wrong with it."""
    await preview_file(request, LINKS)


async def apply(request: SlackRequest) -> None:
    """Handle 연결하기 in the preview: link, unless what that changes is no longer what was seen."""
    ref = await apply_previewed(request, LINKS)
    await show_list(request, StockRef(store=ref.store), ref.list_view)


async def _check(request: SlackRequest, store_id: str, table: Table) -> tuple[list[LinkRow], list[RowProblem]]:
    rows, problems = await asyncio.to_thread(read_links, table)
    problems += await request.services[StockService].check_links(request.team_id, store_id, rows)
    return rows, sorted(problems, key=lambda problem: problem.line)


async def _preview(request: SlackRequest, store_id: str, rows: Sequence[LinkRow], progress: Progress) -> PushPreview:
    return await request.services[StockPreviews].preview(request.team_id, store_id, links=rows, progress=progress)


async def _apply(request: SlackRequest, store_id: str, rows: Sequence[LinkRow]) -> str:
    return views.linked_text(
        request.t, await request.services[StockService].apply_links(request.person, store_id, rows)
    )


LINKS = UploadedList(LAYOUT, _check, "stock.links_none", _preview, views.link_preview, _apply)
"""Files that link options to SKUs."""
