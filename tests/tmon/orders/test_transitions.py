"""Whatever happens, in whatever order: each order ends in the state it has at TMON, and no step leaves a false one."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlmodel import col
from structlog.testing import capture_logs

from bot.db import create_database
from bot.engine.embedded import EmbeddedEngine
from tests.clock import MovableClock
from tests.core import KEY, SWITCHES, make_core
from tests.tmon.orders.remote_orders import (
    DEALS,
    OPTIONS,
    Died,
    Faults,
    Life,
    MortalDatabase,
    RemoteOrder,
    RemoteShop,
)
from tmon.api import DeliveryStatus, TmonError
from tmon.claims.collector import CLAIMS, ClaimCollector
from tmon.collection.coordinator import TASKS, Coordinator
from tmon.collector import CollectorSpec
from tmon.core import Core, Services
from tmon.database import Database
from tmon.errors import AppError
from tmon.incidents.service import IncidentService
from tmon.models.audit import Audit
from tmon.models.collection import ORDERS
from tmon.models.metadata import METADATA
from tmon.models.orders import DealState, Order, OrderBatch, OrderDeal, OrderState
from tmon.models.outbox import OutboxMessage
from tmon.models.stock import OptionLink, Sku, StockMovement
from tmon.models.stores import ApiGroup, ConfirmMode, Credentials, Store, StoreState
from tmon.orders.cards import card_key
from tmon.orders.collector import OrderCollector
from tmon.orders.confirmation import ConfirmationService
from tmon.orders.delivery_tracking import DeliveryTracker
from tmon.orders.recovery import ConfirmationRecovery
from tmon.orders.transitions import ConfirmationResult
from tmon.sealing import Sealer
from tmon.stores.api_clients import ApiClients

TEAM, STORE = "T1", "st_1"
PLACE: dict[str, Any] = {"team_id": TEAM, "store_id": STORE}
PEOPLE = ("U1", "U2")
TMON, AUTO = "tmon", "auto"
IN_STOCK = 1000
ATTEMPTS = {
    f"orders.note_{end}"
    for end in ("down", "refused", "partial", "not_arrived", "key", "throttled", "not_offered", "switched_off")
}
"""Notes of confirmations that were tried: each leaves an audit row. What was found out before leaves none."""
HALF_WAY = (OrderState.CONFIRMING, OrderState.UNKNOWN)
SEALER = Sealer([KEY])


@dataclass(frozen=True)
class Snapshot:
    """What the database holds."""

    orders: dict[int, Order]
    deals: list[OrderDeal]
    versions: dict[str, int]
    """Changes of each message, by its key."""
    audit: dict[str, Audit]
    movements: dict[tuple[int, int, int], int]
    skus: dict[str, int]
    sold: dict[str, int]


class Elsewhere:
    """What another process of the deployment does with the same orders."""

    def __init__(self, core: Core) -> None:
        self.process = core.process
        self.confirmation = ConfirmationService(core)
        self.recovery = ConfirmationRecovery(core, self.confirmation)


class Shop:
    """One store: TMON's side, the database, and the process that works between them, beside another one."""

    def __init__(self, db: Database, clock: MovableClock, remote: RemoteShop, mode: ConfirmMode) -> None:
        self.db = db
        self.mode = mode
        self.clock = clock
        self.remote = remote
        self.pressed: set[int] = set()
        """Orders whose confirmation somebody here has begun."""
        self.start()

    def start(self) -> None:
        """Start a new process on the same database."""
        self.remote.life, self.remote.faults = Life(), Faults()
        db = MortalDatabase(self.db, self.remote.life)
        core = make_core(db, self.clock, SEALER, cast(ApiClients, self.remote))
        self.elsewhere = Elsewhere(make_core(db, self.clock, SEALER, cast(ApiClients, self.remote)))
        self.process = core.process
        self.confirmation = ConfirmationService(core)
        self.recovery = ConfirmationRecovery(core, self.confirmation)
        self.tracker = DeliveryTracker(core)
        incidents = IncidentService(db, SEALER, self.clock, 3, SWITCHES)

        def create(db: Database, store: Store, asked_by: str | None) -> OrderCollector:
            return OrderCollector(replace(core, db=db), incidents, self.confirmation, store, asked_by)

        spec = CollectorSpec(ApiGroup.ORDER, timedelta(minutes=5), create)
        claims = CollectorSpec(
            ApiGroup.ORDER,
            timedelta(minutes=5),
            lambda db, store, asked_by: ClaimCollector(replace(core, db=db), store, asked_by),
        )
        self.coordinator = Coordinator(core, incidents, {ORDERS: spec, CLAIMS: claims})
        services = Services(core)
        services.add(self.coordinator)
        cast(EmbeddedEngine, core.work).begin(services, TASKS)

    async def beat(self, *, stands_still: bool = False) -> None:
        """Both processes are alive; `stands_still`: of this one nothing is heard any more."""
        await self.elsewhere.process.begin(alone=stands_still)
        if not stands_still:
            await self.process.begin(alone=False)

    async def recover_elsewhere(self, after: int, pressed: "asyncio.Task[Any]", *, stands_still: bool) -> None:
        """The recovery of the other process, some seconds after a press here, of which TMON has had so many calls."""
        while self.remote.faults.calls < after and not pressed.done():  # noqa: ASYNC110 - the calls are of another task
            await asyncio.sleep(0.001)
        self.clock.advance(timedelta(seconds=6))
        await self.beat(stands_still=stands_still)
        await self.elsewhere.recovery()

    async def collect(self) -> None:
        """Run one collection of orders, and one of claims."""
        if self.mode is ConfirmMode.AUTO:
            self.pressed.update(self.remote.by_number)
        result = await self.coordinator.collect_now(TEAM, STORE, ORDERS, PEOPLE[0])
        assert result.error is None or isinstance(result.error, TmonError)
        result = await self.coordinator.collect_now(TEAM, STORE, CLAIMS, None)
        assert result.error is None or isinstance(result.error, TmonError)

    async def confirm(self, number: int, user: str, *, elsewhere: bool = False) -> ConfirmationResult:
        """Press 발주확인; `elsewhere`: the other process gets it."""
        self.pressed.add(number)
        service = self.elsewhere.confirmation if elsewhere else self.confirmation
        return await service.confirm(TEAM, STORE, number, user)

    async def confirm_batch(self, user: str) -> list[ConfirmationResult]:
        """Press 일괄 발주확인 on the first batch card."""
        async with self.db.read() as session:
            batch = await session.scalar(select(col(OrderBatch.id)).order_by(col(OrderBatch.id)))
            members = await session.scalars(select(col(Order.order_no)).where(col(Order.batch_id) == batch))
            self.pressed.update(members)
        return await self.confirmation.confirm_batch(TEAM, batch or "", user)

    async def snapshot(self) -> Snapshot:
        """Everything that the checks look at."""
        async with self.db.read() as session:
            return Snapshot(
                orders={order.order_no: order for order in await session.scalars(select(Order))},
                deals=list(await session.scalars(select(OrderDeal))),
                versions={row.key: row.version for row in await session.scalars(select(OutboxMessage))},
                audit={row.id: row for row in await session.scalars(select(Audit))},
                movements={
                    (row.order_no, row.deal_no, row.option_no): row.quantity
                    for row in await session.scalars(select(StockMovement))
                },
                skus={sku.id: sku.stock for sku in await session.scalars(select(Sku))},
                sold={link.sku_id: link.sold for link in await session.scalars(select(OptionLink))},
            )


