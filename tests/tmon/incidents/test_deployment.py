"""What concerns the whole deployment: each workspace tells its own people, the operator is told once."""

import asyncio
from datetime import timedelta

from tests.clock import MovableClock
from tests.tmon.incidents.failures import DOWN, KEY, VENDOR, World
from tmon.incidents import deployment
from tmon.incidents.deployment import Reach
from tmon.models.incidents import Incident, Resolution
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.outbox import DEPLOYMENT, OPERATOR

MINUTE = timedelta(minutes=1)


async def stores(world: World, count: int, *, teams: int) -> list[Store]:
    """Stores of several workspaces in turn."""
    return [await world.store(f"가게{n}", team=f"T{n % teams}") for n in range(count)]


async def to_operator(world: World) -> list[OutboxMessage]:
    """Mails to the operator, in order."""
    rows = [row for row in await world.messages() if row.destination == OPERATOR]
    return sorted(rows, key=lambda row: row.created_at)


async def all_fail(world: World, several: list[Store], error: Exception = DOWN, times: int = 3) -> None:
    """Each store fails in turn."""
    for _ in range(times):
        for store in several:
            await world.fails(store, error)  # type: ignore[arg-type]
        world.clock.advance(5 * MINUTE)


async def told(world: World) -> list[str]:
    """What the operator has been told: the ends of the messages' keys. All that waits is delivered."""
    await world.delivered()
    return [row.key.partition("/operator")[2] or "opened" for row in await to_operator(world)]


async def reach(world: World, own: Incident) -> Reach:
    return await world.incidents.reach(own)


async def test_an_outage_of_many_workspaces_with_one_store_each_is_one_mail(world: World) -> None:
    several = await stores(world, 4, teams=4)
    await all_fail(world, several)
    for store in several:
        assert set(await world.open(store.team_id)) == {"tmon"}
    (own,) = (await world.open(DEPLOYMENT)).values()
    assert await reach(world, own) == Reach(4, 4, 0)
    assert await told(world) == ["opened"]
    people = {row.team_id for row in await world.messages() if row.destination == store.channel_id}
    assert people == {store.team_id for store in several}, "each workspace tells its own people"
    for store in several[:3]:
        await world.succeeds(store)
    assert await told(world) == ["opened"], "it is not over for all"
    await world.succeeds(several[3])
    assert await told(world) == ["opened", "/resolved"]
    assert await world.open(DEPLOYMENT) == {}
    async with world.db.read() as session:
        ended = await session.get_one(Incident, (DEPLOYMENT, own.id))
    assert ended.resolution is Resolution.RECOVERED
    assert await reach(world, ended) == Reach(4, 4, 4)


async def test_a_workspace_that_fails_alone_is_no_outage_of_tmon(world: World) -> None:
    failing = [await world.store(f"가게{n}") for n in range(2)]
    others = [await world.store(f"다른{n}", team="T2") for n in range(3)]
    for store in others:
        await world.succeeds(store)
    await all_fail(world, failing)
    assert set(await world.open()) == {f"area:{store.id}:orders" for store in failing}
    assert await told(world) == []


async def test_a_refused_vendor_and_a_wrong_data_key_are_told_once_for_all(world: World, clock: MovableClock) -> None:
    several = await stores(world, 6, teams=3)
    await all_fail(world, several, VENDOR, times=1)
    await all_fail(world, several, KEY, times=1)
    assert await told(world) == ["opened"]
    for store in several:
        async with world.db.write() as session:
            await world.incidents.on_personal_data(session, store, readable=0, unreadable=3, now=clock())
    assert await told(world) == ["opened", "opened"]
    assert set(await world.open(DEPLOYMENT)) == {"vendor", "data_key"}
    for store in several[:3]:
        await world.succeeds(store)
        async with world.db.write() as session:
            await world.incidents.on_personal_data(session, store, readable=3, unreadable=0, now=clock())
    assert sorted(await told(world)) == ["/resolved", "/resolved", "opened", "opened"]


async def test_what_a_few_hold_open_does_not_hide_the_next_outage(world: World) -> None:
    several = await stores(world, 5, teams=5)
    await all_fail(world, several)
    for store in several[:4]:
        await world.succeeds(store)
    assert await told(world) == ["opened"]
    await world.incidents.tick()
    assert await told(world) == ["opened", "/resolved"]
    assert set(await world.open(several[4].team_id)) == {"tmon"}, "there it lasts"
    world.clock.advance(timedelta(minutes=20))
    await world.incidents.tick()
    assert await told(world) == ["opened", "/resolved"]
    await all_fail(world, several)
    assert await told(world) == ["opened", "/resolved", "opened"]


async def test_an_outage_that_ends_because_nobody_collects_any_more_is_closed_without_a_mail(world: World) -> None:
    several = await stores(world, 2, teams=2)
    await all_fail(world, several)
    async with world.db.write() as session:
        for store in several:
            (await session.get_one(Store, (store.team_id, store.id))).sync_on = False
    await world.incidents.tick()
    assert await told(world) == ["opened"]
    assert await world.open(DEPLOYMENT) == {}


async def test_workspaces_that_fail_and_recover_at_the_same_moment_tell_once(world: World) -> None:
    several = await stores(world, 8, teams=8)
    for _ in range(3):
        await asyncio.gather(*(world.fails(store, VENDOR) for store in several))
        assert set(await world.open(DEPLOYMENT)) == {"vendor"}
        await asyncio.gather(*(world.succeeds(store) for store in several))
        assert await world.open(DEPLOYMENT) == {}
        world.clock.advance(MINUTE)
    assert sum(row.key.endswith("/operator") for row in await to_operator(world)) == 3


async def test_only_what_no_store_can_mend_is_the_deployments(world: World) -> None:
    store = await world.store(own_vendor=True)
    await world.fails(store, VENDOR)
    (incident,) = (await world.open()).values()
    assert not deployment.is_deployment_wide(incident)
    assert await world.open(DEPLOYMENT) == {}
