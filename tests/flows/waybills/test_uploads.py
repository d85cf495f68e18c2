"""송장 파일: what a row becomes, what is sent, what became of it."""

import asyncio
import io
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]
from sqlalchemy import select

from bot.playground.slack import SlackCall
from bot.playground.slack.demo import JUNHO, MINJI, SEOYEON
from bot.playground.slack.model import SlackCallPhase
from bot.playground.tmon import buyer_cancels
from handlers.waybills.ids import BulkAction, BulkView
from tests.flows.waybills.shipping import (
    TITLES,
    cells,
    files_of,
    filled,
    open_waiting,
    press,
    read_codes,
    send,
    sheet,
    shown,
    to_ship,
    told,
    upload,
)
from tests.flows.waybills.test_shipping_files import asks_to_cancel
from tests.flows.world import World, until
from tmon.clock import KST
from tmon.models.shipping_files import UploadState, WaybillUpload
from tmon.models.stores import Store
from tmon.models.waybills import Waybill
from tmon.sealing import Place
from tmon.spreadsheets.writing import protected
from tmon.waybills.uploads import KEPT, LEASE, RESULT_KEPT

CALL = "orders.invoice"
OVER = LEASE + timedelta(seconds=1)
AT_ONCE = 8
"""Orders of a list that are sent at the same time."""


def numbers(world: World) -> dict[int, str | None]:
    """The waybill that TMON has of each order with one deal."""
    return {
        order.order_no: order.deals[0].invoice.number if order.deals[0].invoice else None
        for order in world.tmon.orders.values()
    }


async def uploads(world: World) -> list[WaybillUpload]:
    """The lists that are kept."""
    async with world.db.read() as session:
        return list(await session.scalars(select(WaybillUpload)))


async def settle_uploads(world: World) -> None:
    """The job."""
    await world.run_job("settle uploaded waybills")
    await world.settle()


async def test_the_form_comes_without_personal_data_and_with_carriers_to_choose(world: World) -> None:
    _, orders = await to_ship(world, 2, deals=2)
    await read_codes(world)
    await open_waiting(world, MINJI)
    await press(world, MINJI, BulkAction.FORM)
    (file,) = files_of(world, MINJI)
    header, *rows = cells(file.content)
    assert tuple(header) == TITLES
    assert {tuple(row[:3]) for row in rows} == {
        (str(order.order_no), deal.delivery_no, str(deal.deal_no)) for order in orders for deal in order.deals
    }
    assert all(not any(row[6:]) for row in rows)
    said = str(cells(file.content))
    for order in orders:
        assert order.receiver_name not in said
        assert order.receiver_phone not in said
    book = load_workbook(io.BytesIO(file.content))
    (rule,) = book.worksheets[0].data_validations.dataValidation
    assert str(rule.sqref) == f"G2:G{len(rows) + 1}"
    names = [cell.value for cell in book["택배사 목록"]["A"]]
    assert {"CJ대한통운", "자체배송"} <= set(names)


async def test_the_filled_form_is_previewed_and_registered(world: World) -> None:
    store, orders = await to_ship(world, 3)
    await read_codes(world)
    preview = await upload(world, MINJI, sheet(filled(orders, store)))
    assert preview.callback_id == BulkView.PREVIEW
    assert "등록할 행 *3*" in shown(preview)
    assert world.tmon.calls_of(CALL) == []
    result = await send(world, MINJI)
    assert result.callback_id == BulkView.RESULT
    assert "성공 *3*" in shown(result)
    assert numbers(world) == {order.order_no: str(600100200300 + 11 * n) for n, order in enumerate(orders)}
    assert len(world.tmon.calls_of(CALL)) == 3


