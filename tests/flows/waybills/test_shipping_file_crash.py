"""kill -9 around each step of a shipping file: none stays at Slack, and no password is sent anywhere."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.playground.slack.demo import MINJI
from handlers.waybills.ids import BulkAction, BulkView
from tests.flows.process import START_SECONDS, Moment, Outside
from tests.flows.waybills.shipping import left_at_slack
from tests.flows.world import until
from tmon.models.orders import Order
from tmon.models.shipping_files import ShippingFile
from tmon.waybills.shipping_files import UNSEEN

pytestmark = pytest.mark.timeout(300)

STEPS = [
    ("chat.postMessage", "received"),
    ("chat.postMessage", "answered"),
    ("files.getUploadURLExternal", "received"),
    ("files.getUploadURLExternal", "answered"),
    ("files.completeUploadExternal", "received"),
    ("files.completeUploadExternal", "answered"),
    ("views.update", "received"),
    ("views.update", "answered"),
]


async def count(outside: Outside, table: type) -> int:
    """Rows of a table."""
    async with outside.db.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def open_form(outside: Outside) -> str:
    """The form of the shipping file, of a store with an order to ship; its view id."""
    store = await outside.add_store()
    order = outside.tmon.new_order(store.seller_id)
    outside.tmon.move_to(order.order_no, "D2")
    outside.child = await outside.start()
    assert outside.child.returncode is None, outside.log()
    while not await count(outside, Order):  # the child collects when it is due
        outside.clock.advance(timedelta(seconds=5))
        await asyncio.sleep(0.1)
    await outside.rest()
    assert (await outside.slack.slash(MINJI, outside.channel("주문").id, "/tmon", "waybills")).ok
    await until(lambda: bool(outside.slack.open_modal(MINJI)), START_SECONDS)
    view = outside.modal(MINJI)
    assert (await outside.slack.click(MINJI, view_id=view.id, action_id=BulkAction.SHIPPING_FILE)).ok
    await until(lambda: outside.modal(MINJI).callback_id == BulkView.SHIPPING_FILE, START_SECONDS)
    return outside.modal(MINJI).id


async def deleted(outside: Outside) -> None:
    """Waits until no file is left; the clock moves on, since a failed attempt is not repeated at once."""
    while await count(outside, ShippingFile):
        outside.clock.advance(timedelta(seconds=5))
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(("call", "phase"), STEPS)
async def test_killed_while_a_file_is_made(outside: Outside, call: str, phase: str) -> None:
    form = await open_form(outside)
    outside.watch(Moment(call, 1, phase))
    await outside.slack.submit(MINJI, form, {"reason": "오전 출고분"})
    await until(lambda: outside.child is not None and outside.child.returncode == -9, START_SECONDS)
    outside.watch()
    await outside.restart(after=UNSEEN)
    await outside.rest(timedelta(minutes=2))
    await deleted(outside)
    await outside.rest()
    assert left_at_slack(outside) == []
    said = json.dumps([one.args for one in outside.slack.calls if one.method.startswith("chat.")], ensure_ascii=False)
    assert "비밀번호를 보여 드리지 못한" in said or call == "chat.postMessage"


@pytest.mark.parametrize("phase", ["received", "answered"])
async def test_killed_while_a_file_is_deleted(outside: Outside, phase: str) -> None:
    form = await open_form(outside)
    await outside.slack.submit(MINJI, form, {"reason": "오전 출고분"})
    await until(lambda: outside.modal(MINJI).callback_id == BulkView.PASSWORD, START_SECONDS)
    await outside.rest()
    await outside.kill()
    outside.watch(Moment("files.delete", 1, phase))
    await until(lambda: not outside.slack.connected)
    outside.clock.advance(timedelta(hours=1))
    outside.child = await outside.start()
    await until(lambda: outside.child is not None and outside.child.returncode == -9, START_SECONDS)
    outside.watch()
    await outside.restart()
    await outside.rest(timedelta(minutes=2))
    await deleted(outside)
    await outside.rest()
    assert left_at_slack(outside) == []
