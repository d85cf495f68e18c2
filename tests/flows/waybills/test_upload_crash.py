"""kill -9 while a list of waybills is sent: nothing is sent twice, and the person learns what became of each row."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from handlers.waybills.ids import BulkAction, BulkView
from tests.flows.process import START_SECONDS, Moment, Outside
from tests.flows.waybills.shipping import filled, sheet, told
from tests.flows.world import until
from tmon.models.codes import CodeTable
from tmon.models.orders import Order
from tmon.models.shipping_files import UploadState, WaybillUpload
from tmon.waybills.uploads import LEASE

pytestmark = pytest.mark.timeout(300)

ORDERS = 12


async def count(outside: Outside, *where: object) -> int:
    """Orders or lists that match."""
    async with outside.db.read() as session:
        return await session.scalar(select(func.count()).where(*where)) or 0  # type: ignore[arg-type]


@pytest.mark.parametrize("phase", ["received", "answered"])
async def test_killed_in_the_middle_of_a_list(outside: Outside, phase: str) -> None:
    store = await outside.add_store()
    orders = outside.tmon.new_orders(store.seller_id, ORDERS)
    for order in orders:
        outside.tmon.move_to(order.order_no, "D2")
    deals = sum(len(order.deals) for order in orders)
    outside.child = await outside.start()
    assert outside.child.returncode is None, outside.log()
    while await count(outside, col(Order.order_no).is_not(None)) < ORDERS or not await count(
        outside, col(CodeTable.read_at).is_not(None)
    ):  # the child collects when it is due
        outside.clock.advance(timedelta(seconds=5))
        await asyncio.sleep(0.1)
    await outside.rest()
    await outside.slack.slash(MINJI, outside.channel("주문").id, "/tmon", "waybills")
    await until(lambda: bool(outside.slack.open_modal(MINJI)), START_SECONDS)
    await outside.slack.click(MINJI, view_id=outside.modal(MINJI).id, action_id=BulkAction.UPLOAD)
    await until(lambda: outside.modal(MINJI).callback_id == BulkView.UPLOAD, START_SECONDS)
    form = outside.modal(MINJI).id
    file = outside.slack.upload(MINJI, form, "file", "송장.xlsx", sheet(filled(orders, store)))
    await outside.slack.submit(MINJI, form, {"file": [file.id]})
    await until(lambda: outside.modal(MINJI).callback_id == BulkView.PREVIEW, START_SECONDS)

    outside.watch(Moment("orders.invoice", 5, phase))
    await outside.slack.submit(MINJI, outside.modal(MINJI).id, {})
    await until(lambda: outside.child is not None and outside.child.returncode == -9, START_SECONDS)
    outside.watch()
    await outside.restart(after=LEASE)
    while not await count(outside, col(WaybillUpload.state) == UploadState.SENT):  # noqa: ASYNC110 - another process'
        await asyncio.sleep(0.1)
    await until(lambda: any("송장 등록 결과" in text for text in told(outside, MINJI)), START_SECONDS)

    calls = outside.tmon.calls_of("orders.invoice")
    assert len({str(call.body) for call in calls}) == len(calls)
    assert 5 <= len(calls) < deals
    said = next(text for text in told(outside, MINJI) if "송장 등록 결과" in text)
    assert "실패" in said
    assert "성공" in said or "확인 중" in said