async def test_the_form_itself_can_be_filled_in_and_uploaded(world: World) -> None:
    _, orders = await to_ship(world, 2)
    await read_codes(world)
    await open_waiting(world, MINJI)
    await press(world, MINJI, BulkAction.FORM)
    book = load_workbook(io.BytesIO(files_of(world, MINJI)[0].content))
    page = book.worksheets[0]
    page["G2"], page["H2"] = "한진택배", "0123-4567-8901"
    page["G3"], page["I3"] = "자체배송", f"{world.clock().astimezone(KST).date():%Y-%m-%d}"
    saved = io.BytesIO()
    book.save(saved)
    world.slack.conversations.forget_ephemerals(MINJI)
    await upload(world, MINJI, saved.getvalue())
    result = await send(world, MINJI)
    assert "성공 *2*" in shown(result)
    by_order = {str(order.order_no): order.deals[0] for order in orders}
    first, second = by_order[str(page["A2"].value)], by_order[str(page["A3"].value)]
    assert first.invoice is not None
    assert (first.invoice.carrier, (first.invoice.number or "").replace("-", "")) == ("10003", "012345678901")
    assert second.invoice is not None
    assert (second.invoice.carrier, second.invoice.number) == ("10099", None)


async def test_the_same_file_twice_does_nothing_twice(world: World) -> None:
    store, orders = await to_ship(world, 3)
    await read_codes(world)
    content = sheet(filled(orders, store))
    await upload(world, MINJI, content)
    await send(world, MINJI)
    world.slack.calls.clear()
    again = await upload(world, MINJI, content)
    assert "이미 등록됨 *3*" in shown(again)
    assert "같은 송장이 등록되어 있습니다" in shown(again)
    assert again.submit is None
    assert len(world.tmon.calls_of(CALL)) == 3


async def test_a_preview_is_sent_once(world: World) -> None:
    store, orders = await to_ship(world, 1)
    await read_codes(world)
    preview = await upload(world, MINJI, sheet(filled(orders, store)))
    (row,) = await uploads(world)
    assert row.state is UploadState.PREVIEWED
    first = world.slack.submit(MINJI, preview.id, {})
    await first
    await world.settle()
    (row,) = await uploads(world)
    assert row.state is UploadState.SENT
    assert len(world.tmon.calls_of(CALL)) == 1


SPOILED: list[tuple[str, dict[int, Any], str]] = [
    ("order", {0: "없음"}, "A열 · 오류 · '없음'은 주문번호가 아닙니다"),
    ("no order", {0: ""}, "A열 · 오류 · 주문번호가 비어 있습니다"),
    ("other order", {0: "1234567890"}, "A열 · 오류 · 주문번호 1234567890을"),
    ("delivery", {1: "77"}, "B열 · 오류 · 이 상품의 배송번호는"),
    ("no delivery", {1: ""}, "B열 · 오류 · 배송번호가 비어 있습니다"),
    ("deal", {2: "12"}, "C열 · 오류 · 이 주문에는 딜번호 12가 없습니다"),
    ("carrier", {6: "씨제이대한통운"}, "G열 · 오류 · 택배사 '씨제이대한통운'을 찾을 수 없습니다"),
    ("near carrier", {6: "CJ대한통은"}, "'CJ대한통운'이 아닌지 확인해 주세요"),
    ("carrier code", {6: "99999"}, "G열 · 오류 · 택배사 '99999'를 찾을 수 없습니다"),
    ("no carrier", {6: ""}, "G열 · 오류 · 택배사가 비어 있습니다"),
    ("no number", {7: ""}, "H열 · 오류 · 송장번호가 비어 있습니다"),
    ("letters", {7: "A12345"}, "H열 · 오류 · 송장번호 'A12345'에는 숫자와 하이픈"),
    ("long", {7: "1" * 41}, "H열 · 오류 · 송장번호는 40자까지"),
    ("scientific", {7: "6.00E+11"}, "H열 · 오류 · '6.00E+11'은 엑셀이 지수로 바꾼 숫자입니다"),
    ("own number", {6: "자체배송", 8: "2099-01-01"}, "오류"),
    ("own without day", {6: "10099", 7: ""}, "오류"),
    ("formula", {7: "=1+1"}, "H열 · 오류"),
]


