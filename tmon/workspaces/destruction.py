"""Destruction of what a workspace left behind: its keys, contacts and buyers' data, some days after its departure.

It begins with one transaction that removes all stores of the workspace and destroys their keys. From then on it is finished
whatever happens: a store after the other, each in pieces, again from the first one after a crash. A workspace that comes back
before it has begun finds everything, one that comes back later finds no store.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit, pieces
from tmon.core import Core
from tmon.destruction import overwrite
from tmon.models.metadata import METADATA
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Draft, Store
from tmon.models.workspaces import Workspace
from tmon.scope import StoreKey, scope
from tmon.sealing import sealed_columns
from tmon.stores.repository import of_removed, stores_of_team

log = structlog.get_logger(__name__)


_OF_NO_STORE = tuple(
    dict.fromkeys(
        table
        for table, _ in sealed_columns(METADATA)
        if "team_id" in table.c and "store_id" not in table.c and table.name not in ("store", "installation")
    )
)
"""Tables with sealed values of a workspace that are of none of its stores: their rows live for minutes or days.

The columns of a store are destroyed as it is removed, and tokens when the workspace leaves.
"""


_GIVEN_UP = {"undeliverable": True, "delivered_version": col(OutboxMessage.version)}
"""Of messages."""


async def destroy_due(core: Core) -> int:
    """Destroy what workspaces left that are gone for long enough; return how many. Nothing while the clock may be wrong."""
    keep = core.options.uninstall_keep
    for team_id in await _gone_before(core, core.clock() - keep):
        if await core.clock_check.is_plausible():
            await _begin(core, team_id, keep)
    begun = await _begun(core)
    for team_id in begun:
        await _finish(core, team_id)
    return len(begun)


async def destroy_now(core: Core, team_id: str) -> None:
    """Destroy what a workspace left that is gone, however short a time ago."""
    await _finish(core, team_id)
    await _begin(core, team_id, timedelta())
    await _finish(core, team_id)


async def _gone_before(core: Core, moment: datetime) -> list[str]:
    async with core.db.read() as session:
        found = await session.scalars(select(col(Workspace.team_id)).where(*_is_due(moment)))
        return list(found)


async def _begun(core: Core) -> list[str]:
    async with core.db.read() as session:
        found = await session.scalars(
            select(col(Workspace.team_id)).where(
                col(Workspace.removal_at).is_not(None), col(Workspace.destroyed_at).is_(None)
            )
        )
        return list(found)


async def _begin(core: Core, team_id: str, keep: timedelta) -> None:
    """Remove all stores of a workspace and destroy their keys, unless it has come back meanwhile."""
    now = core.clock()
    async with core.db.write() as session:
        workspace = await session.scalar(
            select(Workspace).where(col(Workspace.team_id) == team_id, *_is_due(now - keep)).with_for_update()
        )
        if workspace is None:
            return
        workspace.removal_at = now
        for store in await stores_of_team(session, team_id):
            audit.record(session, store, "system", "store.remove", now)
        await session.execute(
            update(Store)
            .where(col(Store.team_id) == team_id, col(Store.removed_at).is_(None))
            .values(**of_removed(now))
        )
        await session.execute(delete(Draft).where(col(Draft.team_id) == team_id))
        for table in _OF_NO_STORE:
            await session.execute(delete(table).where(table.c.team_id == team_id))
    log.warning("the data of a departed workspace is being destroyed", team=team_id)


def _is_due(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the workspaces that left at `moment` or before, and whose data is still there."""
    return col(Workspace.gone_at) <= moment, col(Workspace.removal_at).is_(None)


async def _finish(core: Core, team_id: str) -> None:
    async with core.db.read() as session:
        workspace = await session.get(Workspace, team_id)
        if workspace is None or workspace.removal_at is None or workspace.destroyed_at is not None:
            return
        removed_at = workspace.removal_at
        stores = list(
            await session.scalars(
                select(col(Store.id)).where(col(Store.team_id) == team_id, col(Store.removed_at) == removed_at)
            )
        )
    for store_id in stores:
        await _destroy_store(core, team_id, store_id)
    now = core.clock()
    async with core.db.write() as session:
        workspace = await session.get_one(Workspace, team_id, with_for_update=True)
        if workspace.removal_at != removed_at or workspace.destroyed_at is not None:
            return  # another process has finished it
        if workspace.gone_at is not None and workspace.gone_at <= removed_at:
            workspace.destroyed_at = now
        else:  # it came back meanwhile, and what it leaves another time is destroyed another time
            workspace.removal_at = None
        audit.record_in_team(session, team_id, "system", "workspace.destroy", now, stores=len(stores))
    await overwrite(core.db)


async def _destroy_store(core: Core, team_id: str, store_id: str) -> None:
    """Destroy what the features hold of a removed store, whatever is still sealed, and its messages that wait.

    What there may be much of is done before, in pieces.
    """
    of_store = StoreKey(team_id, store_id)
    for destroy in core.destroy_of_store:
        await destroy(core.db, core.clock, of_store)
    while await _give_up(core, of_store) == pieces.PIECE:
        pass
    now = core.clock()
    async with core.db.write() as session:
        store = await session.get(Store, (team_id, store_id), with_for_update=True)
        if store is None:
            return
        for on_removed in core.on_store_removed:
            await on_removed(session, store, now)
        await _destroy_sealed(session, team_id, store_id)
        await session.execute(update(OutboxMessage).where(*_waiting(of_store)).values(_GIVEN_UP))


def _waiting(store: StoreKey) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the messages of a store that wait to be delivered."""
    return *scope(OutboxMessage, store), col(OutboxMessage.version) > col(OutboxMessage.delivered_version)


async def _give_up(core: Core, store: StoreKey) -> int:
    """Give up a piece of the messages of a store that wait; return how many."""
    async with core.db.write() as session:
        waiting = select(col(OutboxMessage.key)).where(*_waiting(store)).limit(pieces.PIECE)
        keys = list(await session.scalars(waiting.with_for_update()))
        mine = (col(OutboxMessage.team_id) == store.team_id, col(OutboxMessage.key).in_(keys))
        await session.execute(update(OutboxMessage).where(*mine).values(_GIVEN_UP))
    return len(keys)


async def _destroy_sealed(session: AsyncSession, team_id: str, store_id: str) -> None:
    """Destroy every sealed value of a store: rows that consist of one are deleted. A new table needs no line here."""
    for table, column in sealed_columns(METADATA):
        if "store_id" not in table.c:
            continue
        rows = (table.c.team_id == team_id, table.c.store_id == store_id, column.is_not(None))
        if column.nullable:
            await session.execute(update(table).where(*rows).values({column: None}))
        else:
            await session.execute(delete(table).where(*rows))
