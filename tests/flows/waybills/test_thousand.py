"""A thousand waybills with fifty different errors among them."""

import time
from typing import Any

import pytest

from bot.playground.slack import SlackCall
from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import SlackCallPhase
from handlers.waybills.ids import BulkAction
from tests.flows.waybills.shipping import (
    cells,
    files_of,
    filled,
    press,
    read_codes,
    send,
    sheet,
    shown,
    to_ship,
    upload,
)
from tests.flows.world import World

pytestmark = pytest.mark.timeout(600)

CALL = "orders.invoice"
ORDERS = 1000


def spoil(rows: list[list[Any]]) -> int:
    """Spoil fifty rows, each in another way; return how many cells were left for TMON to refuse."""
    wrong: list[dict[int, Any]] = [
        # what stands in the cell
        {0: "없음"}, {0: ""}, {0: "12 34"}, {0: "1.5"}, {0: "9.1E+09"}, {0: "-5"}, {0: "99999999999999999999"}, {0: "#N/A"},
        {1: ""}, {1: "0"}, {1: "1.0E+05"}, {1: "배송1"},
        {2: ""}, {2: "딜"}, {2: "1"}, {2: "7.7E+09"},
        {6: ""}, {6: "없는택배"}, {6: "CJ 대한통은"}, {6: "99999"}, {6: "1001"}, {6: "#REF!"}, {6: True},
        {7: ""}, {7: "송장"}, {7: "6.00E+11"}, {7: "1" * 41}, {7: "12/34"}, {7: "-"}, {7: "=A1"}, {7: "A-123"}, {7: "#VALUE!"},
        {6: "자체배송"}, {6: "10099", 7: ""}, {6: "자체배송", 7: "", 8: "내일"}, {6: "자체배송", 7: "", 8: "2020-01-01"},
        {6: "자체배송", 7: "", 8: "2099-01-01"}, {6: "자체배송", 7: "", 8: "11월 27일"}, {6: "자체배송", 7: "", 8: "2026-02-30"},
        {6: "자체배송", 7: "", 8: True},
        # what only the orders tell
        {0: "1234567890"}, {1: "123456"}, {2: "123456"},
        # what only TMON tells: no carrier's number looks like these
        {7: "1"}, {7: "12345678"}, {7: "000000000000"}, {7: "123456789012345"}, {7: "1--2"},
    ]  # fmt: skip
    for row, values in zip(rows, wrong, strict=False):
        for column, value in values.items():
            row[column] = value
    # twice the same, and twice another
    rows[len(wrong)] = list(rows[len(wrong) + 2])
    rows[len(wrong) + 1] = [*rows[len(wrong) + 3][:7], "700700700700", ""]
    assert len(wrong) + 2 == 50
    return 5


async def test_a_thousand_waybills_with_fifty_errors(world: World) -> None:
    store, orders = await to_ship(world, ORDERS)
    await read_codes(world)
    rows = filled(orders, store)
    rows.sort()
    refused = spoil(rows)
    steps: list[str] = []

    async def watch(call: SlackCall, phase: SlackCallPhase) -> None:
        if call.method == "views.update" and phase is SlackCallPhase.RECEIVED:
            steps.append(str(call.args))

    began = time.monotonic()
    preview = await upload(world, MINJI, sheet(rows))
    previewed = time.monotonic()
    # of the two that differ neither is sent
    assert f"등록할 행 *{ORDERS - 50 + refused - 1}*" in shown(preview)
    assert f"오류 *{50 - refused + 1}*" in shown(preview)
    world.slack.on_call = watch
    result = await send(world, MINJI)
    sent = time.monotonic()
    assert f"성공 *{ORDERS - 50 - 1}*" in shown(result)
    assert f"실패 *{refused}*" in shown(result)
    print(f"\n1,000 rows: preview {previewed - began:.1f} s, sending {sent - previewed:.1f} s, {len(steps)} edits")
    assert any("송장을 등록하고 있습니다" in step for step in steps)
    assert len(world.tmon.calls_of(CALL)) == ORDERS - 50 + refused - 1
    registered = {order.order_no for order in orders if order.deals[0].invoice is not None}
    assert len(registered) == ORDERS - 50 - 1
    await press(world, MINJI, BulkAction.PROBLEMS)
    header, *problems = cells(files_of(world, MINJI)[-1].content)
    assert len(problems) == 51
    assert len({row[header.index("사유")] for row in problems}) > 30
    again = await upload(world, MINJI, sheet(rows))
    assert f"이미 등록됨 *{ORDERS - 50}*" in shown(again)  # with the one that stands twice