@pytest.mark.parametrize(("values", "said"), [row[1:] for row in SPOILED], ids=[row[0] for row in SPOILED])
async def test_each_wrong_cell_is_named_with_row_and_column(world: World, values: dict[int, Any], said: str) -> None:
    store, orders = await to_ship(world, 2)
    await read_codes(world)
    rows = filled(orders, store)
    for column, value in values.items():
        rows[1][column] = value
    preview = await upload(world, MINJI, sheet(rows))
    assert "등록할 행 *1*" in shown(preview)
    assert "오류 *1*" in shown(preview)
    assert said in shown(preview)
    assert "3행" in shown(preview)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("어제쯤", "날짜로 읽을 수 없습니다"),
        ("2020-01-01", "지난 날짜입니다"),
        ("2099-01-01", "너무 먼 날짜입니다"),
        ("11/27", "날짜로 읽을 수 없습니다"),
    ],
)
async def test_the_day_of_an_own_delivery_is_checked(world: World, day: str, said: str) -> None:
    store, orders = await to_ship(world, 1)
    rows = filled(orders, store, carrier="자체배송")
    rows[0][7:9] = ["", day]
    preview = await upload(world, MINJI, sheet(rows))
    assert said in shown(preview)
    assert preview.submit is None


async def test_a_date_cell_is_a_day(world: World) -> None:
    store, orders = await to_ship(world, 1)
    day = world.clock().astimezone(KST).date() + timedelta(days=2)
    rows = filled(orders, store, carrier="자체배송")
    rows[0][7:9] = [None, day]
    await upload(world, MINJI, sheet(rows))
    result = await send(world, MINJI)
    assert "성공 *1*" in shown(result)
    assert world.tmon.orders[orders[0].order_no].deals[0].scheduled_on == day


async def test_numbers_of_excel_are_taken_as_they_look(world: World) -> None:
    store, orders = await to_ship(world, 2)
    await read_codes(world)
    rows = filled(orders, store)
    rows[0][0], rows[0][2], rows[0][6], rows[0][7] = int(rows[0][0]), int(rows[0][2]), 10001, 600100200300
    rows[1][7] = "0001-2345-6789"
    preview = await upload(world, MINJI, sheet(rows))
    assert "등록할 행 *2*" in shown(preview)


async def test_rows_for_the_same_delivery_are_told_apart(world: World) -> None:
    store, orders = await to_ship(world, 3)
    await read_codes(world)
    rows = filled(orders, store)
    rows += [list(rows[0]), [*rows[1][:7], "999999999999", ""]]
    preview = await upload(world, MINJI, sheet(rows))
    assert "등록할 행 *2*" in shown(preview)
    assert "오류 *3*" in shown(preview)
    assert "2행과 같은 배송입니다" in shown(preview)
    assert "송장이 다릅니다" in shown(preview)


async def test_rows_that_were_not_filled_in_are_only_counted(world: World) -> None:
    store, orders = await to_ship(world, 3)
    await read_codes(world)
    rows = filled(orders, store)
    rows[1][6:9] = rows[2][6:9] = ["", "", ""]
    preview = await upload(world, MINJI, sheet(rows))
    assert "등록할 행 *1*" in shown(preview)
    assert "송장을 적지 않은 행: 2" in shown(preview)


async def test_an_order_with_a_cancel_request_is_left_out(world: World) -> None:
    store, orders = await to_ship(world, 2)
    await read_codes(world)
    await asks_to_cancel(world, store, orders[0].order_no)
    preview = await upload(world, MINJI, sheet(filled(orders, store)))
    assert "취소 요청으로 제외 *1*" in shown(preview)
    await send(world, MINJI)
    assert list(filter(None, numbers(world).values())) == [str(600100200300 + 11)]


async def test_a_cancel_that_was_asked_for_after_the_preview_is_left_out_too(world: World) -> None:
    store, orders = await to_ship(world, 2)
    await read_codes(world)
    world.clock.advance(timedelta(hours=1))
    await upload(world, MINJI, sheet(filled(orders, store)))
    buyer_cancels(world.tmon, orders[0].order_no)
    result = await send(world, MINJI)
    assert "성공 *1*" in shown(result)
    assert "취소 요청으로 제외 *1*" in shown(result)
    assert len(world.tmon.calls_of(CALL)) == 1


