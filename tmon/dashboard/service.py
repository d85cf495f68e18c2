"""What the home tab and `/tmon status` show of all stores."""

from collections.abc import Sequence

from tmon.core import Core
from tmon.dashboard import home, stores
from tmon.dashboard.home import HomeFacts
from tmon.dashboard.stores import Overview
from tmon.feature import DomainFeature


class Dashboard:
    """Reads every store at a glance, in as many queries for fifty stores as for one."""

    def __init__(self, core: Core, features: Sequence[DomainFeature]) -> None:
        self._db, self._clock = core.db, core.clock
        self._kinds = {collector.kind: collector.switch for feature in features for collector in feature.collectors}
        self._attention = tuple(one for feature in features for one in feature.attention)

    async def stores(self, team_id: str) -> list[Overview]:
        """Every store with how its collections stand and what waits in it, by name."""
        async with self._db.read() as session:
            return await stores.overviews(session, team_id, self._kinds)

    async def home(self, team_id: str) -> HomeFacts:
        """The home tab of a workspace at this moment."""
        return await home.facts(self._db, self._clock, team_id, self._kinds, self._attention)
