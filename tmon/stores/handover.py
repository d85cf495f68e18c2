"""Hand-over of a store: somebody else becomes its registrant, who manages it and is told where nobody else is."""

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.models.stores import Store
from tmon.outbox import post
from tmon.permissions import Person
from tmon.stores.messages import StoreHandedOver
from tmon.stores.repository import lock


class StoreHandover:
    """Hands stores over. The caller checks that the person manages the store, and that the successor is a full member."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def hand_over(self, person: Person, store_id: str, successor: str) -> Store:
        """Make `successor` the registrant; both are told. Raises AppError if that changes nothing, or the store is gone."""
        now = self._clock()
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            former = store.registered_by
            if former == successor:
                raise AppError("handover.same", field="successor")
            store.registered_by, store.updated_at = successor, now
            audit.record(session, store, person.user_id, "store.hand_over", now, subject=successor, former=former)
            message = StoreHandedOver(store=store.id, who=person.user_id, former=former, successor=successor)
            this = new_id("ho")
            for reader in {former, successor} - {person.user_id}:
                key = f"{StoreHandedOver.kind}/{store.id}/{reader}/{this}"
                await post(session, store, message, key=key, to=reader, now=now)
        return store