async def test_orders_of_stores_on_which_the_person_does_not_work_are_not_found(world: World) -> None:
    mine, orders = await to_ship(world, 1, store=await world.add_store(worker_ids=[JUNHO]))
    other, others = await to_ship(world, 1, store=await world.add_store(partner=1))
    await read_codes(world)
    preview = await upload(world, JUNHO, sheet([*filled(orders, mine), *filled(others, other)]))
    assert "등록할 행 *1*" in shown(preview)
    assert f"주문번호 {others[0].order_no}" in shown(preview)


async def test_a_file_may_hold_several_stores(world: World) -> None:
    one, orders = await to_ship(world, 1)
    two, others = await to_ship(world, 1, store=await world.add_store(partner=1))
    await read_codes(world)
    await upload(world, MINJI, sheet([*filled(orders, one), *filled(others, two, first=700100200300)]))
    assert "성공 *2*" in shown(await send(world, MINJI))


async def test_a_store_whose_switch_is_off_sends_nothing(world: World) -> None:
    store, orders = await to_ship(world, 1)
    await read_codes(world)
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).order_on = False
    preview = await upload(world, MINJI, sheet(filled(orders, store)))
    assert "주문 연동이 꺼져 있어" in shown(preview)
    assert preview.submit is None


async def test_a_switch_turned_off_after_the_preview_sends_nothing(world: World) -> None:
    store, orders = await to_ship(world, 1)
    await read_codes(world)
    await upload(world, MINJI, sheet(filled(orders, store)))
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).order_on = False
    result = await send(world, MINJI)
    assert "실패 *1*" in shown(result)
    assert world.tmon.calls_of(CALL) == []


async def test_a_right_taken_away_after_the_preview_sends_nothing(world: World) -> None:
    store, orders = await to_ship(world, 1, store=await world.add_store(worker_ids=[JUNHO]))
    await read_codes(world)
    await upload(world, JUNHO, sheet(filled(orders, store)))
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).worker_ids = [SEOYEON]
    await world.slack.submit(JUNHO, world.modal(JUNHO).id, {})
    await world.settle()
    assert world.tmon.calls_of(CALL) == []


async def test_what_tmon_refuses_and_what_is_not_known_is_said_for_each_row(world: World) -> None:
    store, orders = await to_ship(world, 3)
    await read_codes(world)
    rows = filled(orders, store)
    rows[0][7] = "1"
    world.tmon.move_to(orders[1].order_no, "D3")
    await upload(world, MINJI, sheet(rows))
    result = await send(world, MINJI)
    assert "성공 *1*" in shown(result)
    assert "실패 *2*" in shown(result)
    assert "2행" in shown(result)
    await press(world, MINJI, BulkAction.PROBLEMS)
    header, *problems = cells(files_of(world, MINJI)[-1].content)
    assert header[-3:] == ["행", "결과", "사유"]
    assert [(row[0], row[-3], row[-2]) for row in problems] == [
        (str(order.order_no), str(line), "실패") for order, line in zip(orders[:2], (2, 3), strict=True)
    ]
    assert all(row[3] and row[-1] for row in problems)


async def test_a_lost_answer_is_being_checked_and_the_result_follows(world: World) -> None:
    store, orders = await to_ship(world, 1)
    await read_codes(world)
    await upload(world, MINJI, sheet(filled(orders, store)))
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "hang_after_write", {CALL}, 1
    result = await send(world, MINJI)
    assert "성공 *1*" in shown(result) or "확인 중 *1*" in shown(result)
    assert len(world.tmon.calls_of(CALL)) == 1


async def test_while_cancels_cannot_be_read_nothing_is_sent_unless_the_person_says_so(world: World) -> None:
    store, orders = await to_ship(world, 2)
    await read_codes(world)
    await upload(world, MINJI, sheet(filled(orders, store)))
    world.tmon.faults.mode, world.tmon.faults.only = "error_500", {"cancellations.search"}
    view = await send(world, MINJI)
    assert view.callback_id == BulkView.PREVIEW
    assert "클레임을 확인하지 못해 보내지 않았습니다" in shown(view)
    assert view.submit is not None
    assert view.submit["text"] == "클레임 확인 없이 보내기"
    assert world.tmon.calls_of(CALL) == []
    acted = await world.slack.submit(MINJI, view.id, {})
    assert not acted.ok
    result = await send(world, MINJI, unchecked=["yes"])
    assert "성공 *2*" in shown(result)