@asynccontextmanager
async def shop_on(url: str, mode: ConfirmMode, *, lists_cancelled: bool, lists_parts: bool) -> AsyncIterator[Shop]:
    """A shop on a database from which everything is deleted first."""
    clock = MovableClock()
    db = create_database(url)
    now = clock()
    store = Store(
        team_id=TEAM,
        id=STORE,
        seller_id="s",
        name="가게",
        name_key="가게",
        channel_id="C1",
        credentials=SEALER.seal(Credentials(api_key="k")),
        state=StoreState.APPROVED,
        confirm_mode=mode,
        auto_from=None if mode is ConfirmMode.MANUAL else now,
        registered_by=PEOPLE[0],
        created_at=now,
        updated_at=now,
        stock_on=True,
    )
    try:
        async with db.write() as session:
            for table in reversed(METADATA.sorted_tables):
                await session.execute(delete(table))
            session.add(store)
            for deal in DEALS:
                for option in OPTIONS:
                    sku = sku_of(deal, option)
                    session.add(Sku(**PLACE, id=sku, code=sku, stock=IN_STOCK, counted_at=now, updated_at=now))
                    session.add(OptionLink(**PLACE, deal_no=deal, option_no=option, sku_id=sku))
        clock.advance(timedelta(minutes=1))
        yield Shop(db, clock, RemoteShop(clock, lists_cancelled=lists_cancelled, lists_parts=lists_parts), mode)
    finally:
        await db.engine.dispose()


