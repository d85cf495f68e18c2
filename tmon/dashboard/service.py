"""Service of the home tab and `/tmon status`, which show all stores."""

from collections.abc import Sequence

from tmon.core import Core
from tmon.dashboard import home, stores
from tmon.dashboard.checklist import Checklist, checklists
from tmon.dashboard.home import HomeSummary, LateCounts, PendingTask
from tmon.dashboard.stores import CollectedKind, Overview
from tmon.errors import AppError
from tmon.feature import DomainFeature


class Dashboard:
    """Loads overviews of all stores. The number of queries does not depend on the number of stores."""

    def __init__(self, core: Core, features: Sequence[DomainFeature]) -> None:
        self._db, self._clock = core.db, core.clock
        self._kinds = {
            collector.kind: CollectedKind(collector.switch, collector.interval(core.options))
            for feature in features
            for collector in feature.collectors
        }
        self._attention = tuple(one for feature in features for one in feature.attention)

    async def stores(self, team_id: str) -> list[Overview]:
        """Return all stores by name, with the state of their collections and their open orders."""
        async with self._db.read() as session:
            return await stores.overviews(session, team_id, self._kinds)

    async def status(self, team_id: str) -> tuple[list[Overview], list[PendingTask], LateCounts]:
        """Return all stores by name, what else waits in them, and what was late in this month."""
        async with self._db.read() as session:
            overviews = await stores.overviews(session, team_id, self._kinds)
            tasks = await home.load_tasks(session, team_id, self._attention, overviews)
            return overviews, tasks, await home.load_late(session, self._clock(), team_id, overviews)

    async def home(self, team_id: str) -> HomeSummary:
        """Return the current home tab of a workspace."""
        return await home.load_home(self._db, self._clock, team_id, self._kinds, self._attention)

    async def checklist(self, team_id: str, store_id: str) -> Checklist:
        """Return what a store needs before everything works. Raises AppError if it is gone."""
        async with self._db.read() as session:
            found = await checklists(session, team_id, store_id)
        if not found:
            raise AppError("common.store_gone")
        return found[0]
