"""Stores from the draft to the removal, on a real database and against the sandbox over HTTP."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url, select
from sqlmodel import col

from bot.playground.tmon import DEMO_PARTNERS, DEMO_VENDOR, Sandbox, demo_sandbox, serve
from handlers.samples.fixtures import KINDS
from tests.clock import MovableClock
from tests.core import make_core
from tests.tmon.stores.test_fields import API, CONTACT, SETTINGS
from tmon.api import TmonApi, VendorCredentials
from tmon.dashboard.service import Dashboard
from tmon.database import Database
from tmon.errors import AppError
from tmon.features import FEATURES as DOMAIN_FEATURES
from tmon.models.audit import Audit
from tmon.models.collection import ORDERS, SyncState
from tmon.models.metadata import METADATA
from tmon.models.orders import Order, OrderState
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ConfirmMode, Contact, Credentials, Draft, PendingReason, Store, StoreState
from tmon.permissions import Person
from tmon.sealing import Sealer
from tmon.stores.api_clients import ApiClients
from tmon.stores.drafts import RETENTION
from tmon.stores.form import StoreForm
from tmon.stores.service import StoreService

OWNER = Person("T1", "U1")
OTHER = Person("T1", "U2", is_admin=True)
ELSEWHERE = Person("T2", "U9")
LIVING, MARKET = DEMO_PARTNERS
WRONG_KEY = "wrong-key-7c1f"


@pytest.fixture
async def sandbox(clock: MovableClock) -> Sandbox:
    """TMON with the demo's shops."""
    return demo_sandbox(clock)


@pytest.fixture
async def stores(db: Database, sealer: Sealer, clock: MovableClock, sandbox: Sandbox) -> AsyncIterator[StoreService]:
    """The service, speaking to the sandbox."""
    server = await serve(sandbox)

    async def no_wait(_: float) -> None:
        await asyncio.sleep(0)

    async with TmonApi(server.url, timeouts=httpx.Timeout(2.0), sleep=no_wait) as api:
        vendor = VendorCredentials(
            client_id=DEMO_VENDOR.client_id,
            client_secret=DEMO_VENDOR.client_secret,
            personal_data_key=DEMO_VENDOR.personal_data_key,
        )
        yield StoreService(make_core(db, clock, sealer, ApiClients(api, sealer, vendor)))
    await server.stop()


async def draft(stores: StoreService, person: Person = OWNER, store_id: str = "", **typed: Any) -> StoreForm:
    """Types the whole form into a draft."""
    form = stores.form(await stores.get(person.team_id, store_id)) if store_id else StoreForm()
    answers = {1: {**API, "seller_id": LIVING.partner_id, "api_key": LIVING.token}, 2: CONTACT, 3: SETTINGS}
    for step, fields in answers.items():
        changed = {name: typed[name] for name in fields if name in typed}
        form = await stores.check_step(person, store_id, step, form, changed if store_id else {**fields, **changed})
    await stores.drafts.save(person, store_id, form, step=3)
    return form


async def registered(stores: StoreService, person: Person = OWNER, **typed: Any) -> Store:
    """A store that was saved and checked."""
    await draft(stores, person, **typed)
    store = await stores.save(person, "")
    return await stores.check(person.team_id, store.id, saved_by=person.user_id)


async def rows(db: Database, table: type[Any]) -> list[Any]:
    """Everything in a table."""
    async with db.read() as session:
        return list(await session.scalars(select(table)))


def refused(error: pytest.ExceptionInfo[AppError]) -> tuple[str, str | None]:
    """What an error says, and where."""
    return error.value.key, error.value.field


async def test_a_right_key_is_approved_and_orders_are_due_at_once(
    stores: StoreService, db: Database, clock: MovableClock, sandbox: Sandbox, sealer: Sealer
) -> None:
    store = await registered(stores, memo="창고는 김포")
    assert (store.state, store.pending_reason, store.check_due_at) == (StoreState.APPROVED, None, None)
    assert store.approved_at == clock()
    assert store.credentials is not None
    assert sealer.open_as(Credentials, store.credentials).api_key == LIVING.token
    assert store.contact is not None
    assert sealer.open_as(Contact, store.contact).mobile == "010-1234-5678"
    assert await rows(db, SyncState) == []  # a kind that never ran is due
    (told,) = await rows(db, OutboxMessage)
    assert (told.kind, told.destination, told.key) == ("store_result", "U1", f"store/{store.id}/result/U1")
    assert [row.action for row in await rows(db, Audit)] == ["store.register"]
    assert await stores.drafts.get(OWNER, "") is None
    (asked,) = [call for call in sandbox.calls if call.partner_id == LIVING.partner_id]
    assert asked.query["deliveryStatus"] == "D1"
    assert not await stores.all("T2")