async def test_the_result_comes_by_direct_message_when_the_view_was_closed(world: World) -> None:
    store, orders = await to_ship(world, 2)
    await read_codes(world)
    rows = filled(orders, store)
    rows[1][7] = "1"
    preview = await upload(world, MINJI, sheet(rows))

    async def close(call: SlackCall, phase: SlackCallPhase) -> None:
        if call.method == "views.update" and phase is SlackCallPhase.RECEIVED and world.slack.open_modal(MINJI):
            for view in reversed(world.slack.open_modal(MINJI)):
                await world.slack.close(MINJI, view.id)

    world.slack.on_call = close
    await world.slack.submit(MINJI, preview.id, {})
    await world.settle()
    world.slack.on_call = None
    await world.settle()
    assert "성공 *1*" in told(world, MINJI)[-1]
    assert "실패 *1*" in told(world, MINJI)[-1]
    direct = world.slack.conversations.direct(world.slack.people[MINJI])
    last = world.slack.messages(direct.id, MINJI)[-1]
    await world.slack.click(MINJI, channel=direct.id, ts=last.ts, action_id=BulkAction.PROBLEMS)
    await world.settle()
    assert len(files_of(world, MINJI)) == 1
    await world.slack.click(MINJI, channel=direct.id, ts=last.ts, action_id=BulkAction.UPLOAD_PAGE)
    await world.settle()
    assert world.modal(MINJI).callback_id == BulkView.RESULT


async def test_problems_have_pages_and_a_file(world: World) -> None:
    store, orders = await to_ship(world, 30)
    await read_codes(world)
    rows = filled(orders, store)
    for row in rows:
        row[7] = "x"
    preview = await upload(world, MINJI, sheet(rows))
    assert "2행" in shown(preview)
    assert "20행" not in shown(preview)
    await press(world, MINJI, f"{BulkAction.UPLOAD_PAGE}#after")
    assert "20행" in shown(world.modal(MINJI))
    await press(world, MINJI, BulkAction.PROBLEMS)
    assert len(cells(files_of(world, MINJI)[-1].content)) == 31


async def test_other_columns_are_not_kept(world: World) -> None:
    store, orders = await to_ship(world, 1)
    await read_codes(world)
    rows = [[*row, "김연아 010-1234-5678"] for row in filled(orders, store)]
    preview = await upload(world, MINJI, sheet(rows, (*TITLES, "받는 분")))
    assert "읽지 않은 열: 1" in shown(preview)
    (kept,) = await uploads(world)
    opened = str(world.bot.services.core.sealer.open(kept.content, Place.of(kept, "content")))
    assert "김연아" not in opened


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("빈 파일.csv", b"", "읽을 행이 없습니다"),
        ("송장.csv", "주문번호,송장번호\n1,2\n".encode(), "머리글에서"),
        ("송장.xlsx", sheet([]), "읽을 행이 없습니다"),
        ("송장.xlsx", b"PK\x03\x04broken", "읽을 수 없"),
        ("그림.csv", b"\x89PNG\r\n", "CSV"),
    ],
)
async def test_files_that_are_no_list_are_refused_with_a_sentence(
    world: World, name: str, content: bytes, said: str
) -> None:
    await to_ship(world, 1)
    await open_waiting(world, MINJI)
    form = await press(world, MINJI, BulkAction.UPLOAD)
    file = world.slack.upload(MINJI, form.id, "file", name, content)
    acted = await world.slack.submit(MINJI, form.id, {"file": [file.id]})
    await world.settle()
    assert said in str(acted.errors) + shown(world.modal(MINJI))
    assert await uploads(world) == []