def sku_of(deal: int, option: int) -> str:
    """The SKU that an option sells."""
    return f"sk_{deal}_{option}"


def check_step(before: Snapshot, after: Snapshot) -> None:
    """Nothing final is taken back, rows fit their state, cards and stock follow."""
    for number, order in after.orders.items():
        earlier = before.orders.get(number)
        match None if earlier is None else earlier.state:
            case OrderState.CONFIRMED:
                assert order.state in (OrderState.CONFIRMED, OrderState.CANCELLED)
            case OrderState.CANCELLED:
                assert earlier is not None
                assert (order.state, order.closed_at) == (OrderState.CANCELLED, earlier.closed_at)
        assert (order.pending_by is not None) is (order.pending_since is not None) is (order.state in HALF_WAY)
        assert order.claim_token is None or order.state in HALF_WAY
        match order.state:
            case OrderState.NEW | OrderState.CONFIRMING | OrderState.UNKNOWN:
                assert (order.confirmed_by, order.confirmed_at) == (None, None)
            case OrderState.CONFIRMED:
                assert order.confirmed_by in (*PEOPLE, AUTO, TMON)
                assert (order.confirmed_at is not None, order.note, order.note_detail) == (True, None, None)
            case OrderState.CANCELLED:
                assert (order.closed_at is not None, order.note) == (True, "orders.note_cancelled")
        if earlier is not None and shown(earlier) != shown(order) and (key := card_key(order)) is not None:
            assert after.versions[key] > before.versions.get(key, 0), "the card shows what is no longer so"
        confirmed = [row for row in audit_of(after, number) if row.action == "order.confirm"]
        by_us = order.confirmed_by not in (None, TMON)
        assert [(row.user_id, row.at) for row in confirmed] == [(order.confirmed_by, order.confirmed_at)] * by_us
    check_stock(after)


def shown(order: Order) -> tuple[object, ...]:
    """What a card shows of where an order stands."""
    return (order.state, order.note, order.note_detail, order.confirmed_by, order.amount, order.quantity)


def audit_of(snapshot: Snapshot, number: int) -> list[Audit]:
    """The audit rows of one order."""
    return [row for row in snapshot.audit.values() if row.subject == str(number)]


def check_stock(after: Snapshot) -> None:
    """What orders take of stock is what they are known to be made of."""
    taken: Counter[str] = Counter()
    lines: dict[tuple[int, int, int], int] = {}
    for deal in after.deals:
        for option in deal.options:
            gone = deal.state is DealState.CANCELLED or option.get("cancelled")
            if quantity := 0 if gone else option["quantity"]:
                lines[deal.order_no, deal.deal_no, option["no"]] = quantity
                taken[sku_of(deal.deal_no, option["no"])] += quantity
    assert {place: quantity for place, quantity in after.movements.items() if quantity} == lines
    assert after.sold == {sku: taken[sku] for sku in after.sold}
    assert after.skus == {sku: IN_STOCK - taken[sku] for sku in after.skus}