async def test_nothing_secret_lies_in_the_open(stores: StoreService, db: Database, database_url: str) -> None:
    store = await registered(stores, memo="비밀 메모")
    await draft(stores, store_id=store.id)
    async with db.read() as session:
        found = [
            list(await session.execute(select(*METADATA.tables[table].c)))
            for table in ("store", "draft", "message", "audit")
        ]
    for secret in (LIVING.token, "김민지", "minji@example.com", "010-1234-5678", "비밀 메모"):
        assert secret not in repr(found)


@pytest.mark.parametrize(
    ("fault", "reason", "asked_again"),
    [
        ({"reject_partners": {LIVING.partner_id}}, PendingReason.KEY_REFUSED, False),
        ({"reject_vendor": True}, PendingReason.VENDOR_REFUSED, True),
        ({"mode": "html_502"}, PendingReason.TMON_DOWN, True),
        ({"mode": "throttled"}, PendingReason.TMON_DOWN, True),
        ({"mode": "truncated"}, PendingReason.TMON_DOWN, True),
    ],
)
async def test_a_store_waits_for_approval_with_the_reason(
    stores: StoreService,
    sandbox: Sandbox,
    clock: MovableClock,
    fault: dict[str, Any],
    reason: PendingReason,
    asked_again: bool,
) -> None:
    for name, value in fault.items():
        setattr(sandbox.faults, name, value)
    store = await registered(stores)
    assert (store.state, store.pending_reason) == (StoreState.PENDING, reason)
    assert store.check_due_at == (clock() + timedelta(minutes=10) if asked_again else None)


async def test_a_refused_key_waits_for_the_person_who_then_corrects_it(
    stores: StoreService, db: Database, clock: MovableClock, sandbox: Sandbox
) -> None:
    store = await registered(stores, api_key=WRONG_KEY)
    assert store.pending_reason is PendingReason.KEY_REFUSED
    asked = len(sandbox.calls)
    clock.advance(timedelta(days=1))
    await stores.recheck_due()
    assert len(sandbox.calls) == asked

    await draft(stores, store_id=store.id, api_key=LIVING.token)
    store = await stores.save(OWNER, store.id)
    assert store.state is StoreState.PENDING
    store = await stores.check("T1", store.id, saved_by="U1")
    assert store.state is StoreState.APPROVED
    (told,) = [row for row in await rows(db, OutboxMessage) if row.kind == "store_result"]
    assert told.version > 1
    (edit,) = [row for row in await rows(db, Audit) if row.action == "store.edit"]
    assert WRONG_KEY not in repr(edit.details)
    assert edit.details["fields"] == ["api_key"]


async def test_tmon_down_is_asked_again_by_itself_and_the_registrant_hears(
    stores: StoreService, db: Database, clock: MovableClock, sandbox: Sandbox
) -> None:
    sandbox.faults.mode = "html_503"
    store = await registered(stores)
    (told,) = await rows(db, OutboxMessage)
    wanted = told.version
    clock.advance(timedelta(minutes=10))
    await stores.recheck_due()
    (told,) = await rows(db, OutboxMessage)
    assert told.version == wanted  # the same reason again is no news

    sandbox.faults.mode = None
    await stores.recheck_due()
    assert (await stores.get("T1", store.id)).state is StoreState.PENDING  # not due yet
    clock.advance(timedelta(minutes=10))
    await stores.recheck_due()
    assert (await stores.get("T1", store.id)).state is StoreState.APPROVED
    reply = next(row for row in await rows(db, OutboxMessage) if row.kind == "store_approved")
    assert (reply.thread_key, reply.destination) == (told.key, "U1")


async def test_a_key_that_was_accepted_once_is_asked_about_every_hour(
    stores: StoreService, db: Database, clock: MovableClock, sandbox: Sandbox
) -> None:
    store = await registered(stores)
    async with db.write() as session:
        (await session.get_one(Store, ("T1", store.id))).state = StoreState.KEY_REJECTED
    sandbox.faults.reject_partners = {LIVING.partner_id}
    await stores.recheck_due()
    store = await stores.get("T1", store.id)
    assert (store.state, store.check_due_at) == (StoreState.KEY_REJECTED, clock() + timedelta(hours=1))
    sandbox.faults.reject_partners = set()
    clock.advance(timedelta(hours=1))
    await stores.recheck_due()
    assert (await stores.get("T1", store.id)).state is StoreState.APPROVED