async def test_a_csv_of_korean_windows_is_read(world: World) -> None:
    store, orders = await to_ship(world, 1)
    await read_codes(world)
    lines = [",".join(TITLES), *(",".join(map(str, row)) for row in filled(orders, store))]
    preview = await upload(world, MINJI, "\r\n".join(lines).encode("cp949"), "송장.csv")
    assert "등록할 행 *1*" in shown(preview)


async def test_a_file_with_a_password_is_refused(world: World) -> None:
    store, orders = await to_ship(world, 1)
    await open_waiting(world, MINJI)
    form = await press(world, MINJI, BulkAction.UPLOAD)
    file = world.slack.upload(MINJI, form.id, "file", "송장.xlsx", protected(sheet(filled(orders, store)), "secret"))
    acted = await world.slack.submit(MINJI, form.id, {"file": [file.id]})
    await world.settle()
    assert "암호" in str(acted.errors) + shown(world.modal(MINJI)) or "비밀번호" in str(acted.errors)


async def test_a_preview_is_kept_for_an_hour_and_a_result_for_a_day(world: World) -> None:
    store, orders = await to_ship(world, 2)
    await read_codes(world)
    await upload(world, MINJI, sheet(filled(orders, store)))
    world.clock.advance(KEPT)
    await settle_uploads(world)
    assert await uploads(world) == []
    view = world.modal(MINJI)
    await world.slack.submit(MINJI, view.id, {})
    await world.settle()
    assert world.tmon.calls_of(CALL) == []
    assert "오래되어" in shown(world.modal(MINJI))
    await upload(world, MINJI, sheet(filled(orders, store)))
    await send(world, MINJI)
    world.clock.advance(RESULT_KEPT - timedelta(minutes=1))
    await settle_uploads(world)
    assert len(await uploads(world)) == 1
    world.clock.advance(timedelta(minutes=1))
    await settle_uploads(world)
    assert await uploads(world) == []


async def test_a_list_of_somebody_else_is_nobodys_business(world: World) -> None:
    store, orders = await to_ship(world, 1, store=await world.add_store(worker_ids=[JUNHO, SEOYEON]))
    await read_codes(world)
    await upload(world, JUNHO, sheet(filled(orders, store)))
    (row,) = await uploads(world)
    await upload(world, SEOYEON, sheet(filled(orders, store)))
    view = world.modal(SEOYEON)
    view.private_metadata = view.private_metadata.replace(
        next(one.id for one in await uploads(world) if one.user_id == SEOYEON), row.id
    )
    await world.slack.submit(SEOYEON, view.id, {})
    await world.settle()
    assert world.tmon.calls_of(CALL) == []


async def test_a_list_that_a_crash_interrupted_is_settled_and_told(world: World) -> None:
    store, orders = await to_ship(world, 3)
    await read_codes(world)
    await upload(world, MINJI, sheet(filled(orders, store)))
    await send(world, MINJI)
    async with world.db.write() as session:  # as it is when the process dies before the end
        (row,) = await session.scalars(select(WaybillUpload))
        content = world.bot.services.core.sealer.open(row.content, Place.of(row, "content"))
        for one in content["rows"]:
            one["result"], one["note"] = None, ""
        row.content = world.bot.services.core.sealer.seal(content, Place.of(row, "content"))
        row.state, row.started_at = UploadState.SENDING, world.clock()
        waybills = list(await session.scalars(select(Waybill)))
        await session.delete(waybills[2])
    world.clock.advance(OVER)
    await settle_uploads(world)
    (row,) = await uploads(world)
    assert row.state is UploadState.SENT
    assert "성공 *2*" in told(world, MINJI)[-1]
    assert "실패 *1*" in told(world, MINJI)[-1]


