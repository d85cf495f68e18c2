"""The home tab: drawn when somebody opens it, and again after whatever they did."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from cachetools import LRUCache

from handlers.home import views
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stores.ids import StoreListRef
from handlers.subcommands import Subcommand
from tmon.dashboard.service import Dashboard

_REMEMBERED = 5000
"""People whose tab is kept up to date."""


@dataclass
class _Tab:
    """Somebody's home tab since the start of the process."""

    page: int = 0
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """An older reading must not overtake a newer one."""


class HomeTabs:
    """The tabs that were looked at: they follow what their people do, wherever they do it."""

    def __init__(self, words: Sequence[Subcommand]) -> None:
        """`words`: the subcommands that may have a button."""
        self._words = words
        self._tabs: LRUCache[str, _Tab] = LRUCache(maxsize=_REMEMBERED)

    async def opened(self, request: SlackRequest) -> None:
        """Somebody looks at the app: the home tab is drawn, from its first page."""
        if (request.body.get("event") or {}).get("tab") != "home":
            return
        self._tab(request).page = 0
        await self.refresh(request)

    async def turn_page(self, request: SlackRequest) -> None:
        """이전 쪽, 다음 쪽; drawn by `refresh`, like after every action."""
        self._tab(request).page = decode(StoreListRef, request.value).page

    async def look_again(self, request: SlackRequest) -> None:
        """새로고침, also on a tab that an earlier process drew."""
        self._tab(request)

    def _tab(self, request: SlackRequest) -> _Tab:
        """The one tab of whoever acted: a drawing that is under way comes before the next."""
        return self._tabs.setdefault(request.user_id, _Tab())

    async def refresh(self, request: SlackRequest) -> None:
        """Draws the tab of whoever acted, if they have looked at it."""
        tab = self._tabs.get(request.user_id)
        if tab is None:
            return
        async with tab.drawing:
            facts = await request.services[Dashboard].home(request.team_id)
            view = views.home_tab(request.t, self._words, request.person, facts, request.services.clock(), tab.page)
            await request.client.views_publish(user_id=request.user_id, view=view)