async def test_saving_an_approved_store_unchanged_while_tmon_is_down_leaves_it_approved(
    stores: StoreService, sandbox: Sandbox
) -> None:
    store = await registered(stores)
    sandbox.faults.mode = "html_502"
    await draft(stores, store_id=store.id, contact_title="대표")
    await stores.save(OWNER, store.id)
    assert (await stores.check("T1", store.id, saved_by="U1")).state is StoreState.APPROVED
    sandbox.faults.mode = None
    sandbox.faults.reject_partners = {LIVING.partner_id}
    assert (await stores.check("T1", store.id)).state is StoreState.KEY_REJECTED


async def test_names_and_seller_ids_are_taken_once_a_workspace(stores: StoreService) -> None:
    store = await registered(stores, store_name="Hanbit 리빙")
    with pytest.raises(AppError) as error:
        await draft(stores, OTHER)
    assert refused(error) == ("setup.seller_taken", "seller_id")
    with pytest.raises(AppError) as error:
        await draft(stores, OTHER, seller_id=MARKET.partner_id, store_name="ＨＡＮＢＩＴ  리빙")
    assert refused(error) == ("setup.name_taken", "store_name")
    assert (await registered(stores, ELSEWHERE, store_name="Hanbit 리빙")).state is StoreState.APPROVED
    assert await stores.by_name("T1", " hanbit 리빙") == store
    await stores.remove(OWNER, store.id)
    assert (await registered(stores, store_name="Hanbit 리빙")).id != store.id


async def test_two_who_save_the_same_store_at_once_make_one(stores: StoreService, db: Database) -> None:
    await draft(stores)
    await draft(stores, OTHER)
    results = await asyncio.gather(stores.save(OWNER, ""), stores.save(OTHER, ""), return_exceptions=True)
    assert len(await rows(db, Store)) == 1
    assert {getattr(result, "key", None) for result in results} == {None, "setup.seller_taken"}


async def test_saving_twice_makes_one(stores: StoreService, db: Database) -> None:
    await draft(stores)
    results = await asyncio.gather(stores.save(OWNER, ""), stores.save(OWNER, ""), return_exceptions=True)
    assert {getattr(result, "key", None) for result in results} == {None, "setup.draft_gone"}
    assert len(await rows(db, Store)) == 1


async def test_who_saves_second_hears_of_the_first_and_may_overwrite(stores: StoreService, clock: MovableClock) -> None:
    store = await registered(stores)
    await draft(stores, OWNER, store.id, store_name="하나")
    await draft(stores, OTHER, store.id, store_name="둘")
    clock.advance(timedelta(minutes=1))
    await stores.save(OWNER, store.id)
    with pytest.raises(AppError) as error:
        await stores.save(OTHER, store.id)
    assert error.value.key == "setup.changed_meanwhile"
    assert (await stores.get("T1", store.id)).name == "하나"
    await stores.save(OTHER, store.id)
    assert (await stores.get("T1", store.id)).name == "둘"


async def test_an_answer_about_a_key_that_was_changed_meanwhile_does_not_count(
    stores: StoreService, sandbox: Sandbox, db: Database
) -> None:
    store = await registered(stores, api_key=WRONG_KEY)
    await draft(stores, store_id=store.id, api_key=LIVING.token)
    asked = asyncio.Event()
    sandbox.faults.slow_seconds = 0.3

    async def note(*_: object) -> None:
        asked.set()

    sandbox.on_call = note
    check = asyncio.create_task(stores.check("T1", store.id))
    await asked.wait()
    await stores.save(OWNER, store.id)
    assert (await check).state is StoreState.APPROVED


async def test_a_channel_has_to_be_reached_anew_when_it_changes(stores: StoreService) -> None:
    store = await registered(stores)
    await stores.channel_checked("T1", store.id, "C0123456789", ok=True)
    await stores.channel_checked("T1", store.id, "C-OTHER", ok=False)
    assert (await stores.get("T1", store.id)).channel_ok
    await draft(stores, store_id=store.id, channel="C2")
    assert not (await stores.save(OWNER, store.id)).channel_ok


