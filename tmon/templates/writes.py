"""What every write to a seller's templates shares: patience, the lock of its store, and the record of it."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from tmon import audit
from tmon.api import AuthError, NotOffered, Rejected, StoreApi
from tmon.core import StoreClients
from tmon.database import Database
from tmon.models.stores import ApiGroup, Store
from tmon.models.templates import TemplateImports
from tmon.stores import switches

KEEP_FAILED = timedelta(days=1)
"""How long a person may go on from what failed."""
WAITS_FOR_SWITCH = "templates.waits_for_switch"
"""Note of what is in doubt while the switch forbids to ask."""


def failure_note(error: Exception | None) -> tuple[str, str | None]:
    """Text key of why a write failed, and TMON's own sentence if it gave one. `error` is None when it never arrived."""
    if error is None:
        return "templates.not_arrived", None
    if isinstance(error, Rejected | NotOffered):
        return "templates.refused", error.message
    return ("templates.key_refused" if isinstance(error, AuthError) else "templates.not_sent"), None


async def imports_of(session: AsyncSession, team_id: str, store_id: str) -> TemplateImports:
    """The store's row of imports, made where there is none. The store is to be locked."""
    row = await session.get(TemplateImports, (team_id, store_id))
    if row is None:
        row = TemplateImports(team_id=team_id, store_id=store_id)
        session.add(row)
    return row


async def locked(session: AsyncSession, team_id: str, store_id: str) -> Store:
    """The store, held until the transaction ends, if its product calls may leave. Raises AppError."""
    store = await session.get(Store, (team_id, store_id), with_for_update=True)
    switches.require_on(store, ApiGroup.PRODUCT)
    assert store is not None
    return store


async def connect(db: Database, connections: StoreClients, team_id: str, store_id: str) -> tuple[Store, StoreApi]:
    """A store and its client, if its product calls may leave. Raises AppError."""
    async with db.read() as session:
        store = await session.get(Store, (team_id, store_id))
    switches.require_on(store, ApiGroup.PRODUCT)
    assert store is not None
    return store, connections.for_store(store)


def record(
    session: AsyncSession,
    store: Store,
    at: datetime,
    user_id: str,
    action: str,
    no: int | None = None,
    **details: object,
) -> None:
    """Writes down who did what to the address or template of that number."""
    audit.record(session, store, user_id, action, at, subject=no, **details)
