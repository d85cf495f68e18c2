"""What failures are laid to, who hears of it and when, and how it ends. The collector's part is played by `World`."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlmodel import col

from tests.clock import MovableClock
from tests.core import SWITCHES
from tmon.api.endpoints import ORDERS as LIST_ORDERS
from tmon.api.endpoints import TOKEN
from tmon.api.errors import (
    NotOffered,
    PartnerRejected,
    Rejected,
    Throttled,
    TmonError,
    TokenRefused,
    Unavailable,
    UnexpectedResponse,
    VendorRejected,
)
from tmon.business_days import confirm_by
from tmon.clock import KST
from tmon.collection.sync_state import get_sync_state
from tmon.database import Database
from tmon.errors import AppError
from tmon.incidents.causes import error_code
from tmon.incidents.notifier import after_quiet_hours
from tmon.incidents.service import IncidentService
from tmon.incidents.summary import IncidentSummary
from tmon.models.audit import Audit
from tmon.models.collection import ORDERS, SyncState
from tmon.models.incidents import Cause, Incident, Resolution
from tmon.models.orders import Order, OrderState
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Contact, Credentials, Store, StoreState
from tmon.outbox import MAIL, OPERATOR
from tmon.permissions import Person
from tmon.sealing import Sealer
from tmon.stock.collector import STOCK

TEAM = "T1"
MINUTE = timedelta(minutes=1)
DOWN = Unavailable(LIST_ORDERS.name, status=503)
KEY = PartnerRejected(LIST_ORDERS.name, "유효하지 않은 파트너입니다.", 401)
VENDOR = VendorRejected(TOKEN.name, status=401)


class World:
    """Stores, and runs over them that fail or succeed."""

    def __init__(self, db: Database, sealer: Sealer, clock: MovableClock) -> None:
        self.db, self.sealer, self.clock = db, sealer, clock
        self.incidents = IncidentService(db, sealer, clock, after_failures=3, switches=SWITCHES)

    async def store(
        self,
        name: str = "귤나라",
        *,
        user: str | None = "U_CONTACT",
        email: str = "minji@example.com",
        channel: str = "C_ORDERS",
        own_vendor: bool = False,
        state: StoreState = StoreState.APPROVED,
    ) -> Store:
        vendor = (
            {"vendor_id": "V1", "access_key": "a", "secret_key": "s", "personal_data_key": "p"} if own_vendor else {}
        )
        store = Store(
            team_id=TEAM,
            id=f"st_{name}",
            seller_id=name,
            name=name,
            name_key=name,
            credentials=self.sealer.seal(Credentials(api_key="k", **vendor)),
            contact=self.sealer.seal(Contact(name="김민지", email=email, mobile="010-1234-5678")),
            contact_user_id=user,
            channel_id=channel,
            registered_by="U_OWNER",
            stock_on=True,
            state=state,
            created_at=self.clock(),
            updated_at=self.clock(),
        )
        async with self.db.write() as session:
            session.add(store)
        return store

    async def fails(
        self,
        store: Store,
        error: TmonError = DOWN,
        times: int = 1,
        every: timedelta = 5 * MINUTE,
        kind: str = ORDERS,
    ) -> None:
        for n in range(times):
            if n:
                self.clock.advance(every)
            now = self.clock()
            async with self.db.write() as session:
                standing = await get_sync_state(session, store, kind, now)
                standing.failures += 1
                standing.failing_since = standing.failing_since or now
                standing.last_failure_at, standing.error = now, error_code(error)
                await self.incidents.on_failure(session, store, kind, error, standing, now)

    async def succeeds(self, store: Store, kind: str = ORDERS, **counts: int) -> None:
        now = self.clock()
        async with self.db.write() as session:
            await session.execute(
                update(SyncState)
                .where(col(SyncState.team_id) == TEAM, col(SyncState.store_id) == store.id, col(SyncState.kind) == kind)
                .values(failures=0, failing_since=None, error=None, last_success_at=now)
            )
            await self.incidents.on_success(session, store, kind, counts, now)

    async def delivered(self) -> list[str]:
        """Delivers what is due, as the outbox does; returns the keys."""
        async with self.db.write() as session:
            rows = (
                await session.scalars(
                    select(OutboxMessage)
                    .where(
                        col(OutboxMessage.version) > col(OutboxMessage.delivered_version),
                        col(OutboxMessage.due_at) <= self.clock(),
                    )
                    .order_by(col(OutboxMessage.key))
                )
            ).all()
            for row in rows:
                row.delivered_version, row.delivered_at, row.ts = row.version, self.clock(), "1.1"
            return [row.key.partition("/")[2].partition("/")[2] for row in rows]

    async def messages(self, *, pending: bool = False) -> list[OutboxMessage]:
        async with self.db.read() as session:
            query = select(OutboxMessage).order_by(col(OutboxMessage.key))
            if pending:
                query = query.where(col(OutboxMessage.version) > col(OutboxMessage.delivered_version))
            return list(await session.scalars(query))

    async def open(self) -> dict[str, Incident]:
        async with self.db.read() as session:
            rows = await session.scalars(select(Incident).where(col(Incident.closed_at).is_(None)))
            return {incident.subject: incident for incident in rows}

    async def only(self) -> IncidentSummary:
        [facts] = await self.incidents.open_and_recent(TEAM)
        return facts

    async def order(self, store: Store, number: int, *, due: datetime, state: OrderState = OrderState.NEW) -> None:
        async with self.db.write() as session:
            session.add(
                Order(
                    team_id=TEAM,
                    store_id=store.id,
                    order_no=number,
                    state=state,
                    ordered_at=self.clock(),
                    paid_at=self.clock(),
                    confirm_by=due,
                    ship_by=due,
                    amount=10_000,
                    delivery_fee=0,
                    quantity=1,
                    title="귤",
                    first_seen_at=self.clock(),
                    updated_at=self.clock(),
                )
            )


@pytest.fixture
def world(db: Database, sealer: Sealer, clock: MovableClock) -> World:
    return World(db, sealer, clock)


def seoul(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST).astimezone(UTC)


# --- what a failure is laid to -------------------------------------------------------------------------------------


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


def test_codes_of_errors() -> None:
    errors = [DOWN, KEY, VENDOR, TokenRefused("x"), Rejected("x"), Throttled("x"), UnexpectedResponse("x", field="a")]
    assert [error_code(error) for error in errors] == [
        "unavailable", "key_rejected", "vendor_rejected", "vendor_rejected", "rejected", "throttled", "unexpected_answer",
    ]  # fmt: skip


# --- who hears of it -----------------------------------------------------------------------------------------------


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


# --- wide and narrow -----------------------------------------------------------------------------------------------


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


async def test_a_paused_or_removed_store_ends_its_incident_without_a_notice(world: World) -> None:
    stores = [await world.store(f"가게{n}") for n in range(2)]
    for store in stores:
        await world.fails(store, KEY)
    await world.delivered()
    async with world.db.write() as session:
        await session.execute(update(Store).where(col(Store.id) == stores[0].id).values(sync_on=False))
        await session.execute(update(Store).where(col(Store.id) == stores[1].id).values(removed_at=world.clock()))
    await world.incidents.tick()
    assert await world.open() == {}
    assert {facts.incident.resolution for facts in await world.incidents.open_and_recent(TEAM)} == {Resolution.PAUSED}
    assert not [key for key in await world.delivered() if key.endswith("resolved")]


async def test_without_collections_of_orders_an_incident_of_theirs_is_over(world: World) -> None:
    """Only orders end it: where they are switched off it would stand for ever, and keep other failures silent."""
    store = await world.store()
    await world.fails(store, Unavailable(TOKEN.name, status=503), times=3)
    assert list(await world.open()) == ["tmon"]
    async with world.db.write() as session:
        await session.execute(update(Store).where(col(Store.id) == store.id).values(order_on=False))
    await world.incidents.tick()
    assert await world.open() == {}
    await world.fails(store, times=3, kind=STOCK)
    assert list(await world.open()) == [f"area:{store.id}:stock"]


# --- night ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-03-10 21:59:59", "2026-03-10 21:59:59"),
        ("2026-03-10 22:00:00", "2026-03-11 08:00:00"),
        ("2026-03-10 23:59:59", "2026-03-11 08:00:00"),
        ("2026-03-11 00:00:00", "2026-03-11 08:00:00"),
        ("2026-03-11 07:59:59", "2026-03-11 08:00:00"),
        ("2026-03-11 08:00:00", "2026-03-11 08:00:00"),
        ("2026-12-31 23:30:00", "2027-01-01 08:00:00"),
        ("2027-01-01 00:30:00", "2027-01-01 08:00:00"),
    ],
)
def test_the_night_in_seoul(at: str, told: str) -> None:
    assert after_quiet_hours(seoul(at)) == seoul(told)


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 1, 1), timezones=st.just(UTC)))
def test_nobody_is_woken_and_nothing_waits_longer_than_a_night(now: datetime) -> None:
    told = after_quiet_hours(now)
    assert now <= told <= now + timedelta(hours=10)
    assert 8 <= told.astimezone(KST).hour < 22
    assert told.tzinfo is UTC


async def test_what_is_not_serious_waits_for_the_morning(world: World, clock: MovableClock) -> None:
    store, other = await world.store(), await world.store("다른")
    await world.succeeds(other)
    clock.set(seoul("2026-12-31 23:00"))
    await world.fails(store, times=3)
    assert await world.delivered() == []
    clock.advance(30 * MINUTE)
    await world.incidents.tick()
    assert await world.delivered() == []
    # two hours without collection: it wakes
    clock.set(seoul("2027-01-01 01:00"))
    await world.incidents.tick()
    assert (await world.only()).incident.serious
    assert await world.delivered() == ["channel/C_ORDERS", f"contact/{store.id}", f"mail/{store.id}"]
    clock.advance(MINUTE)
    await world.incidents.tick()
    assert await world.delivered() == []
    await world.succeeds(store)
    assert len([key for key in await world.delivered() if key.endswith("/resolved")]) == 3


async def test_what_mended_itself_in_the_night_is_not_announced_as_over(world: World, clock: MovableClock) -> None:
    store, other = await world.store(), await world.store("다른")
    await world.succeeds(other)
    clock.set(seoul("2026-03-10 22:30"))
    await world.fails(store, times=3)
    await world.succeeds(store)
    rows = await world.messages()
    assert len(rows) == 3
    assert all(row.delivered_at is None and not row.key.endswith("/resolved") for row in rows)


async def test_the_operator_hears_at_night_too(world: World, clock: MovableClock) -> None:
    clock.set(seoul("2026-03-10 03:00"))
    await world.fails(await world.store(), VENDOR)
    assert await world.delivered() == ["operator"]
    [row] = [row for row in await world.messages() if row.destination == OPERATOR]
    assert row.store_id is None


async def test_a_refused_key_wakes(world: World, clock: MovableClock) -> None:
    clock.set(seoul("2026-03-10 03:00"))
    await world.fails(await world.store(), KEY)
    assert len(await world.delivered()) == 3


async def test_told_in_the_evening_over_in_the_night(world: World, clock: MovableClock) -> None:
    store, other = await world.store(), await world.store("다른")
    await world.succeeds(other)
    clock.set(seoul("2026-03-10 21:45"))
    await world.fails(store, times=3)
    assert len(await world.delivered()) == 3
    clock.set(seoul("2026-03-10 22:10"))
    await world.succeeds(store)
    assert await world.delivered() == ["channel/C_ORDERS", f"contact/{store.id}"]  # the edits, that nobody hears
    clock.set(seoul("2026-03-11 08:00"))
    assert len(await world.delivered()) == 3


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


# --- at the same time ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KEY, VENDOR, DOWN])
async def test_one_open_incident_per_subject_however_many_fail_at_once(world: World, error: TmonError) -> None:
    stores = [await world.store(f"가게{n}") for n in range(6)]
    for _ in range(3):
        await asyncio.gather(
            *(world.fails(store, error) for store in stores), *(world.incidents.tick() for _ in range(2))
        )
    async with world.db.read() as session:
        rows = await session.execute(
            select(col(Incident.subject), func.count())
            .where(col(Incident.closed_at).is_(None))
            .group_by(col(Incident.subject))
        )
        assert {count for _, count in rows} == {1}
    if error is not KEY:
        assert len(await world.open()) == 1


async def test_failures_and_successes_at_once_end_with_nothing_open(world: World) -> None:
    stores = [await world.store(f"가게{n}") for n in range(5)]
    for _ in range(3):
        await asyncio.gather(*(world.fails(store) for store in stores))

    async def mended(some: Sequence[Store]) -> None:
        await asyncio.gather(*(world.succeeds(store, new=1) for store in some))

    await asyncio.gather(mended(stores[:3]), *(world.fails(store) for store in stores[3:]))
    await mended(stores)
    assert await world.open() == {}


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