async def test_the_master_switch_pauses_and_resumes(stores: StoreService, db: Database, clock: MovableClock) -> None:
    store = await registered(stores)
    async with db.write() as session:
        later = clock() + timedelta(hours=1)
        session.add_all(SyncState(team_id="T1", store_id=store.id, kind=kind, due_at=later) for kind in KINDS)
    assert not (await stores.settings.turn(OTHER, store.id, None, on=False)).active
    clock.advance(timedelta(minutes=1))
    assert (await stores.settings.turn(OTHER, store.id, None, on=True)).active
    assert {(one.kind, one.due_at) for one in await rows(db, SyncState)} == {(kind, clock()) for kind in KINDS}
    await stores.settings.turn(OTHER, store.id, None, on=True)
    assert [row.action for row in await rows(db, Audit)] == ["store.register", "store.pause", "store.resume"]
    with pytest.raises(AppError) as error:
        await stores.settings.turn(ELSEWHERE, store.id, None, on=False)
    assert error.value.key == "common.store_gone"


def order(store: Store, number: int, clock: MovableClock, **values: Any) -> Order:
    """An order of `store`."""
    now = clock()
    given = {
        "team_id": store.team_id,
        "store_id": store.id,
        "order_no": number,
        "state": OrderState.NEW,
        "ordered_at": now,
        "paid_at": now,
        "confirm_by": now,
        "ship_by": now,
        "amount": 1000,
        "delivery_fee": 0,
        "quantity": 1,
        "title": "딜",
        "first_seen_at": now,
        "updated_at": now,
    }
    return Order(**{**given, **values})


async def test_removal_destroys_what_is_secret_and_is_guarded_while_orders_are_open(
    stores: StoreService, db: Database, clock: MovableClock, sealer: Sealer
) -> None:
    store = await registered(stores, memo="메모")
    await draft(stores, OTHER, store.id)
    buyer = sealer.seal({"receiver_name": "김서연"})
    async with db.write() as session:
        session.add(order(store, 1, clock, buyer=buyer))
        session.add(order(store, 2, clock, buyer=buyer, state=OrderState.CONFIRMED))
    assert await stores.open_orders("T1", store.id) == 1
    for typed in ("", "다른 이름"):
        with pytest.raises(AppError) as error:
            await stores.remove(OWNER, store.id, typed_name=typed)
        assert refused(error) == ("stores.orders_open", "typed_name")
    removed = await stores.remove(OWNER, store.id, typed_name=" 한빛리빙 ")
    assert removed.removed_at == clock()
    assert (removed.credentials, removed.contact, removed.memo, removed.check_due_at) == (None, None, None, None)
    assert {(row.order_no, row.buyer) for row in await rows(db, Order)} == {(1, None), (2, None)}
    assert await rows(db, Draft) == []
    assert not await stores.all("T1")
    for late in (
        stores.remove(OWNER, store.id),
        stores.check("T1", store.id),
        stores.settings.turn(OWNER, store.id, None, on=True),
    ):
        with pytest.raises(AppError) as error:
            await late
        assert error.value.key == "common.store_gone"
    with pytest.raises(AppError) as error:
        await stores.drafts.save(OWNER, store.id, StoreForm(), step=1)
    assert error.value.key == "common.store_gone"


async def test_automatic_confirmation_begins_after_the_number_was_shown(
    stores: StoreService, db: Database, clock: MovableClock
) -> None:
    store = await registered(stores, confirm_mode="auto")
    await stores.offer_auto()
    assert "store_auto" not in [row.kind for row in await rows(db, OutboxMessage)]  # nothing collected yet
    first_seen = clock()
    async with db.write() as session:
        session.add(SyncState(team_id="T1", store_id=store.id, kind=ORDERS, due_at=clock(), last_success_at=clock()))
        session.add(order(store, 1, clock))
        session.add(order(store, 2, clock, held_at=clock()))
    clock.advance(timedelta(minutes=5))
    await stores.offer_auto()
    await stores.offer_auto()
    (offer,) = [row for row in await rows(db, OutboxMessage) if row.kind == "store_auto"]
    assert offer.destination == "U1"
    assert await stores.start_auto(OWNER, store.id, include_waiting=True) == 1
    assert (await stores.get("T1", store.id)).auto_from == first_seen
    assert await stores.start_auto(OWNER, store.id, include_waiting=False) == 0
    assert (await stores.get("T1", store.id)).auto_from == first_seen

    await draft(stores, store_id=store.id, confirm_mode="manual")
    store = await stores.save(OWNER, store.id)
    assert (store.confirm_mode, store.auto_from) == (ConfirmMode.MANUAL, None)
    with pytest.raises(AppError) as error:
        await stores.start_auto(OWNER, store.id, include_waiting=False)
    assert error.value.key == "stores.not_automatic"