async def test_a_process_that_stood_still_sends_nothing_of_a_list_that_was_ended(world: World) -> None:
    store, orders = await to_ship(world, 12)
    await read_codes(world)
    preview = await upload(world, MINJI, sheet(filled(orders, store)))
    gate = asyncio.Event()

    async def wait(call: object, phase: object) -> None:
        if getattr(call, "name", "") == CALL:
            await gate.wait()

    world.tmon.on_call = wait
    await world.slack.submit(MINJI, preview.id, {})
    await until(lambda: len(world.tmon.calls_of(CALL)) == AT_ONCE)
    world.clock.advance(OVER)
    await world.run_job("settle uploaded waybills")
    await world.bot.outbox.deliver()
    assert f"실패 *{12 - AT_ONCE}*" in told(world, MINJI)[-1]
    assert f"확인 중 *{AT_ONCE}*" in told(world, MINJI)[-1]

    gate.set()
    await world.settle()
    assert len(world.tmon.calls_of(CALL)) == AT_ONCE
    assert sum(number is not None for number in numbers(world).values()) == AT_ONCE
    for said in (shown(world.modal(MINJI)), told(world, MINJI)[-1]):
        assert f"성공 *{AT_ONCE}*" in said
        assert f"실패 *{12 - AT_ONCE}*" in said
    assert sum("송장 등록 결과" in text for text in told(world, MINJI)) == 1, "the message was changed"


async def is_renewed(world: World) -> bool:
    """Whether whoever sends the list has just said so."""
    (row,) = await uploads(world)
    return row.claimed_until is not None and row.claimed_until >= world.clock() + LEASE


async def test_a_list_is_not_abandoned_while_tmon_takes_its_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tmon.waybills.uploads.RENEW_SECONDS", 0.05)
    store, orders = await to_ship(world, 1)
    await read_codes(world)
    preview = await upload(world, MINJI, sheet(filled(orders, store)))
    gate = asyncio.Event()

    async def wait(call: object, phase: object) -> None:
        if getattr(call, "name", "") == CALL:
            await gate.wait()

    world.tmon.on_call = wait
    await world.slack.submit(MINJI, preview.id, {})
    await until(lambda: bool(world.tmon.calls_of(CALL)))
    for _ in range(3):
        world.clock.advance(LEASE - timedelta(seconds=1))
        async with asyncio.timeout(10):
            while not await is_renewed(world):  # noqa: ASYNC110 - renewed in another task
                await asyncio.sleep(0.01)
        await world.run_job("settle uploaded waybills")
    assert [row.state for row in await uploads(world)] == [UploadState.SENDING]
    gate.set()
    await world.settle()
    assert "성공 *1*" in shown(world.modal(MINJI))
    assert told(world, MINJI) == []


async def test_list_that_another_process_sends_is_interrupted_only_when_that_is_gone(world: World) -> None:
    store, orders = await to_ship(world, 1)
    await read_codes(world)
    preview = await upload(world, MINJI, sheet(filled(orders, store)))
    gate = asyncio.Event()

    async def wait(call: object, phase: object) -> None:
        if getattr(call, "name", "") == CALL:
            await gate.wait()

    world.tmon.on_call = wait
    await world.slack.submit(MINJI, preview.id, {})
    await until(lambda: bool(world.tmon.calls_of(CALL)))
    other = await world.second()
    world.clock.advance(LEASE - timedelta(seconds=30))
    await other.run_job("settle uploaded waybills")
    assert [row.state for row in await uploads(world)] == [UploadState.SENDING]
    await world.heart_stop()
    await other.run_job("settle uploaded waybills")
    assert [row.state for row in await uploads(world)] == [UploadState.SENT]
    gate.set()
    await world.settle()
    assert "성공 *1*" in told(world, MINJI)[-1]
    assert len(world.tmon.calls_of(CALL)) == 1


async def test_an_interrupted_list_that_cannot_be_opened_does_not_stop_others(world: World) -> None:
    store, orders = await to_ship(world, 2)
    await read_codes(world)
    for order in orders:
        await upload(world, MINJI, sheet(filled([order], store)))
    first, second = sorted(await uploads(world), key=lambda row: row.id)
    async with world.db.write() as session:
        for row in await session.scalars(select(WaybillUpload)):
            row.state, row.started_at = UploadState.SENDING, world.clock()
            row.content = second.content  # of the second one: it does not open in the first
    world.clock.advance(OVER)
    await settle_uploads(world)
    (kept,) = await uploads(world)
    assert (kept.id, kept.state) == (second.id, UploadState.SENT)
    assert "실패 *1*" in told(world, MINJI)[-1]
    assert first.id != kept.id