def failed_attempts(before: Snapshot, after: Snapshot) -> Counter[tuple[str | None, str, str]]:
    """Audit rows about confirmations that were tried in vain: subject, actor, reason."""
    return Counter(
        (row.subject, row.user_id, row.details["reason"])
        for key, row in after.audit.items()
        if key not in before.audit and row.action == "order.confirm_failed"
    )


def check_end(remote: RemoteShop, after: Snapshot, pressed: set[int]) -> None:
    """Once everything is settled, each order is what it is at TMON. `pressed`: orders that anybody here meant to confirm."""
    assert remote.repeated == [], "what had taken effect was sent again"
    for number, known in after.orders.items():
        order = remote.by_number[number]
        live = order.live
        assert known.state is state_at_tmon(order), number
        assert known.confirmed_by in (None, TMON) or number in pressed
        if known.state is OrderState.CONFIRMED and not remote.lists_cancelled:
            over = all(deal.status is DeliveryStatus.D5 or deal.came_back for deal in live)
            assert (known.closed_at is not None) is over
    for number, order in remote.by_number.items():
        if any(deal.status in ("D1", "D2") for deal in order.live):
            assert number in after.orders, "it was never collected"


def state_at_tmon(order: RemoteOrder) -> OrderState:
    """What an order is at TMON: confirmed once all is that is left of it, by whomever."""
    if not order.live:
        return OrderState.CANCELLED
    waits = any(deal.status is DeliveryStatus.D1 for deal in order.live)
    return OrderState.NEW if waits else OrderState.CONFIRMED


WHICH = st.integers(0, 2)
FATES = st.lists(st.sampled_from(["succeeds", "succeeds", "down", "refused", "lost", "lost after"]), max_size=3)
SILENT = st.none() | st.integers(1, 8)
DIES = st.none() | st.integers(1, 16)
CALLS = st.integers(1, 8)
PARTS = st.sampled_from(["order", "order", "deal", "option", "piece"])
AT_TMON = st.one_of(
    st.tuples(st.just("order"), st.integers(1, 3)),
    st.tuples(st.just("confirmed elsewhere"), WHICH, st.none() | st.integers(0, 2)),
    st.tuples(st.just("shipped"), WHICH, st.sampled_from([DeliveryStatus.D3, DeliveryStatus.D5])),
    st.tuples(st.just("address"), WHICH),
    st.tuples(st.just("quantity"), WHICH),
    st.tuples(st.just("cancel"), WHICH, PARTS),
    st.tuples(st.just("cancel"), WHICH, PARTS),
    st.tuples(st.just("cancel completed"), WHICH),
    st.tuples(st.just("cancel completed"), WHICH),
    st.tuples(st.just("cancel withdrawn"), WHICH),
    st.tuples(st.just("given back"), WHICH, PARTS),
)
HERE = st.one_of(
    st.tuples(st.just("press"), WHICH, FATES, SILENT, DIES),
    st.tuples(st.just("press"), WHICH, FATES, st.none(), st.none()),
    st.tuples(st.just("two press"), WHICH, FATES, SILENT, DIES),
    st.tuples(st.just("press and recover"), WHICH, CALLS, FATES, SILENT, DIES),
    st.tuples(st.just("press and stand still"), WHICH, CALLS, FATES, SILENT, DIES),
    st.tuples(st.just("press and collect"), WHICH, FATES, SILENT, DIES),
    st.tuples(st.just("press batch"), FATES, SILENT, DIES),
    st.tuples(st.just("collect"), SILENT, DIES),
    st.tuples(st.just("collect"), st.none(), st.none()),
    st.tuples(st.just("recover"), SILENT, DIES),
    st.tuples(st.just("recover"), st.none(), st.none()),
    st.tuples(st.just("track"), SILENT, DIES),
    st.tuples(st.just("wait"), st.sampled_from([1, 10, 60, 24 * 60])),
    st.tuples(st.just("restart")),
)
PLACED = st.lists(st.tuples(st.just("order"), st.integers(1, 3)), min_size=1, max_size=3) | st.just([("rush", 6)])
STEPS = st.builds(
    lambda placed, steps: [*placed, ("collect", None, None), *steps],
    PLACED,
    st.lists(AT_TMON | HERE, min_size=8, max_size=20),
)
Step = tuple[Any, ...]


