"""Listeners of the forms to type, paste or upload SKUs."""

import asyncio
from collections.abc import Sequence
from typing import Any

from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stock import form_views as views
from handlers.stock.common import show_list
from handlers.stock.ids import ApplyRef, StockRef, StockView
from handlers.stock.uploads import (
    UploadedList,
    apply_previewed,
    deliver,
    mark,
    preview_file,
    result,
    was_seen,
    with_progress,
)
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.spreadsheets.cells import RowProblem, Table
from tmon.spreadsheets.delimited import read_pasted
from tmon.stock.push_preview import Progress, PushPreview, StockPreviews
from tmon.stock.service import StockService
from tmon.stock.sku_import import LAYOUT, SkuRow, read_rows, sample_file, typed_row


async def open_upload(request: SlackRequest) -> None:
    """Handle 파일 올리기: open the upload form."""
    store, ref = await _opening(request)
    form = views.upload_form(request.t, store, ref)
    if request.view.get("callback_id") == StockView.RESULT:
        await request.show(form)
    else:
        await request.push(form)


async def open_paste(request: SlackRequest) -> None:
    """Handle 붙여넣기: open the form to paste rows."""
    store, ref = await _opening(request)
    await request.push(views.paste_form(request.t, store, ApplyRef(**ref.model_dump())))


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
        # Unchanged fields are left out: somebody else may have changed them since.
        initial_values = _initial_values(request.view)
        values = {name: value for name, value in values.items() if value != initial_values.get(name, "")}
    typed = {name: str(values.get(name, "")) for name in ("stock", "safety", "low_at", "name", "selling")}
    row = typed_row({"code": code, **typed})
    if isinstance(row, RowProblem):
        raise AppError(row.key, field=row.column, **row.values)
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
    """Handle the form with pasted rows: preview what they change, and apply them once that was seen.

    Problems are shown below the field.
    """
    ref = decode(ApplyRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.OPERATE)
    values = read_form(request.view)
    typed = str(values.get("rows", ""))
    table = read_pasted(typed, LAYOUT)
    rows, problems = await _check(request, ref.store, table)
    if problems:
        raise AppError("stock.pasted_wrong", problems=views.problems_text(request.t, problems, views.IN_A_FIELD))
    preview = await with_progress(request, lambda progress: _preview(request, ref.store, rows, progress))
    if not was_seen(preview, ref, values, typed.encode()):
        effects = views.effects_blocks(request.t, preview, changed_meanwhile=bool(ref.seen))
        seen = ref.model_copy(update={"seen": mark(typed.encode(), preview)})
        await deliver(request, views.paste_form(request.t, store, seen, effects, typed))
        return
    applied = await request.services[StockService].apply(request.person, ref.store, rows, source="pasted")
    text = views.applied_text(request.t, applied)
    if request.answered.is_set():
        await deliver(request, await result(request, ref, text))
    else:
        await request.ack()
    await show_list(request, ref, ref.list_view, text)


async def uploaded(request: SlackRequest) -> None:
    """Handle the upload form: preview what the file changes, or say what is wrong with it."""
    await preview_file(request, SKUS)


async def apply_file(request: SlackRequest) -> None:
    """Handle 반영하기 in the preview of a file: apply it, unless what it changes is no longer what was seen."""
    ref = await apply_previewed(request, SKUS)
    await show_list(request, ref, ref.list_view)


async def send_sample(request: SlackRequest) -> None:
    """Handle 예시 파일 받기: send a list to fill in."""
    ref = decode(StockRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    await request.send_file(request.t("stock.sample_text"), "SKU-목록-예시.csv", sample_file())
    await request.notify(request.t("stock.sample_sent"))


async def _preview(request: SlackRequest, store_id: str, rows: Sequence[SkuRow], progress: Progress) -> PushPreview:
    return await request.services[StockPreviews].preview(request.team_id, store_id, rows, progress=progress)


async def _check(request: SlackRequest, store_id: str, table: Table) -> tuple[list[SkuRow], list[RowProblem]]:
    rows, problems = await asyncio.to_thread(read_rows, table)
    problems += await request.services[StockService].check(request.team_id, store_id, rows)
    return rows, sorted(problems, key=lambda problem: problem.line)


async def _apply(request: SlackRequest, store_id: str, rows: Sequence[SkuRow]) -> str:
    applied = await request.services[StockService].apply(request.person, store_id, rows, source="file")
    return views.applied_text(request.t, applied)


SKUS = UploadedList(LAYOUT, _check, "stock.rows_none", _preview, views.preview_view, _apply)
"""Files with SKUs."""


def _initial_values(view: dict[str, Any]) -> dict[str, str]:
    """Return the values that the fields of a form had when it was opened."""
    found = {}
    for block in view.get("blocks") or []:
        element = block.get("element") or {}
        initial = element.get("initial_value") or (element.get("initial_option") or {}).get("value")
        found[str(block.get("block_id", "")).partition("~")[0]] = str(initial or "")
    return found


async def _opening(request: SlackRequest) -> tuple[Store, StockRef]:
    ref = decode(StockRef, request.value)
    store = await request.store(ref.store, Permission.OPERATE)
    if request.view.get("callback_id") != StockView.RESULT:
        ref = ref.model_copy(update={"list_view": str(request.view["id"])})
    return store, ref
