"""What a vacation takes down: deals that may be on sale, and deliveries whose buyers are to hear of the delay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import SalesStatus
from tmon.clock import KST
from tmon.errors import AppError
from tmon.models.calendar import Vacation, VacationItem
from tmon.models.products import Deal
from tmon.models.stores import Store
from tmon.models.waybills import DelayNotice, WaybillState
from tmon.scope import scope
from tmon.stores.fields import InvalidFields
from tmon.waybills.waiting import waiting_deals

LONGEST = timedelta(days=60)
AHEAD = timedelta(days=180)
"""How far ahead a vacation can begin."""
_TOLD = (WaybillState.REGISTERED, WaybillState.SENDING, WaybillState.UNKNOWN)
"""States of a notice that TMON has, or may have."""

Delivery = tuple[int, str, int]
"""Order, delivery and deal."""


@dataclass(frozen=True)
class Span:
    """The days of a vacation, and the day on which shipping begins again."""

    starts_on: date
    ends_on: date
    ship_on: date

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        return [self.starts_on + timedelta(days=n) for n in range((self.ends_on - self.starts_on).days + 1)]


@dataclass(frozen=True)
class Plan:
    """What a vacation would do if it began now."""

    deals: Sequence[int]
    """Deals to be paused if they are on sale when they are read."""
    on_sale: int
    """Those of them that were on sale when they were last read, or were never read."""
    deliveries: Sequence[Delivery]
    """What waits to be shipped (D2), has no notice, and would be late."""
    in_time: int
    """Deliveries that wait, and need no notice: their time to ship by is not before the new day."""

    @property
    def seen(self) -> str:
        """A mark that differs as soon as more would be done than this tells."""
        return f"{self.on_sale}/{len(self.deliveries)}"


def check_span(starts_on: date | None, ends_on: date | None, ship_on: date | None, now: datetime) -> Span:
    """Return the typed days. Raises InvalidFields."""
    today = now.astimezone(KST).date()
    errors: dict[str, AppError] = {}

    def wrong(field: str, key: str) -> None:
        errors.setdefault(field, AppError(key, field=field))

    for field, day in (("starts_on", starts_on), ("ends_on", ends_on), ("ship_on", ship_on)):
        if day is None:
            wrong(field, "calendar.no_day")
    if starts_on is not None and starts_on < today:
        wrong("starts_on", "calendar.vacation_past")
    if starts_on is not None and starts_on > today + AHEAD:
        wrong("starts_on", "calendar.vacation_far")
    if starts_on is not None and ends_on is not None:
        if ends_on < starts_on:
            wrong("ends_on", "calendar.vacation_order")
        if ends_on - starts_on >= LONGEST:
            wrong("ends_on", "calendar.vacation_long")
    if ends_on is not None and ship_on is not None and ship_on <= ends_on:
        wrong("ship_on", "calendar.vacation_ship")
    if ends_on is not None and ship_on is not None and ship_on > ends_on + LONGEST:
        wrong("ship_on", "calendar.vacation_ship_far")
    if errors or starts_on is None or ends_on is None or ship_on is None:
        raise InvalidFields(errors)
    return Span(starts_on, ends_on, ship_on)


async def plan(session: AsyncSession, store: Store, ship_on: date) -> Plan:
    """Return what a vacation would do now."""
    status = col(Deal.sales_status)
    rows = await session.execute(
        select(col(Deal.deal_no), status)
        .where(
            *scope(Deal, store),
            col(Deal.deleted_at).is_(None),
            or_(status.is_(None), status != str(SalesStatus.END)),
        )
        .order_by(col(Deal.deal_no))
    )
    deals = list(rows)
    waiting = [line async for line, _ in waiting_deals(session, store.team_id, [store.id])]
    told = {
        (row.order_no, row.delivery_no, row.deal_no)
        for row in await session.scalars(
            select(DelayNotice).where(*scope(DelayNotice, store), col(DelayNotice.state).in_(_TOLD))
        )
    }
    untold = [line for line in waiting if (line.order_no, line.delivery_no, line.deal_no) not in told]
    late = [line for line in untold if line.ship_by.astimezone(KST).date() < ship_on]
    return Plan(
        deals=[number for number, _ in deals],
        on_sale=sum(one in (None, str(SalesStatus.ON_SALE)) for _, one in deals),
        deliveries=[(line.order_no, line.delivery_no, line.deal_no) for line in late],
        in_time=len(untold) - len(late),
    )


def add_items(session: AsyncSession, vacation: Vacation, found: Plan, now: datetime) -> None:
    """Write down what the vacation is to do."""
    places = [(0, "", deal_no) for deal_no in found.deals] + list(found.deliveries)
    session.add_all(
        VacationItem(
            team_id=vacation.team_id,
            store_id=vacation.store_id,
            vacation_id=vacation.id,
            deal_no=deal_no,
            order_no=order_no,
            delivery_no=delivery_no,
            updated_at=now,
        )
        for order_no, delivery_no, deal_no in places
    )