def happens(shop: Shop, step: Step, known: Snapshot) -> bool:
    """Let happen at TMON, or to the clock, what `step` says; False: it is something that we do."""
    remote, placed = shop.remote, list(shop.remote.by_number.values())
    what, *values = step
    match what:
        case "order":
            remote.place(values[0])
            return True
        case "rush":
            for _ in range(values[0]):
                remote.place(1)
            return True
        case "wait":
            shop.clock.advance(timedelta(minutes=values[0]))
            return True
        case "restart":
            shop.start()
            return True
    events: dict[str, Callable[..., None]] = {
        "confirmed elsewhere": remote.confirm_elsewhere,
        "shipped": remote.ship,
        "address": remote.change_address,
        "quantity": remote.change_quantity,
        "cancel": remote.ask_to_cancel,
        "cancel completed": remote.complete_cancel,
        "cancel withdrawn": remote.withdraw_cancel,
        "given back": remote.give_back,
    }
    if what not in events:
        return False
    if placed:
        order = placed[values[0] % len(placed)]
        # A cancel from before we saw the order left it already, unless TMON goes on listing it: then nobody could know.
        if what != "cancel" or not remote.lists_cancelled or order.number in known.orders:
            events[what](order, *values[1:])
    return True


async def act(shop: Shop, step: Step, known: Snapshot) -> list[tuple[str | None, str, str]] | None:
    """Do what `step` says. Returns the attempts in vain that people were told of; None: nobody can know them all."""
    what, *values = step
    await shop.beat()
    fates = values.pop(-3) if what.startswith(("press", "two press")) else []
    silent_from, dies_at = values[-2:]
    numbers = sorted(known.orders)
    number = numbers[values[0] % len(numbers)] if numbers and len(values) >= 3 else 0
    pressed: list[tuple[str, Awaitable[Any]]] = []
    match what:
        case "press":
            pressed = [(PEOPLE[0], shop.confirm(number, PEOPLE[0]))]
        case "two press":
            pressed = [(user, shop.confirm(number, user, elsewhere=user == PEOPLE[1])) for user in PEOPLE]
        case "press and recover" | "press and stand still":
            task = asyncio.create_task(shop.confirm(number, PEOPLE[0]))
            later = shop.recover_elsewhere(values[1], task, stands_still=what == "press and stand still")
            pressed = [(PEOPLE[0], task), ("", later)]
        case "press and collect":
            confirmed = shop.confirm(number, PEOPLE[0])
            pressed = [(PEOPLE[0], confirmed), ("", shop.collect())]
        case "press batch":
            pressed = [(PEOPLE[1], shop.confirm_batch(PEOPLE[1]))]
        case "collect":
            pressed = [("", shop.collect())]
        case "recover":
            pressed = [("", shop.recovery())]
        case "track":
            pressed = [("", shop.tracker())]
    shop.remote.faults = Faults(list(fates), silent_from)
    shop.remote.life.reset(dies_at)
    ended = await asyncio.gather(*(work for _, work in pressed), return_exceptions=True)
    died = shop.remote.life.dead
    for result in ended:
        if isinstance(result, BaseException) and not isinstance(result, AppError | Died):
            raise result
    if died:
        shop.start()
    shop.remote.faults = Faults()
    shop.remote.life.reset(None)
    if died or "collect" in what or "stand still" in what:
        return None
    told: list[tuple[str | None, str, str]] = []
    for (user, _), result in zip(pressed, ended, strict=True):
        results = result if isinstance(result, list) else [result]
        told += [
            (str(each.order_no), user, each.note)
            for each in results
            if isinstance(each, ConfirmationResult) and each.note in ATTEMPTS
        ]
    return told