async def test_only_new_orders_when_the_waiting_ones_are_not_wanted(
    stores: StoreService, db: Database, clock: MovableClock
) -> None:
    store = await registered(stores, confirm_mode="auto")
    async with db.write() as session:
        session.add(order(store, 1, clock))
    clock.advance(timedelta(minutes=5))
    assert await stores.start_auto(OWNER, store.id, include_waiting=False) == 0
    assert (await stores.get("T1", store.id)).auto_from == clock()


async def test_the_overview_counts_what_waits(stores: StoreService, db: Database, clock: MovableClock) -> None:
    store = await registered(stores)
    await registered(stores, store_name="소담마켓", seller_id=MARKET.partner_id, api_key=MARKET.token)
    async with db.write() as session:
        session.add(order(store, 1, clock, confirm_by=clock() + timedelta(hours=2)))
        session.add(order(store, 2, clock, confirm_by=clock() + timedelta(hours=1), held_at=clock()))
        session.add(order(store, 3, clock, state=OrderState.CONFIRMED))
    market, living = await Dashboard(make_core(db, clock), DOMAIN_FEATURES).stores("T1")
    assert (market.store.name, market.waiting, market.urgent_by) == ("소담마켓", 0, None)
    assert (living.waiting, living.held, living.urgent_by) == (2, 1, clock() + timedelta(hours=1))
    assert (living.collections[0].kind, living.collections[0].state) == (ORDERS, None)


async def test_drafts_are_one_per_person_and_store_and_end(
    stores: StoreService, db: Database, clock: MovableClock
) -> None:
    await draft(stores, store_name="첫 이름")
    await draft(stores, store_name="둘째 이름")
    await draft(stores, OTHER, store_name="남의 것", seller_id="other")
    (mine,) = await stores.drafts.of(OWNER)
    assert (mine.store_id, mine.name, mine.step) == ("", "둘째 이름", 3)
    kept = await stores.drafts.get(OWNER, "")
    assert kept is not None
    assert kept[0].api_key == LIVING.token
    assert await stores.drafts.get(ELSEWHERE, "") is None
    clock.advance(RETENTION)
    assert await stores.drafts.get(OWNER, "") is None
    assert await stores.drafts.of(OWNER) == []
    assert await stores.drafts.expire() == 2
    assert await rows(db, Draft) == []


async def test_looking_at_the_stored_contact_is_recorded(stores: StoreService, db: Database) -> None:
    store = await registered(stores)
    await stores.drafts.save(OTHER, store.id, stores.form(store), step=2, saw_contact=True)
    look = next(row for row in await rows(db, Audit) if row.action == "store.see_contact")
    assert (look.user_id, look.store_id) == ("U2", store.id)


@asynccontextmanager
async def locked_by_another(database_url: str) -> AsyncIterator[None]:
    """Another process writes to the SQLite file and does not come to an end."""
    file = make_url(database_url).database
    assert file is not None
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_locked_database_is_said_within_the_acknowledgements_time(
    stores: StoreService, db: Database, database_url: str
) -> None:
    form = await draft(stores)
    loop = asyncio.get_running_loop()
    async with locked_by_another(database_url):
        for write in (lambda: stores.drafts.save(OWNER, "", form, step=2), lambda: stores.save(OWNER, "")):
            begun = loop.time()
            with pytest.raises(AppError) as error:
                await write()
            assert error.value.key == "common.busy"
            assert loop.time() - begun < 2
    for _ in range(50):  # what was left behind rolls back when the lock is gone
        kept = await stores.drafts.get(OWNER, "")
        assert kept is not None
        assert kept[1] == 3
        await asyncio.sleep(0.01)
    assert await rows(db, Store) == []
    await stores.save(OWNER, "")


async def test_a_double_name_in_a_draft_is_found_when_it_is_saved(stores: StoreService, db: Database) -> None:
    await draft(stores)
    await registered(stores, OTHER, seller_id=MARKET.partner_id, api_key=MARKET.token)
    with pytest.raises(AppError) as error:
        await stores.save(OWNER, "")
    assert refused(error) == ("setup.name_taken", "store_name")
    assert await stores.drafts.get(OWNER, "") is not None
    async with db.read() as session:
        assert len(list(await session.scalars(select(Store).where(col(Store.name) == "한빛리빙")))) == 1
