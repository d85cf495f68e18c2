"""What the failures of several stores say together."""

from datetime import timedelta

import pytest

from tests.clock import MovableClock
from tests.tmon.incidents.failures import DOWN, KEY, MINUTE, TEAM, VENDOR, World
from tmon.api.endpoints import ORDERS as LIST_ORDERS
from tmon.api.errors import (
    UnexpectedResponse,
)
from tmon.models.collection import ORDERS
from tmon.models.stores import StoreState
from tmon.stock.collector import STOCK


@pytest.mark.parametrize(
    ("failing", "all_", "subject"), [(2, 4, "tmon"), (2, 5, "area"), (1, 2, "area"), (2, 2, "tmon")]
)
async def test_half_of_the_stores_alike(world: World, failing: int, all_: int, subject: str) -> None:
    stores = [await world.store(f"가게{n}") for n in range(all_)]
    await world.store("승인 대기", state=StoreState.PENDING)
    for n in range(3):
        world.clock.advance(n * 5 * MINUTE)
        for store in stores[:failing]:
            await world.fails(store)
    assert {key.partition(":")[0] for key in await world.open()} == {subject}


async def test_different_failures_are_not_alike(world: World) -> None:
    one, two = await world.store("하나"), await world.store("둘")
    for _ in range(3):
        await world.fails(one, DOWN)
        await world.fails(two, UnexpectedResponse(LIST_ORDERS.name, field="orderNo"))
    assert set(await world.open()) == {f"area:{one.id}:orders", f"area:{two.id}:orders"}


async def test_forty_stores_down_at_once(world: World, clock: MovableClock) -> None:
    people = [("U_A", "a@example.com"), (None, "b@example.com"), (None, "B@example.com"), ("U_C", "a@example.com")]
    stores = []
    for n in range(40):
        user, email = people[n % 4]
        stores.append(await world.store(f"가게{n:02}", user=user, email=email, channel=f"C{n % 2}"))
    for _ in range(3):
        clock.advance(5 * MINUTE)
        for store in stores:
            await world.fails(store)
            clock.advance(timedelta(seconds=1))
    assert set(await world.open()) == {"tmon"}
    delivered = await world.delivered()
    # U_A and U_C share an address, and so do the two without an account: two people, two channels, the operator
    assert delivered == [
        "channel/C0", "channel/C1", "contact/st_가게00", "contact/st_가게01", "mail/st_가게00", "mail/st_가게01", "operator",
    ]  # fmt: skip
    facts = await world.only()
    assert len(facts.stores) == 40
    mine = await world.incidents.summary(TEAM, facts.incident.id, contact="st_가게00")
    here = await world.incidents.summary(TEAM, facts.incident.id, channel="C1")
    assert mine is not None
    assert here is not None
    assert [len(mine.stores), len(here.stores)] == [20, 20]

    for store in stores[:10]:
        await world.succeeds(store, new=2)
    facts = await world.only()
    assert (facts.incident.closed_at is not None, facts.recovered, facts.backfilled) == (True, 10, {"new": 20})
    clock.advance(MINUTE)
    assert len([key for key in await world.delivered() if key.endswith("/resolved")]) == 7


async def test_a_wider_cause_speaks_for_the_narrower(world: World, clock: MovableClock) -> None:
    one, two = await world.store("하나"), await world.store("둘")
    await world.succeeds(two)
    await world.fails(one, times=3)
    assert await world.delivered() == ["channel/C_ORDERS", f"contact/{one.id}", f"mail/{one.id}"]
    narrow = f"area:{one.id}:orders"
    await world.fails(two, times=3)
    await world.fails(one)
    open_ = await world.open()
    assert set(open_) == {narrow, "tmon"}
    assert open_[narrow].suppressed_by == open_["tmon"].id
    delivered = await world.delivered()
    assert (
        delivered.count(f"contact/{one.id}") + delivered.count(f"contact/{two.id}") == 2
    )  # the new one, the old one redrawn

    clock.advance(30 * MINUTE)
    await world.succeeds(two)
    assert set(await world.open()) == {narrow}
    clock.advance(MINUTE)
    await world.delivered()
    await world.fails(one)  # may have been on its way when TMON came back
    assert (await world.open())[narrow].suppressed_by is not None
    clock.advance(11 * MINUTE)
    await world.fails(one)
    assert (await world.open())[narrow].suppressed_by is None
    assert await world.delivered() == ["channel/C_ORDERS", f"contact/{one.id}"]
    await world.succeeds(one)
    assert await world.open() == {}


@pytest.mark.parametrize("first", [ORDERS, STOCK])
async def test_what_fails_like_the_orders_of_its_store_is_told_with_them(world: World, first: str) -> None:
    """Its own message would say that orders are still collected."""
    store = await world.store()
    orders, stock = f"area:{store.id}:orders", f"area:{store.id}:stock"
    for kind in (first, STOCK if first == ORDERS else ORDERS):
        await world.fails(store, times=3, kind=kind)
    open_ = await world.open()
    assert (open_[orders].suppressed_by, open_[stock].suppressed_by) == (None, open_[orders].id)
    await world.delivered()
    await world.fails(store, kind=STOCK)
    assert await world.delivered() == []

    await world.succeeds(store)
    await world.delivered()
    await world.fails(store, kind=STOCK)
    assert (await world.open())[stock].suppressed_by is None, "now it fails alone"
    assert f"contact/{store.id}" in await world.delivered()


async def test_what_fails_otherwise_than_the_orders_of_its_store_is_told_by_itself(world: World) -> None:
    store = await world.store()
    await world.fails(store, times=3)
    await world.fails(store, UnexpectedResponse("deals.get", field="title"), times=3, kind=STOCK)
    assert {one.suppressed_by for one in (await world.open()).values()} == {None}


async def test_a_recovering_store_is_not_blamed_at_once(world: World, clock: MovableClock) -> None:
    stores = [await world.store(f"가게{n}") for n in range(3)]
    for _ in range(3):
        for store in stores:
            await world.fails(store)
    await world.delivered()
    await world.succeeds(stores[0])
    for _ in range(2):
        for store in stores[1:]:
            await world.fails(store)
        clock.advance(4 * MINUTE)
    assert await world.open() == {}
    clock.advance(3 * MINUTE)
    await world.fails(stores[1])
    assert set(await world.open()) == {"tmon"}


async def test_a_refused_key_speaks_again_when_the_vendor_is_mended(world: World) -> None:
    one, two = await world.store("하나"), await world.store("둘", user="U_TWO", email="two@example.com")
    await world.fails(one, VENDOR)
    await world.fails(two, VENDOR)
    await world.delivered()
    await world.fails(one, KEY)
    open_ = await world.open()
    assert open_[f"key:{one.id}"].suppressed_by == open_["vendor"].id
    assert await world.delivered() == []
    await world.succeeds(two)
    assert {subject: one.suppressed_by for subject, one in (await world.open()).items()} == {f"key:{one.id}": None}
    assert {f"contact/{one.id}", f"mail/{one.id}", "channel/C_ORDERS"} <= set(await world.delivered())
