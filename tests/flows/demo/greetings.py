"""The smallest feature of `tmon`: a service, a message, a collector, and no table. `greetings_face` is its Slack side."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.api import StoreApi
from tmon.core import Core
from tmon.feature import DomainFeature, FeatureCollector
from tmon.ids import new_id
from tmon.models.collection import RunOutcome, SyncState
from tmon.models.outbox import MessageArgs
from tmon.models.stores import ApiGroup, Store
from tmon.outbox import post
from tmon.stores.repository import require_active

GREETINGS = "greetings"
"""Kind of the collection."""


class Greeting(MessageArgs):
    """Somebody greets a store's channel."""

    kind = "greeting"

    store: str
    by: str
    name: str


class GreetingService:
    """Greets."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def greet(self, team_id: str, store_id: str, name: str, *, by: str) -> None:
        """Says hello to `name` in the store's channel. Raises AppError if there is no such store."""
        now = self._clock()
        async with self._db.write() as session:
            store = require_active(await session.get(Store, (team_id, store_id)))
            greeting = Greeting(store=store.id, by=by, name=name)
            await post(session, store, greeting, key=f"greeting/{new_id('gr')}", now=now)


class CategoryCounter:
    """Counts TMON's categories."""

    key_refused = False
    answered = True

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    async def collect(self, client: StoreApi, watermark: datetime | None) -> None:
        """Reads them. Raises TmonError."""
        self.counts["read"] = len(await client.categories.tree())

    async def record(
        self, session: AsyncSession, store: Store, standing: SyncState, outcome: RunOutcome, now: datetime
    ) -> None:
        """Nothing is written down of a run."""


FEATURE = DomainFeature(
    name="greetings",
    services=lambda core: (GreetingService(core),),
    collectors=(
        FeatureCollector(
            GREETINGS,
            ApiGroup.PRODUCT,
            lambda options: options.collect_cs,
            lambda services, store, user: CategoryCounter(),
        ),
    ),
)
