"""Loading of the sync state of a store and kind."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.models.collection import SyncState
from tmon.models.stores import Store


async def get_sync_state(session: AsyncSession, store: Store, kind: str, now: datetime) -> SyncState:
    """Return the sync state of `kind` for `store`, created on its first run."""
    key = (store.team_id, store.id, kind)
    state = await session.get(SyncState, key)
    if state is None:
        state = SyncState(team_id=store.team_id, store_id=store.id, kind=kind, due_at=now)
        session.add(state)
    return state
