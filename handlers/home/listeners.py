"""The home tab: published when a person opens it, and again after each of their interactions."""

from collections.abc import Mapping, Sequence

from handlers.blocks import Block
from handlers.home import views
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stores.ids import StoreListRef
from handlers.subcommands import Subcommand
from tmon.dashboard.service import Dashboard
from tmon.dashboard.tabs import Drawing, OpenedTabs
from tmon.stores.service import StoreService


class HomeTabs:
    """Draws the home tabs that were opened: each is refreshed after every interaction of its person."""

    def __init__(self, words: Sequence[Subcommand], tasks: Mapping[str, str]) -> None:
        """`words`: the subcommands that may have a button; `tasks`: the subcommand that shows each kind of task."""
        self._words, self._tasks = words, tasks

    async def opened(self, request: SlackRequest) -> None:
        """Handle `app_home_opened`: publish the home tab, from its first page."""
        if (request.body.get("event") or {}).get("tab") != "home":
            return
        await request.services[OpenedTabs].open(request.team_id, request.user_id)
        await self.refresh(request)

    async def turn_page(self, request: SlackRequest) -> None:
        """Turn to another page; `refresh` publishes it, as after every interaction."""
        page = decode(StoreListRef, request.value).page
        await request.services[OpenedTabs].open(request.team_id, request.user_id, page)

    async def look_again(self, request: SlackRequest) -> None:
        """Handle 새로고침 (refresh), also on a tab that an earlier version published; `refresh` publishes it."""
        await request.services[OpenedTabs].keep(request.team_id, request.user_id)

    async def refresh(self, request: SlackRequest) -> None:
        """Publish the tab of the person who acted, if they have opened it.

        Several processes may draw it at once; an older drawing that overtook a newer one is followed by another.
        """
        tabs = request.services[OpenedTabs]
        while (drawn := await self._draw(request)) is not None:
            drawing, view = drawn
            await request.client.views_publish(user_id=request.user_id, view=view)
            if await tabs.is_latest(request.team_id, request.user_id, drawing):
                return

    async def _draw(self, request: SlackRequest) -> tuple[Drawing, Block] | None:
        """Draw the tab of the person who acted; None if they have never opened it."""
        tabs = request.services[OpenedTabs]
        async with tabs.turns:
            drawing = await tabs.begin(request.team_id, request.user_id)
            if drawing is None:
                return None
            facts = await request.services[Dashboard].home(request.team_id)
            drafts = await request.services[StoreService].drafts.of(request.person)
        now = request.services.clock()
        view = views.home_tab(request.t, self._words, request.person, facts, now, drawing.page, self._tasks, drafts)
        return drawing, view
