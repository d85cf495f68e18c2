"""What is destroyed because time has passed, and what is not."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from tests.clock import MovableClock
from tests.flows.world import World
from tmon import retention
from tmon.models.orders import Order, OrderState
from tmon.models.retention import HeldDestruction, HoldReason
from tmon.models.stores import Draft
from tmon.sealing import Place

DAY = timedelta(days=1)
JOB = "destroy buyers' data"


async def run(world: World, name: str = JOB) -> None:
    """The job, and what it says."""
    await world.run_job(name)
    await world.settle()


async def held_back(world: World) -> HeldDestruction | None:
    async with world.db.read() as session:
        return (await session.scalars(select(HeldDestruction))).one_or_none()


async def with_data(world: World) -> int:
    async with world.db.read() as session:
        return await session.scalar(select(func.count()).select_from(Order).where(col(Order.buyer).is_not(None))) or 0


async def closed_orders(world: World, count: int) -> None:
    store = await world.add_store()
    world.tmon.new_orders(store.seller_id, count)
    await world.collect()
    async with world.db.write() as session:
        await session.execute(update(Order).values(state=OrderState.CONFIRMED, closed_at=world.clock()))


def set_wrong(world: World, by: timedelta) -> MovableClock:
    """The machine's clock is off from now on: the far sides keep the right time."""
    right = MovableClock(world.clock())
    world.slack.clock = world.tmon.clock = right
    world.clock.advance(by)
    return right


def mails(world: World) -> list[str]:
    return [str(mail.subject) for mail in world.mail.messages if "파기" in str(mail.subject)]


async def test_a_clock_that_is_200_days_ahead_destroys_nothing_and_the_operator_hears_of_it(world: World) -> None:
    await closed_orders(world, 3)
    set_wrong(world, 200 * DAY)
    for _ in range(4):
        await run(world)
        world.clock.advance(DAY)
    assert await with_data(world) == 3
    hold = await held_back(world)
    assert hold is not None
    assert (hold.reason, hold.waiting) == (HoldReason.CLOCK, 3)
    assert len(mails(world)) == 1


async def test_nothing_is_destroyed_while_nobody_says_what_time_it_is(world: World) -> None:
    await closed_orders(world, 3)
    world.clock.advance(91 * DAY)
    world.bot.services.core.clock_check.ask = _silence
    await run(world)
    assert await with_data(world) == 3


async def _silence() -> None:
    raise ConnectionError


async def test_slack_alone_is_enough_while_tmon_is_silent(world: World) -> None:
    await closed_orders(world, 3)
    world.tmon.faults.mode = "down"
    world.clock.advance(91 * DAY)
    await run(world)
    assert await with_data(world) == 0
    assert await held_back(world) is None


async def test_more_than_a_days_share_goes_day_by_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "LEAST_SHARE", 10)
    await closed_orders(world, 25)
    world.clock.advance(91 * DAY)
    left = []
    for _ in range(3):
        await run(world)
        await run(world)  # once more on the same day changes nothing
        left.append(await with_data(world))
        world.clock.advance(DAY)
    assert left == [15, 5, 0]
    assert await held_back(world) is None


async def test_what_the_share_holds_back_for_three_days_is_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LEAST_SHARE", 1)
    await closed_orders(world, 10)
    world.clock.advance(91 * DAY)
    for _ in range(5):
        await run(world)
        world.clock.advance(DAY)
    assert len(mails(world)) == 1


async def test_an_order_that_waits_is_spared_until_180_days_and_then_told(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    async with world.db.write() as session:
        paid = (await session.get_one(Order, (store.team_id, store.id, order.order_no))).paid_at
        await session.execute(update(Order).values(closed_at=paid))  # whoever set it
    world.clock.set(paid + 180 * DAY - timedelta(minutes=1))
    await run(world)
    assert await with_data(world) == 1
    world.clock.advance(timedelta(minutes=1))
    await run(world)
    assert await with_data(world) == 0
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    assert [post.text for post in world.posts("주문") if "파기했습니다" in post.text]


async def test_drafts_are_kept_while_the_clock_is_wrong(world: World) -> None:
    now, sealer = world.clock(), world.bot.services.core.sealer
    draft = Draft(team_id=world.slack.team_id, user_id="U1", store_id="", content="", updated_at=now)
    draft.content = sealer.seal("초안", Place.of(draft, "content"))
    async with world.db.write() as session:
        session.add(draft)
    right = set_wrong(world, 200 * DAY)
    await run(world, "drop old drafts")
    async with world.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Draft)) == 1
    right.advance(200 * DAY + timedelta(minutes=11))
    world.clock.advance(timedelta(minutes=11))
    await run(world, "drop old drafts")
    async with world.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Draft)) == 0
