"""Loading, locking and uniqueness checks of stores, and what is left of a removed one."""

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.errors import AppError
from tmon.models.metadata import METADATA
from tmon.models.stores import ConfirmMode, Store
from tmon.sealing import sealed_columns
from tmon.stores.fields import name_key
from tmon.stores.form import StoreForm


async def stores_of_team(session: AsyncSession, team_id: str) -> list[Store]:
    """Return the stores of a workspace that were not removed, by name."""
    found = await session.scalars(
        select(Store)
        .where(col(Store.team_id) == team_id, col(Store.removed_at).is_(None))
        .order_by(col(Store.name_key))
    )
    return list(found)


def require_active(store: Store | None) -> Store:
    """Return `store`. Raises AppError if it is None or was removed."""
    if store is None or store.removed_at is not None:
        raise AppError("common.store_gone")
    return store


async def lock(session: AsyncSession, team_id: str, store_id: str) -> Store:
    """Load and row-lock a store until the transaction ends. Raises AppError if it was removed."""
    return require_active(await session.get(Store, (team_id, store_id), with_for_update=True))


def of_removed(now: datetime) -> dict[str, Any]:
    """Return the columns of a store that is removed: whatever it holds sealed is destroyed."""
    sealed = dict.fromkeys(column.key for table, column in sealed_columns(METADATA) if table.name == "store")
    state = {"removed_at": now, "updated_at": now, "sync_on": False}
    return {**sealed, **state, "contact_user_id": None, "pending_message": None, "check_due_at": None}


def require_runple(store: Store | None, form: StoreForm) -> None:
    """Raise AppError if 런플상품발주 is chosen for a store (None: a new one) that is not marked as a Runple user."""
    if form.confirm_mode is ConfirmMode.RUNPLE and not (store is not None and store.runple):
        raise AppError("setup.field_runple", field="confirm_mode")


def require_vendor(vendor_teams: frozenset[str] | None, team_id: str, form: StoreForm) -> None:
    """Raise AppError if a store without a vendor contract of its own may not use that of the deployment."""
    if vendor_teams is not None and team_id not in vendor_teams and not form.vendor_code:
        raise AppError("setup.vendor_needed", field="vendor_code")


async def reject_duplicates(session: AsyncSession, team_id: str, store_id: str, form: StoreForm) -> None:
    """Raise AppError if another store of the workspace has the same name or seller id."""
    duplicates = await session.scalars(
        select(Store).where(
            col(Store.team_id) == team_id,
            col(Store.id) != store_id,
            col(Store.removed_at).is_(None),
            or_(col(Store.name_key) == name_key(form.store_name), col(Store.seller_id) == form.seller_id),
        )
    )
    for duplicate in duplicates:
        if duplicate.seller_id == form.seller_id:
            raise AppError("setup.seller_taken", field="seller_id", name=duplicate.name)
        raise AppError("setup.name_taken", field="store_name", name=duplicate.name)
