"""What failures are laid to, who hears of it and when, and how it ends. The collector's part is played by `World`."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from tests.clock import MovableClock
from tests.tmon.incidents.failures import DOWN, KEY, MINUTE, TEAM, VENDOR, World
from tmon.api.endpoints import ORDERS as LIST_ORDERS
from tmon.api.endpoints import TOKEN
from tmon.api.errors import (
    NotOffered,
    TokenRefused,
    Unavailable,
)
from tmon.errors import AppError
from tmon.models.audit import Audit
from tmon.models.collection import ORDERS
from tmon.models.incidents import Cause, Resolution
from tmon.models.stores import Contact, Store
from tmon.outbox import MAIL
from tmon.permissions import Person
from tmon.stock.collector import STOCK


async def test_a_store_that_fails_three_times_in_a_row(world: World, clock: MovableClock) -> None:
    store, other = await world.store(), await world.store("다른")
    await world.succeeds(other)
    began = clock()
    await world.fails(store, times=2)
    assert await world.open() == {}
    clock.advance(5 * MINUTE)
    await world.fails(store)
    [incident] = (await world.open()).values()
    assert (incident.subject, incident.cause, incident.area) == (f"area:{store.id}:orders", Cause.AREA, "orders")
    assert (incident.failing_since, incident.serious, incident.error) == (began, False, "unavailable")
    assert await world.delivered() == [f"channel/{store.channel_id}", f"contact/{store.id}", f"mail/{store.id}"]
    assert [row.destination for row in await world.messages()] == ["C_ORDERS", "U_CONTACT", MAIL]

    clock.advance(5 * MINUTE)
    await world.fails(store)
    assert await world.delivered() == []

    clock.advance(5 * MINUTE)
    await world.succeeds(store, new=4)
    facts = await world.only()
    assert facts.incident.closed_at == clock()
    assert facts.incident.resolution is Resolution.RECOVERED
    assert (facts.recovered, facts.backfilled) == (1, {"new": 4})
    assert await world.delivered() == [
        "channel/C_ORDERS",
        "channel/C_ORDERS/resolved",
        f"contact/{store.id}",
        f"contact/{store.id}/resolved",
        f"mail/{store.id}/resolved",
    ]
    replies = {row.key: row.thread_key for row in await world.messages() if row.thread_key}
    assert all(key == f"{parent}/resolved" for key, parent in replies.items())
    assert len(replies) == 2


async def test_a_refused_key_opens_at_once_and_ends_with_the_new_key(world: World, clock: MovableClock) -> None:
    store = await world.store()
    await world.fails(store, KEY)
    [incident] = (await world.open()).values()
    assert (incident.subject, incident.cause, incident.serious) == (f"key:{store.id}", Cause.KEY, True)
    assert incident.message == "유효하지 않은 파트너입니다."
    assert "operator" not in await world.delivered()
    await world.fails(store, KEY)
    assert await world.delivered() == []
    clock.advance(90 * MINUTE)
    await world.succeeds(store, new=2)
    facts = await world.only()
    assert facts.incident.closed_at is not None
    assert facts.incident.closed_at - facts.incident.failing_since == 90 * MINUTE


async def test_stock_that_fails_alone_is_an_incident_of_its_own(world: World, clock: MovableClock) -> None:
    store = await world.store()
    await world.succeeds(store)
    await world.fails(store, times=3, kind=STOCK)
    [incident] = (await world.open()).values()
    assert (incident.subject, incident.area) == (f"area:{store.id}:stock", "stock")
    clock.advance(timedelta(hours=3))
    await world.incidents.tick()
    assert not (await world.only()).incident.serious, "orders are collected all the same"
    await world.succeeds(store)
    assert (await world.only()).incident.closed_at is None
    await world.succeeds(store, STOCK)
    assert (await world.only()).incident.resolution is Resolution.RECOVERED


async def test_only_orders_end_what_tells_of_orders(world: World) -> None:
    stores = [await world.store(f"가게{n}") for n in range(2)]
    for store in stores:
        await world.fails(store, times=3)
    for store in stores:
        await world.fails(store, times=3, kind=STOCK)
    assert {incident.area for incident in (await world.open()).values()} == {None, ORDERS}
    for store in stores:
        await world.succeeds(store, STOCK)
    assert "tmon" in await world.open()
    for store in stores:
        await world.succeeds(store)
    assert await world.open() == {}


async def test_a_key_that_stock_proves_good_is_good(world: World) -> None:
    store = await world.store()
    await world.fails(store, KEY, kind=STOCK)
    assert list(await world.open()) == [f"key:{store.id}"]
    await world.succeeds(store, STOCK)
    assert await world.open() == {}


async def test_the_deployments_vendor_is_one_incident_that_the_operator_hears_of(world: World) -> None:
    stores = [await world.store(f"가게{n}") for n in range(3)]
    for store in stores:
        await world.fails(store, VENDOR)
    [incident] = (await world.open()).values()
    assert (incident.subject, incident.cause) == ("vendor", Cause.VENDOR)
    assert await world.delivered() == ["channel/C_ORDERS", "contact/st_가게0", "mail/st_가게0", "operator"]
    await world.succeeds(stores[1])
    assert "operator/resolved" in await world.delivered()
    assert await world.open() == {}


async def test_a_stores_own_vendor_is_its_own_trouble(world: World) -> None:
    store = await world.store(own_vendor=True)
    await world.fails(store, TokenRefused(LIST_ORDERS.name))
    assert set(await world.open()) == {f"key:{store.id}"}
    assert "operator" not in await world.delivered()


async def test_the_token_call_is_nobodys_own_trouble(world: World) -> None:
    store, other = await world.store(), await world.store("다른")
    await world.succeeds(other)
    await world.fails(store, Unavailable(TOKEN.name), times=3)
    assert set(await world.open()) == {"tmon"}


async def test_what_tmon_does_not_offer_is_no_incident(world: World) -> None:
    await world.fails(await world.store(), NotOffered(LIST_ORDERS.name, status=404), times=5)
    assert await world.open() == {}


async def test_a_refused_key_seen_while_confirming(world: World, clock: MovableClock) -> None:
    store = await world.store()
    async with world.db.write() as session:
        await world.incidents.on_failure(session, store, ORDERS, DOWN, None, clock())
        await world.incidents.on_failure(session, store, ORDERS, KEY, None, clock())
    assert set(await world.open()) == {f"key:{store.id}"}


async def test_buyers_data_that_do_not_decrypt(world: World, clock: MovableClock) -> None:
    store = await world.store()

    async def read(readable: int, unreadable: int) -> None:
        async with world.db.write() as session:
            await world.incidents.on_personal_data(
                session, store, readable=readable, unreadable=unreadable, now=clock()
            )

    await read(5, 1)
    await read(0, 0)
    assert await world.open() == {}
    await read(0, 2)
    await read(0, 1)
    [incident] = (await world.open()).values()
    assert (incident.subject, incident.cause, incident.serious) == ("data_key", Cause.DATA_KEY, False)
    assert "operator" in await world.delivered()
    await world.succeeds(store, new=3)
    assert set(await world.open()) == {"data_key"}
    await read(0, 0)
    assert set(await world.open()) == {"data_key"}
    await read(1, 0)
    assert await world.open() == {}


async def test_stores_that_join_later_widen_the_message(world: World, clock: MovableClock) -> None:
    first = [await world.store(f"가게{n}") for n in range(2)]
    late = await world.store("늦은 가게", user="U_LATE", email="late@example.com")
    for _ in range(3):
        for store in first:
            await world.fails(store)
    assert await world.delivered() == ["channel/C_ORDERS", "contact/st_가게0", "mail/st_가게0", "operator"]
    await world.fails(late)
    assert await world.delivered() == ["channel/C_ORDERS", f"contact/{late.id}", f"mail/{late.id}"]
    assert len((await world.only()).stores) == 3


async def test_taking_care_of_it(world: World) -> None:
    store = await world.store()
    await world.fails(store, KEY)
    await world.delivered()
    incident = (await world.only()).incident
    person = Person(TEAM, "U_WORKER")
    await world.incidents.assign(person, incident.id)
    await world.incidents.assign(person, incident.id)
    assert (await world.only()).incident.assignee == "U_WORKER"
    assert await world.delivered() == ["channel/C_ORDERS", f"contact/{store.id}"]
    async with world.db.read() as session:
        assert list(await session.scalars(select(col(Audit.action)))) == ["incident.take"]
    await world.succeeds(store)
    with pytest.raises(AppError, match=r"incidents\.over$"):
        await world.incidents.assign(person, incident.id)
    with pytest.raises(AppError, match=r"incidents\.over$"):
        await world.incidents.assign(Person("T2", "U_WORKER"), incident.id)


async def test_the_mobile_number_is_for_managers_of_a_serious_incident(world: World) -> None:
    store, other = await world.store(), await world.store("다른")
    await world.succeeds(other)
    await world.fails(store, times=3)
    incident = (await world.only()).incident
    owner, stranger = Person(TEAM, "U_OWNER"), Person(TEAM, "U_OTHER")
    with pytest.raises(AppError, match=r"incidents\.no_mobile$"):
        await world.incidents.contact_phones(owner, incident.id)
    await world.fails(store, KEY)
    incident = (await world.open())[f"key:{store.id}"]
    with pytest.raises(AppError, match=r"incidents\.no_mobile_right$"):
        await world.incidents.contact_phones(stranger, incident.id)
    [shown] = await world.incidents.contact_phones(owner, incident.id)
    assert (shown.store, shown.mobile) == ("귤나라", "010-1234-5678")
    assert "010" not in repr(shown)
    async with world.db.read() as session:
        [row] = await session.scalars(select(Audit))
    assert (row.action, row.user_id, row.store_id) == ("incident.see_mobile", "U_OWNER", store.id)


@pytest.mark.parametrize(("phone", "shown"), [("02-1234-5678", ["02-1234-5678"]), ("", [])])
async def test_a_contact_without_a_mobile_number_is_reached_by_the_other_one(
    world: World, phone: str, shown: list[str]
) -> None:
    store = await world.store()
    async with world.db.write() as session:
        row = await session.get_one(Store, (store.team_id, store.id))
        row.contact = world.sealer.seal(Contact(name="김민지", email="minji@example.com", phone=phone))
    await world.fails(store, KEY)
    incident, owner = (await world.only()).incident, Person(TEAM, "U_OWNER")
    if shown:
        assert [one.mobile for one in await world.incidents.contact_phones(owner, incident.id)] == shown
    else:
        with pytest.raises(AppError, match=r"incidents\.no_mobile_number$"):
            await world.incidents.contact_phones(owner, incident.id)


async def test_kind_is_compared_by_its_value(world: World, clock: MovableClock) -> None:
    """The kind of a retry comes from the incident's row: an equal string, not the same one."""
    orders = "".join(["ord", "ers"])
    store = await world.store()
    await world.fails(store, times=3, kind=orders)
    assert {incident.area for incident in (await world.open()).values()} == {ORDERS}
    await world.succeeds(store, orders)
    assert await world.open() == {}
