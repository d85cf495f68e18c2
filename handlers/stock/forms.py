"""Listeners of the forms to type, paste or upload SKUs."""

import asyncio
from typing import Any

from handlers.files import download
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.stock import form_views as views
from handlers.stock.common import show_list
from handlers.stock.ids import StockRef
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.spreadsheets.cells import RowProblem, Table
from tmon.spreadsheets.delimited import read_pasted
from tmon.spreadsheets.reader import MAX_BYTES, SpreadsheetReader
from tmon.stock.service import StockService
from tmon.stock.sku_import import LAYOUT, SkuRow, read_rows, typed_row

_ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".xlsb", ".numbers")


async def open_upload(request: SlackRequest) -> None:
    """Handle 파일 올리기: open the upload form."""
    store, ref = await _opening(request)
    await request.push(views.upload_form(request.t, store, ref))


async def open_paste(request: SlackRequest) -> None:
    """Handle 붙여넣기: open the form to paste rows."""
    store, ref = await _opening(request)
    await request.push(views.paste_form(request.t, store, ref))


async def open_sku(request: SlackRequest) -> None:
    """Handle SKU 추가 and 수정: open the form of one SKU."""
    store, ref = await _opening(request)
    facts = None
    if ref.sku:
        _, facts = await request.services[StockService].sku(request.team_id, store.id, ref.sku)
    await request.push(views.sku_form(request.t, ref, facts))


async def save_sku(request: SlackRequest) -> None:
    """Handle the form of one SKU: add or change it."""
    ref = decode(StockRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    values = read_form(request.view)
    code = values.get("code", "")
    if ref.sku:
        _, facts = await request.services[StockService].sku(request.team_id, ref.store, ref.sku)
        code = facts.sku.code
        initial_values = _initial_values(
            request.view
        )  # unchanged fields are left out: somebody else may have changed them since
        values = {name: value for name, value in values.items() if value != initial_values.get(name, "")}
    typed = {name: str(values.get(name, "")) for name in ("stock", "safety", "low_at", "name", "selling")}
    row = typed_row({"code": code, **typed})
    if isinstance(row, RowProblem):
        raise _field_error(row)
    applied = await request.services[StockService].apply(request.person, ref.store, [row], source="form")
    await request.ack()
    await show_list(request, ref, ref.list_view, views.applied_text(request.t, applied))


async def remove(request: SlackRequest) -> None:
    """Handle SKU 삭제: remove the SKU."""
    ref = decode(StockRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    await request.services[StockService].remove(request.person, ref.store, ref.sku)
    await request.replace(str(request.view["id"]), views.message_view(request.t, request.t("stock.removed")))
    await show_list(request, ref, ref.list_view)


async def pasted(request: SlackRequest) -> None:
    """Handle the form with pasted rows; problems are shown below the field."""
    ref = decode(StockRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    table = read_pasted(str(read_form(request.view).get("rows", "")), LAYOUT)
    rows, problems = await _check(request, ref.store, table)
    if problems:
        raise AppError("stock.pasted_wrong", problems=views.problems_text(request.t, problems, views.IN_A_FIELD))
    applied = await request.services[StockService].apply(request.person, ref.store, rows, source="pasted")
    await request.ack()
    await show_list(request, ref, ref.list_view, views.applied_text(request.t, applied))


async def uploaded(request: SlackRequest) -> None:
    """Handle the upload form; the result replaces the form, if need be after a progress message."""
    ref = decode(StockRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    text = await request.with_progress(
        _import_result(request, ref.store, _file_id(request.view)),
        lambda: request.show(views.message_view(request.t, request.t("stock.reading"))),
    )
    if request.answered.is_set():
        await _show_result(request, text)
    else:
        await request.show(views.message_view(request.t, text))
    await show_list(request, ref, ref.list_view)


async def _import_result(request: SlackRequest, store_id: str, file_id: str) -> str:
    try:
        return await _import(request, store_id, file_id)
    except AppError as error:
        return error_text(request.t, error)


async def _import(request: SlackRequest, store_id: str, file_id: str) -> str:
    name, data = await download(request.client, file_id, endings=_ENDINGS, most=MAX_BYTES)
    table = await request.services[SpreadsheetReader].read(name, data, LAYOUT)
    rows, problems = await _check(request, store_id, table)
    source = views.source_text(request.t, table)
    if problems:
        return "\n".join([views.problems_text(request.t, problems), source])
    applied = await request.services[StockService].apply(request.person, store_id, rows, source="file")
    return "\n".join([views.applied_text(request.t, applied), source])


async def _check(request: SlackRequest, store_id: str, table: Table) -> tuple[list[SkuRow], list[RowProblem]]:
    rows, problems = await asyncio.to_thread(read_rows, table)
    problems += await request.services[StockService].check(request.team_id, store_id, rows)
    return rows, sorted(problems, key=lambda problem: problem.line)


def _initial_values(view: dict[str, Any]) -> dict[str, str]:
    """Return the values that the fields of a form had when it was opened."""
    found = {}
    for block in view.get("blocks") or []:
        element = block.get("element") or {}
        initial = element.get("initial_value") or (element.get("initial_option") or {}).get("value")
        found[str(block.get("block_id", "")).partition("~")[0]] = str(initial or "")
    return found


def _file_id(view: dict[str, Any]) -> str:
    """Return the id of the uploaded file; its other data in the view are untrusted, and read from Slack instead."""
    for elements in ((view.get("state") or {}).get("values") or {}).values():
        for element in elements.values():
            for file in element.get("files") or []:
                return str(file["id"])
    raise AppError("sheets.lost")


async def _opening(request: SlackRequest) -> tuple[Store, StockRef]:
    ref = decode(StockRef, request.value)
    store = await request.store(ref.store, Permission.OPERATE)
    return store, ref.model_copy(update={"list_view": str(request.view["id"])})


async def _show_result(request: SlackRequest, text: str) -> None:
    """Show the result in the form's modal, or in a direct message if the person has closed it meanwhile."""
    if not await request.replace(str(request.view["id"]), views.message_view(request.t, text)):
        await request.client.chat_postMessage(channel=request.user_id, text=text)


def _field_error(problem: RowProblem) -> AppError:
    field = problem.key.rpartition("row_")[2]
    names = {"stock": "stock", "safety": "safety", "low_at": "low_at", "selling": "selling", "name_long": "name"}
    return AppError(problem.key, field=names.get(field, "code"), **problem.values)