async def play(url: str, mode: ConfirmMode, tmon: tuple[bool, bool], steps: list[Step]) -> None:
    """Play `steps`, check after each, let everything settle, and compare with TMON."""
    opened = shop_on(url, mode, lists_cancelled=tmon[0], lists_parts=tmon[1])
    with capture_logs():  # a process that dies says so at length
        async with opened as shop:
            before = await shop.snapshot()
            for step in steps:
                shop.clock.advance(timedelta(seconds=20))
                if not happens(shop, step, before):
                    before = await check_act(shop, step, before)
            await settle(shop, before)


async def check_act(shop: Shop, step: Step, before: Snapshot) -> Snapshot:
    """Do what `step` says, and check what became of it."""
    told = await act(shop, step, before)
    after = await shop.snapshot()
    check_step(before, after)
    failed = failed_attempts(before, after)
    if told is not None:
        assert failed == Counter(told)
    for subject, _, reason in failed:
        order = after.orders[int(subject or 0)]
        assert reason == order.note or order.state is not OrderState.NEW or "collect" in step[0]
    return after


async def settle(shop: Shop, before: Snapshot) -> None:
    """After a day without faults everything is known, and known rightly."""
    shop.start()
    for minutes in (1, 60, 24 * 60, 60):
        shop.clock.advance(timedelta(minutes=minutes))
        for work in (shop.recovery, shop.collect, shop.tracker):
            await work()
            after = await shop.snapshot()
            check_step(before, after)
            before = after
    # What TMON goes on listing as new although it is cancelled is found out by whoever presses.
    for number, known in before.orders.items() if shop.remote.lists_cancelled else ():
        if known.state is OrderState.NEW and state_at_tmon(shop.remote.by_number[number]) is not OrderState.NEW:
            await shop.confirm(number, PEOPLE[0])
    after = await shop.snapshot()
    check_step(before, after)
    check_end(shop.remote, after, shop.pressed)


COLLECT: Step = ("collect", None, None)
TRACK: Step = ("track", None, None)
PRESS: Step = ("press", 0, [], None, None)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(  # a deal that is cancelled after the confirmation returns to stock
    mode=ConfirmMode.MANUAL,
    tmon=(False, False),
    steps=[("order", 2), COLLECT, PRESS, ("cancel", 0, "deal"), ("cancel completed", 0), TRACK],
)
@example(  # so does an option that its deal no longer lists
    mode=ConfirmMode.MANUAL,
    tmon=(False, False),
    steps=[("order", 1), COLLECT, ("cancel", 0, "option"), ("cancel completed", 0), COLLECT],
)
@example(  # one that comes back from its buyer in part ends with the delivery of the rest
    mode=ConfirmMode.MANUAL,
    tmon=(False, False),
    steps=[
        ("order", 2),
        COLLECT,
        PRESS,
        ("shipped", 0, DeliveryStatus.D3),
        TRACK,
        ("given back", 0, "deal"),
        COLLECT,
        ("shipped", 0, DeliveryStatus.D5),
        TRACK,
    ],
)
@given(
    mode=st.sampled_from([ConfirmMode.MANUAL, ConfirmMode.MANUAL, ConfirmMode.AUTO]),
    tmon=st.tuples(st.booleans(), st.booleans()),
    steps=STEPS,
)
def test_orders_end_as_they_are_at_tmon_whatever_happened(
    database_url: str, mode: ConfirmMode, tmon: tuple[bool, bool], steps: list[Step]
) -> None:
    asyncio.run(play(database_url, mode, tmon, steps))
