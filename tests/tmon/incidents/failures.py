"""Stores whose runs fail and succeed."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from tests.clock import MovableClock
from tests.core import SWITCHES
from tmon.api.endpoints import ORDERS as LIST_ORDERS
from tmon.api.endpoints import TOKEN
from tmon.api.errors import (
    PartnerRejected,
    TmonError,
    Unavailable,
    VendorRejected,
)
from tmon.collection.sync_state import get_sync_state
from tmon.database import Database
from tmon.incidents.causes import error_code
from tmon.incidents.service import IncidentService
from tmon.incidents.summary import IncidentSummary
from tmon.models.collection import ORDERS, SyncState
from tmon.models.incidents import Incident
from tmon.models.orders import Order, OrderState
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Contact, Credentials, Store, StoreState
from tmon.sealing import Sealer

TEAM = "T1"
MINUTE = timedelta(minutes=1)
DOWN = Unavailable(LIST_ORDERS.name, status=503)
KEY = PartnerRejected(LIST_ORDERS.name, "유효하지 않은 파트너입니다.", 401)
VENDOR = VendorRejected(TOKEN.name, status=401)


class World:
    """Stores, and runs over them that fail or succeed."""

    def __init__(self, db: Database, sealer: Sealer, clock: MovableClock, *, quiet_nights: bool = True) -> None:
        self.db, self.sealer, self.clock = db, sealer, clock
        self.incidents = IncidentService(
            db, sealer, clock, after_failures=3, switches=SWITCHES, quiet_nights=quiet_nights
        )

    async def store(
        self,
        name: str = "귤나라",
        *,
        user: str | None = "U_CONTACT",
        email: str = "minji@example.com",
        channel: str = "C_ORDERS",
        own_vendor: bool = False,
        team: str = TEAM,
        state: StoreState = StoreState.APPROVED,
    ) -> Store:
        vendor: dict[str, Any] = (
            {"vendor_id": "V1", "access_key": "a", "secret_key": "s", "personal_data_key": "p"} if own_vendor else {}
        )
        store = Store(
            team_id=team,
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
                .where(
                    col(SyncState.team_id) == store.team_id,
                    col(SyncState.store_id) == store.id,
                    col(SyncState.kind) == kind,
                )
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
            return sorted(row.key.partition("/")[2].partition("/")[2] for row in rows)

    async def messages(self, *, pending: bool = False) -> list[OutboxMessage]:
        async with self.db.read() as session:
            query = select(OutboxMessage).order_by(col(OutboxMessage.key))
            if pending:
                query = query.where(col(OutboxMessage.version) > col(OutboxMessage.delivered_version))
            return list(await session.scalars(query))

    async def open(self, team: str = TEAM) -> dict[str, Incident]:
        async with self.db.read() as session:
            rows = await session.scalars(
                select(Incident).where(col(Incident.team_id) == team, col(Incident.closed_at).is_(None))
            )
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
