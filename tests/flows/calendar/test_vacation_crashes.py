"""kill -9 around each call of a vacation: it goes on where it stopped, and no buyer is told twice."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, or_, select
from sqlmodel import col

from bot.playground.tmon.deal_listings import Listing
from bot.playground.tmon.seed_shop import open_shop
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.flows.process import Moment, Outside
from tests.flows.stores.editing import LIVING
from tests.flows.world import until
from tmon.models.calendar import VacationItem, VacationStep
from tmon.models.orders import Order, OrderState
from tmon.models.stores import Store
from tmon.products.repository import insert_seen

pytestmark = pytest.mark.timeout(900)

SECONDS = 60
"""Real seconds in which a bot on a busy machine has taken the steps."""
LATER = timedelta(minutes=6)
"""Long enough for a notice that TMON does not show to be known as not sent."""
SPAN = {"starts_on": "2026-03-10", "ends_on": "2026-03-16", "ship_on": "2026-03-17"}
PAUSE, RESUME, DELAY = "deals.pause", "deals.resume", "orders.delay"
DYING = (
    Moment(PAUSE, 1, "received"),
    Moment(DELAY, 1, "answered"),
    Moment(PAUSE, 2, "answered"),
    Moment(DELAY, 1, "received"),
)
"""When the bot dies while the vacation begins."""


async def command(outside: Outside, text: str) -> None:
    """`/tmon text`."""
    await outside.slack.slash(outside.owner, outside.channel("주문").id, "/tmon", text)
    await outside.rest()


async def press(outside: Outside, action: str, callback: str) -> None:
    """Opens the settings of the store, and presses a button that leads to another view."""
    for view in reversed(outside.slack.open_modal(outside.owner)):
        await outside.slack.close(outside.owner, view.id)
    await command(outside, "stores 한빛")
    await outside.slack.click(outside.owner, view_id=outside.modal(outside.owner).id, action_id=action)
    await until(lambda: outside.modal(outside.owner).callback_id == callback, SECONDS)


async def send(outside: Outside, values: dict[str, str]) -> None:
    """Sends the form in front of the owner."""
    await outside.slack.submit(outside.owner, outside.modal(outside.owner).id, values)


async def left(outside: Outside, *states: VacationStep, deals: bool = False) -> int:
    """How many steps are in one of `states`; `deals`: also deals that are to be resumed."""
    state = col(VacationItem.state)
    resumable = (state == VacationStep.DONE) & (col(VacationItem.order_no) == 0) & deals
    wanted = or_(state.in_((*states, VacationStep.SENT)), resumable)
    async with outside.db.read() as session:
        count = await session.scalar(select(func.count()).select_from(VacationItem).where(wanted))
    return count or 0


async def taken(outside: Outside, *states: VacationStep, deals: bool = False) -> None:
    """Waits until no step is in one of `states`; the clock moves on."""
    async with asyncio.timeout(SECONDS):
        while await left(outside, *states, deals=deals):
            outside.clock.advance(timedelta(seconds=5))
            await asyncio.sleep(0.2)
    await outside.rest()


async def died(outside: Outside) -> None:
    """Waits until the bot was killed, and starts it again a while later."""
    child = outside.child
    assert child is not None
    await until(lambda: child.returncode is not None, SECONDS)
    assert child.returncode == -9
    outside.watch()
    await outside.restart(LATER)


async def start(outside: Outside) -> tuple[Store, list[Listing]]:
    """A store with two deals on sale, and a running bot."""
    open_shop(outside.tmon, LIVING)
    store = await outside.add_store(stock_on=True)
    found = [deal for deal in outside.tmon.deals.values() if deal.partner_id == LIVING.partner_id]
    deals = sorted(found, key=lambda deal: deal.deal_no)[:2]
    for deal in deals:
        deal.paused, deal.sales_end = False, outside.clock() + timedelta(days=365)
    async with outside.db.write() as session:
        seen = [{"deal_no": deal.deal_no, "title": deal.title} for deal in deals]
        await insert_seen(session, store, seen, outside.clock())
    outside.child = await outside.start()
    return store, deals


async def waiting(outside: Outside, store: Store, deal: Listing) -> None:
    """An order that waits to be shipped, and is collected."""
    order = outside.tmon.sell(next(iter(deal.options)), ordered_at=outside.clock() - timedelta(minutes=31))
    outside.tmon.move_to(order.order_no, "D2")
    async with asyncio.timeout(SECONDS):
        while True:
            await command(outside, "collect orders")
            async with outside.db.read() as session:
                row = await session.get(Order, (store.team_id, store.id, order.order_no))
            if row is not None and row.state is OrderState.CONFIRMED:
                return


async def begun(outside: Outside, fatal: Moment) -> None:
    """Begins a vacation that dies at `fatal` and goes on."""
    await press(outside, "vacation.open", "vacation.form")
    await send(outside, SPAN)
    await until(lambda: outside.modal(outside.owner).callback_id == "vacation.preview", SECONDS)
    outside.watch(fatal)
    await send(outside, {})
    await died(outside)
    await taken(outside, VacationStep.WAITING)


async def ended(outside: Outside, fatal: Moment | None) -> None:
    """Ends the vacation; it dies at `fatal`, where there is one, and goes on."""
    await press(outside, "vacation.end", "vacation.end_form")
    outside.watch(fatal)
    await send(outside, {})
    if fatal is not None:
        await died(outside)


async def test_a_vacation_goes_on_where_it_was_killed(
    outside: Outside, databases: SqliteDatabases | PostgresDatabases, subtests: pytest.Subtests
) -> None:
    store, deals = await start(outside)
    for turn, fatal in enumerate(DYING[:2] if isinstance(databases, PostgresDatabases) else DYING):
        with subtests.test(fatal=str(fatal)):
            await waiting(outside, store, deals[0])
            outside.tmon.calls.clear()
            await begun(outside, fatal)
            assert [deal.paused for deal in deals] == [True, True]
            assert len(outside.tmon.calls_of(DELAY)) == 1, "no buyer is told twice"
            assert not await left(outside, VacationStep.FAILED)
            await ended(outside, Moment(RESUME, 1, fatal.phase) if turn < 2 else None)
            await taken(outside, deals=True)
            assert [deal.paused for deal in deals] == [False, False]
