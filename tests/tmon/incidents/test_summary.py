"""What an incident looks like at a moment."""

from datetime import timedelta

from sqlalchemy import update

from tests.clock import MovableClock
from tests.tmon.incidents.failures import KEY, MINUTE, TEAM, World
from tmon.business_days import confirm_by
from tmon.models.incidents import Incident
from tmon.models.orders import OrderState


async def test_a_clock_that_runs_out_makes_it_serious(world: World, clock: MovableClock) -> None:
    store, other = await world.store(), await world.store("다른")
    await world.succeeds(other)
    due = confirm_by(clock())
    await world.order(store, 1, due=due)
    await world.order(store, 2, due=due - timedelta(days=7))  # missed long ago: no reason to wake anybody
    await world.order(store, 3, due=due - timedelta(hours=1), state=OrderState.CONFIRMED)
    await world.fails(store, times=3)
    facts = await world.only()
    assert (facts.risk.waiting, facts.risk.urgent_at, facts.incident.serious) == (2, due, False)
    await world.delivered()
    clock.set(due - timedelta(hours=4))
    async with world.db.write() as session:  # as if it had begun a moment ago
        await session.execute(update(Incident).values(failing_since=clock()))
    await world.incidents.tick()
    assert not (await world.only()).incident.serious
    clock.advance(timedelta(seconds=1))
    await world.incidents.tick()
    assert (await world.only()).incident.serious


async def test_numbers_are_drawn_anew_every_few_minutes_at_most(world: World, clock: MovableClock) -> None:
    store, other = await world.store(), await world.store("다른")
    await world.succeeds(other)
    await world.fails(store, times=3)
    await world.delivered()
    await world.order(store, 1, due=confirm_by(clock()))
    clock.advance(4 * MINUTE)
    await world.incidents.tick()
    assert await world.delivered() == []
    clock.advance(MINUTE)
    await world.incidents.tick()
    assert await world.delivered() == ["channel/C_ORDERS", f"contact/{store.id}"]
    clock.advance(5 * MINUTE)
    await world.incidents.tick()
    assert await world.delivered() == []


async def test_the_list_is_of_one_workspace_and_ends_at_twenty(world: World, clock: MovableClock) -> None:
    store = await world.store()
    for _ in range(21):
        clock.advance(MINUTE)
        await world.fails(store, KEY)
        await world.succeeds(store)
    await world.fails(store, KEY)
    listed = await world.incidents.open_and_recent(TEAM)
    assert len(listed) == 20
    assert [facts.incident.closed_at is None for facts in listed] == [True] + [False] * 19
    assert await world.incidents.open_and_recent("T2") == []
    assert await world.incidents.summary("T2", listed[0].incident.id) is None
