"""Removal of a store: secrets and personal data are destroyed at once, order facts are kept."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import StoreHook
from tmon.errors import AppError
from tmon.models.orders import Order, is_unsettled
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.stores.drafts import delete_drafts
from tmon.stores.fields import name_key
from tmon.stores.repository import of_removed


async def open_orders(session: AsyncSession, team_id: str, store_id: str) -> int:
    """Return how many orders of a store are still open."""
    count = await session.scalar(
        select(func.count())
        .select_from(Order)
        .where(col(Order.team_id) == team_id, col(Order.store_id) == store_id, is_unsettled())
    )
    return count or 0


async def remove(
    session: AsyncSession,
    store: Store,
    person: Person,
    now: datetime,
    *,
    typed_name: str,
    hooks: Sequence[StoreHook],
) -> None:
    """Remove `store`. Raises AppError while orders are open, unless its name was typed.

    `hooks`: the features' removal hooks, which destroy their data.
    """
    waiting = await open_orders(session, store.team_id, store.id)
    if waiting and name_key(typed_name) != store.name_key:
        raise AppError("stores.orders_open", field="typed_name", name=store.name, count=waiting)
    for name, value in of_removed(now).items():
        setattr(store, name, value)
    await delete_drafts(session, store.team_id, store.id)
    for on_removed in hooks:
        await on_removed(session, store, now)
    audit.record(session, store, person.user_id, "store.remove", now, open_orders=waiting)
