"""Which sale periods are to be extended: the rule, in one place, and the rows that it makes."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from tmon.api import SalesStatus
from tmon.clock import KST
from tmon.database import upsert
from tmon.models.products import Deal, ExtensionState, SalePeriodExtension
from tmon.models.stores import Store
from tmon.scope import same_key, scope

SOON = timedelta(days=7)
"""Deals with fewer days left than this are extended."""
NO_END_YEAR = 2900
"""A sale without an end has one in this year (docs/tmon-api.md, ch. 8.1)."""

OPEN = (ExtensionState.PLANNED, ExtensionState.SENT, ExtensionState.UNKNOWN)
"""States in which there is something left to do."""


def is_due(end: datetime | None, at: datetime) -> bool:
    """Whether a sale that ends at `end` is to be extended at `at`: it has not ended, and ends soon."""
    return end is not None and at < end < at + SOON and end.astimezone(KST).year < NO_END_YEAR


async def plan(session: AsyncSession, store: Store, day: date, at: datetime, *, before: datetime | None = None) -> int:
    """Plans what is due at `at` and not planned yet for the run of `day`; returns how many are planned now.

    What is open from an earlier run is left to that; an end that was extended once is never extended again.
    `before`: only sales that end by then.
    """
    earlier = aliased(SalePeriodExtension)
    handled = (
        select(col(earlier.deal_no))
        .where(
            same_key(earlier, Deal, "deal_no"),
            col(earlier.state).in_(OPEN)
            | ((col(earlier.state) == ExtensionState.DONE) & (col(earlier.old_end) == col(Deal.sales_end))),
        )
        .exists()
    )
    rows = await session.execute(
        select(col(Deal.deal_no), col(Deal.sales_end)).where(
            *scope(Deal, store),
            *ending(at, before or at + SOON),
            ~handled,
        )
    )
    await upsert(
        session,
        SalePeriodExtension.__table__,  # type: ignore[attr-defined]
        [_row(store, day, deal_no, end, at) for deal_no, end in rows if end is not None and is_due(end, at)],
        update=[],
    )
    planned = await session.scalars(
        select(col(SalePeriodExtension.deal_no)).where(
            *of_day(store.team_id, store.id, day), col(SalePeriodExtension.state) == ExtensionState.PLANNED
        )
    )
    return len(planned.all())


def ending(after: datetime, before: datetime) -> tuple[Any, ...]:
    """Conditions for known deals on sale whose sale ends between two moments."""
    return (
        col(Deal.deleted_at).is_(None),
        col(Deal.sales_status) == SalesStatus.ON_SALE,
        col(Deal.sales_end) > after,
        col(Deal.sales_end) < before,
    )


def _row(store: Store, day: date, deal_no: int, end: datetime, at: datetime) -> dict[str, Any]:
    return {
        "team_id": store.team_id,
        "store_id": store.id,
        "day": day,
        "deal_no": deal_no,
        "old_end": end,
        "target": end + timedelta(days=store.extend_days),
        "state": ExtensionState.PLANNED,
        "due_at": at,
    }


async def drop_planned(session: AsyncSession, team_id: str, store_id: str) -> None:
    """Gives up what was never sent: the store does not want it any more."""
    await session.execute(
        delete(SalePeriodExtension).where(
            col(SalePeriodExtension.team_id) == team_id,
            col(SalePeriodExtension.store_id) == store_id,
            col(SalePeriodExtension.state).in_((ExtensionState.PLANNED, ExtensionState.EXCLUDED)),
            col(SalePeriodExtension.sent_at).is_(None),
        )
    )


async def rows_of(
    session: AsyncSession, team_id: str, store_id: str, day: date
) -> Sequence[tuple[SalePeriodExtension, Deal]]:
    """The rows of a day with their deals, those that end first at the top."""
    rows = await session.execute(
        select(SalePeriodExtension, Deal)
        .join(Deal, same_key(Deal, SalePeriodExtension, "deal_no"))
        .where(*of_day(team_id, store_id, day))
        .order_by(col(SalePeriodExtension.old_end), col(SalePeriodExtension.deal_no))
    )
    return [(extension, deal) for extension, deal in rows]


def of_day(team_id: str, store_id: str, day: date) -> tuple[Any, ...]:
    """Conditions for the rows of a day."""
    return (
        col(SalePeriodExtension.team_id) == team_id,
        col(SalePeriodExtension.store_id) == store_id,
        col(SalePeriodExtension.day) == day,
    )
