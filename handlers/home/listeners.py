"""The home tab: published when a person opens it, and again after each of their interactions."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cachetools import LRUCache

from handlers.home import views
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stores.ids import StoreListRef
from handlers.subcommands import Subcommand
from tmon.dashboard.service import Dashboard
from tmon.stores.service import StoreService

_REMEMBERED = 5000
"""Number of people whose tabs are kept up to date."""


@dataclass
class _Tab:
    """A person's home tab, once opened since the start of the process."""

    page: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the tab is read and published, so that older data cannot overwrite newer."""


class HomeTabs:
    """The home tabs that were opened: each is refreshed after every interaction of its person."""

    def __init__(self, words: Sequence[Subcommand], tasks: Mapping[str, str]) -> None:
        """`words`: the subcommands that may have a button; `tasks`: the subcommand that shows each kind of task."""
        self._words, self._tasks = words, tasks
        self._tabs: LRUCache[str, _Tab] = LRUCache(maxsize=_REMEMBERED)

    async def opened(self, request: SlackRequest) -> None:
        """Handle `app_home_opened`: publish the home tab, from its first page."""
        if (request.body.get("event") or {}).get("tab") != "home":
            return
        self._tab(request).page = 0
        await self.refresh(request)

    async def turn_page(self, request: SlackRequest) -> None:
        """Turn to another page; `refresh` publishes it, as after every interaction."""
        self._tab(request).page = decode(StoreListRef, request.value).page

    async def look_again(self, request: SlackRequest) -> None:
        """Handle 새로고침 (refresh), also on a tab that an earlier process published; `refresh` publishes it."""
        self._tab(request)

    def _tab(self, request: SlackRequest) -> _Tab:
        """Return the tab of the person who acted."""
        return self._tabs.setdefault(request.user_id, _Tab())

    async def refresh(self, request: SlackRequest) -> None:
        """Publish the tab of the person who acted, if they have opened it."""
        tab = self._tabs.get(request.user_id)
        if tab is None:
            return
        async with tab.lock:
            facts = await request.services[Dashboard].home(request.team_id)
            drafts = await request.services[StoreService].drafts.of(request.person)
            now = request.services.clock()
            view = views.home_tab(request.t, self._words, request.person, facts, now, tab.page, self._tasks, drafts)
            await request.client.views_publish(user_id=request.user_id, view=view)
