"""Finding stores by what people type, and the store that each person named last."""

from collections.abc import Sequence

from tmon.core import Core
from tmon.database import upsert
from tmon.models.stores import LastStore, Store
from tmon.permissions import Person
from tmon.stores.drafts import with_timeout
from tmon.stores.fields import name_key
from tmon.stores.repository import stores_of_team


class StoreLookup:
    """Finds stores by name, part of the name, or seller ID."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def last_first(self, person: Person) -> list[Store]:
        """Return all stores by name, the one that `person` named last before the others."""
        async with self._db.read() as session:
            found = await stores_of_team(session, person.team_id)
            last = await session.get(LastStore, (person.team_id, person.user_id))
            return sorted(found, key=lambda store: last is None or store.id != last.store_id)

    async def remember(self, person: Person, store_id: str) -> None:
        """Remember which store `person` named. Raises AppError if the database is busy."""
        async with self._db.read() as session:
            last = await session.get(LastStore, (person.team_id, person.user_id))
        if last is None or last.store_id != store_id:
            await with_timeout(self._remember(person, store_id))

    async def _remember(self, person: Person, store_id: str) -> None:
        row = {
            "team_id": person.team_id,
            "user_id": person.user_id,
            "store_id": store_id,
            "named_at": self._clock(),
        }
        async with self._db.write() as session:
            await upsert(session, LastStore.__table__, [row], update=["store_id", "named_at"])  # type: ignore[attr-defined]


def exactly(stores: Sequence[Store], words: str) -> Store | None:
    """Return the store with this name, ignoring case and whitespace, else with this seller ID or id; None if there is none."""
    key = _key(words)
    for attribute in ("name", "seller_id", "id"):
        if found := [store for store in stores if _key(getattr(store, attribute)) == key]:
            return found[0] if len(found) == 1 else None
    return None


def partly(stores: Sequence[Store], words: str) -> list[Store]:
    """Return the stores with `words` in their name; if there is none, those with it in their seller ID."""
    key = _key(words)
    by_name = [store for store in stores if key in _key(store.name)]
    return by_name or [store for store in stores if key in _key(store.seller_id)]


def _key(text: str) -> str:
    return name_key(text).replace(" ", "")
