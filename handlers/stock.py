"""`/tmon stock`: SKUs by file, pasted or one by one, which option sells which, and mismatches with TMON."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from handlers.access import require
from handlers.command import named_store
from handlers.files import download
from handlers.guard import Call, Guard, explain
from handlers.ids import StockAction, StockView
from handlers.messages import heal
from handlers.painting import Drawing
from handlers.payloads import MismatchRef, StockRef, unpack
from handlers.texts import Texts
from handlers.typed import block_of, typed
from handlers.views import stock as views
from handlers.views.blocks import Block, section
from tmon.collection.tables import Kind
from tmon.errors import AppError
from tmon.notifications import Message
from tmon.people import Right
from tmon.services import Services
from tmon.stock.notices import MISMATCH, OUT, REFUSED, SHORTAGE, mismatch_key
from tmon.stock.rows import Cell, Problem, SkuRow, read_rows
from tmon.stock.service import OptionFacts, SkuFacts
from tmon.stock.sheets import MAX_BYTES, read_file, read_text
from tmon.stores.tables import Store

log = structlog.get_logger(__name__)

_SHOW_PROGRESS_AFTER = 1.0
"""Seconds after which a form says that its file is being read."""
_ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm")


def register(guard: Guard) -> None:
    """Registers what people do with stock."""
    guard.action(StockAction.PAGE, turn_page)
    guard.action(StockAction.SYNC, sync_now)
    guard.action(StockAction.UPLOAD, open_upload)
    guard.action(StockAction.PASTE, open_paste)
    guard.action(StockAction.ADD, open_sku)
    guard.action(StockAction.EDIT, open_sku)
    guard.action(StockAction.REMOVE, remove)
    guard.action(StockAction.UNMAPPED, show_unmapped)
    guard.action(StockAction.MAP, open_map)
    guard.action(StockAction.KEEP_OURS, keep_ours)
    guard.action(StockAction.KEEP_TMON, keep_tmon)
    guard.submission(StockView.LIST, search)
    guard.submission(StockView.UPLOAD, uploaded)
    guard.submission(StockView.PASTE, pasted)
    guard.submission(StockView.SKU, save_sku)
    guard.submission(StockView.MAP, save_map)


async def command(call: Call, rest: str) -> None:
    """`/tmon stock [store]`."""
    ref = StockRef(store=(await named_store(call, rest)).id)
    await call.client.views_open(trigger_id=call.trigger_id, view=await _list(call, ref))


async def turn_page(call: Call) -> None:
    """이전 쪽, 다음 쪽."""
    await _show_list(call, unpack(StockRef, call.value), str(call.view["id"]))


async def search(call: Call) -> None:
    """찾기: codes and names that hold what was typed."""
    ref = unpack(StockRef, call.view.get("private_metadata"))
    words = str(typed(call.view).get("search", "")).strip()
    view = await _list(call, ref.model_copy(update={"search": words, "page": 0}))
    await call.ack(response_action="update", view=view)


async def sync_now(call: Call) -> None:
    """지금 맞추기."""
    ref = unpack(StockRef, call.value)
    await _working(call, ref.store)
    synced = await call.services.collector.collect_now(call.team_id, ref.store, Kind.STOCK, call.user_id)
    note = explain(call.t, synced.error) if synced.error is not None else views.synced_text(call.t, synced.counts)
    await _show_list(call, ref, str(call.view["id"]), note)


async def open_upload(call: Call) -> None:
    """파일 올리기."""
    store, ref = await _opening(call)
    await call.client.views_push(trigger_id=call.trigger_id, view=views.upload_form(call.t, store, ref))


async def open_paste(call: Call) -> None:
    """붙여넣기."""
    store, ref = await _opening(call)
    await call.client.views_push(trigger_id=call.trigger_id, view=views.paste_form(call.t, store, ref))


async def open_sku(call: Call) -> None:
    """SKU 추가, 수정."""
    store, ref = await _opening(call)
    facts = None
    if ref.sku:
        _, facts = await call.services.stock.sku(call.team_id, store.id, ref.sku)
    await call.client.views_push(trigger_id=call.trigger_id, view=views.sku_form(call.t, ref, facts))


async def show_unmapped(call: Call) -> None:
    """연결 안 된 옵션, and its pages."""
    ref = unpack(StockRef, call.value)
    page = await call.services.stock.unmapped(call.team_id, ref.store, ref.page)
    if call.view.get("callback_id") == StockView.UNMAPPED:
        await call.client.views_update(view_id=call.view["id"], view=views.option_list(call.t, page, ref))
        return
    ref = ref.model_copy(update={"list_view": str(call.view["id"])})
    await call.client.views_push(trigger_id=call.trigger_id, view=views.option_list(call.t, page, ref))


async def open_map(call: Call) -> None:
    """SKU 연결."""
    ref = unpack(StockRef, call.value)
    await _working(call, ref.store)
    _, facts = await call.services.stock.option(call.team_id, ref.store, ref.deal, ref.option)
    ref = ref.model_copy(update={"list_view": str(call.view["id"])})
    await call.client.views_push(trigger_id=call.trigger_id, view=views.map_form(call.t, facts, ref))


async def save_map(call: Call) -> None:
    """A code was typed for an option."""
    ref = unpack(StockRef, call.view.get("private_metadata"))
    await _working(call, ref.store)
    try:
        code = str(typed(call.view).get("code", ""))
        await call.services.stock.map(call.person, ref.store, ref.deal, ref.option, code)
    except AppError as error:
        await _refuse(call, error)
        return
    await call.ack()
    page = await call.services.stock.unmapped(call.team_id, ref.store, ref.page)
    await call.client.views_update(view_id=ref.list_view, view=views.option_list(call.t, page, ref))


async def save_sku(call: Call) -> None:
    """One SKU was typed."""
    ref = unpack(StockRef, call.view.get("private_metadata"))
    await _working(call, ref.store)
    values = typed(call.view)
    code = values.get("code", "")
    try:
        if ref.sku:
            _, facts = await call.services.stock.sku(call.team_id, ref.store, ref.sku)
            code = facts.sku.code
        rows, problems = read_rows(
            [
                ["code", "stock", "safety", "low", "name"],
                [code, *(str(values.get(name, "")) for name in ("stock", "safety", "low_at", "name"))],
            ]
        )
        if problems:
            raise _field_error(problems[0])
        applied = await call.services.stock.apply(call.person, ref.store, rows, source="form")
    except AppError as error:
        await _refuse(call, error)
        return
    await call.ack()
    await _show_list(call, ref, ref.list_view, views.applied_text(call.t, applied))


async def remove(call: Call) -> None:
    """SKU 삭제."""
    ref = unpack(StockRef, call.value)
    await _working(call, ref.store)
    await call.services.stock.remove(call.person, ref.store, ref.sku)
    await call.client.views_update(view_id=call.view["id"], view=views.message_view(call.t, call.t("stock.removed")))
    await _show_list(call, ref, ref.list_view)


async def pasted(call: Call) -> None:
    """Rows were pasted: what is wrong with them is told at the field."""
    ref = unpack(StockRef, call.view.get("private_metadata"))
    await _working(call, ref.store)
    try:
        cells = read_text(str(typed(call.view).get("rows", "")))
        rows, problems = await _check(call, ref.store, cells)
        if problems:
            raise AppError("stock.pasted_wrong", problems=views.problems_text(call.t, problems))
        applied = await call.services.stock.apply(call.person, ref.store, rows, source="pasted")
    except AppError as error:
        await _refuse(call, error)
        return
    await call.ack()
    await _show_list(call, ref, ref.list_view, views.applied_text(call.t, applied))


async def uploaded(call: Call) -> None:
    """A file was put in. What takes longer than Slack waits is told afterwards, where the form stood."""
    ref = unpack(StockRef, call.view.get("private_metadata"))
    await _working(call, ref.store)
    work = asyncio.ensure_future(_taken_in(call, ref.store, _file_id(call.view)))
    await asyncio.wait({work}, timeout=_SHOW_PROGRESS_AFTER)
    if work.done():
        await call.ack(response_action="update", view=views.message_view(call.t, work.result()))
    else:
        await call.ack(response_action="update", view=views.message_view(call.t, call.t("stock.reading")))
        await _show_result(call, await work)
    await _show_list(call, ref, ref.list_view)


async def _taken_in(call: Call, store_id: str, file_id: str) -> str:
    try:
        return await _take_in(call, store_id, file_id)
    except AppError as error:
        return explain(call.t, error)


async def _take_in(call: Call, store_id: str, file_id: str) -> str:
    name, data = await download(call.client, file_id, endings=_ENDINGS, most=MAX_BYTES)
    cells = await asyncio.to_thread(read_file, name, data)
    rows, problems = await _check(call, store_id, cells)
    if problems:
        return views.problems_text(call.t, problems)
    applied = await call.services.stock.apply(call.person, store_id, rows, source="file")
    return views.applied_text(call.t, applied)


async def _check(call: Call, store_id: str, cells: Sequence[Sequence[Cell]]) -> tuple[list[SkuRow], list[Problem]]:
    rows, problems = await asyncio.to_thread(read_rows, cells)
    problems += await call.services.stock.check(call.team_id, store_id, rows)
    return rows, sorted(problems, key=lambda problem: problem.line)


def _file_id(view: dict[str, Any]) -> str:
    """The id of the chosen file; what else the form says of it is asked of Slack itself."""
    for elements in ((view.get("state") or {}).get("values") or {}).values():
        for element in elements.values():
            for file in element.get("files") or []:
                return str(file["id"])
    raise AppError("stock.file_lost")


async def keep_ours(call: Call) -> None:
    """우리 재고로 맞추기."""
    await _settle(call, keep_tmon=False)


async def keep_tmon(call: Call) -> None:
    """티몬 재고로 맞추기."""
    await _settle(call, keep_tmon=True)


async def _settle(call: Call, *, keep_tmon: bool) -> None:
    ref = unpack(MismatchRef, call.value)
    await _working(call, ref.store)
    try:
        await call.services.stock.settle(
            call.person, ref.store, ref.deal, ref.option, ref.mismatch, keep_tmon=keep_tmon
        )
    finally:
        await heal(call, mismatch_key(ref.mismatch), paint_mismatch)


async def _opening(call: Call) -> tuple[Store, StockRef]:
    ref = unpack(StockRef, call.value)
    store = await _working(call, ref.store)
    return store, ref.model_copy(update={"list_view": str(call.view["id"])})


async def _working(call: Call, store_id: str) -> Store:
    store = await call.services.stores.get(call.team_id, store_id)
    require(call.person, Right.WORK, store)
    return store


async def _list(call: Call, ref: StockRef, note: str = "") -> Block:
    page = await call.services.stock.page(call.team_id, ref.store, ref.page, ref.search)
    return views.sku_list(call.t, page, ref, note)


async def _show_list(call: Call, ref: StockRef, view_id: str, note: str = "") -> None:
    try:
        await call.client.views_update(view_id=view_id, view=await _list(call, ref, note))
    except SlackApiError as error:
        if error.response.get("error") != "not_found":  # the person has closed it meanwhile
            raise


async def _show_result(call: Call, text: str) -> None:
    """Where the form stood; in a direct message when the person has closed it meanwhile."""
    if not await call.replace(str(call.view["id"]), views.message_view(call.t, text)):
        await call.client.chat_postMessage(channel=call.user_id, text=text)


async def _refuse(call: Call, error: AppError) -> None:
    text = call.t(error.key, **error.values)
    await call.ack(response_action="errors", errors={block_of(call.view, error.field): text[:2000]})


def _field_error(problem: Problem) -> AppError:
    field = problem.key.rpartition("row_")[2]
    return AppError(problem.key, field=field if field in ("stock", "safety", "low_at") else "code", **problem.values)


async def paint_shortage(services: Services, row: Message, t: Texts) -> Drawing | None:
    """A SKU runs out, or has run out."""
    found = await _sku(services, row)
    if found is None:
        return None
    text = views.shortage_text(t, *found, out=row.args["what"] == OUT)
    return Drawing(text, [section(text)])


async def paint_mismatch(services: Services, row: Message, t: Texts) -> Drawing | None:
    """The report of a mismatch."""
    found = await _option(services, row, row.args["option"])
    if found is None:
        return None
    text = views.mismatch_text(t, *found, row.args["mismatch"])
    return Drawing(text, views.mismatch_card(t, *found, row.args["mismatch"]))


async def paint_refused(services: Services, row: Message, t: Texts) -> Drawing | None:
    """Options whose stock TMON refused."""
    found = [await _option(services, row, option_no) for option_no in row.args["options"]]
    options = [one for one in found if one is not None]
    if not options:
        return None
    text = views.refused_text(t, options[0][0], [facts for _, facts in options])
    return Drawing(text, [section(text)])


async def _sku(services: Services, row: Message) -> tuple[Store, SkuFacts] | None:
    try:
        return await services.stock.sku(row.team_id, row.args["store"], row.args["sku"])
    except AppError:
        return None  # the SKU or the store was removed before the message went out


async def _option(services: Services, row: Message, option_no: int) -> tuple[Store, OptionFacts] | None:
    try:
        return await services.stock.option(row.team_id, row.args["store"], row.args["deal"], option_no)
    except AppError:
        return None


PAINTERS = {SHORTAGE: paint_shortage, MISMATCH: paint_mismatch, REFUSED: paint_refused}
