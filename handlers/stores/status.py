"""`/tmon status`: each store with its state and problems, and buttons to what waits there."""

from collections.abc import Mapping

from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stores import status_views as views
from handlers.stores.ids import StoreListRef
from handlers.subcommands import named_store
from tmon.dashboard.service import Dashboard
from tmon.errors import AppError


class Status:
    """The listeners of `/tmon status`."""

    def __init__(self, tasks: Mapping[str, str]) -> None:
        """`tasks`: the subcommand that shows each kind of task."""
        self._tasks = tasks

    async def command(self, request: SlackRequest, rest: str) -> None:
        """Run `/tmon status [store]`: open the list, or show one store."""
        store = (await named_store(request, rest)).id if rest else ""
        await self._show(request, StoreListRef(store=store))

    async def turn_page(self, request: SlackRequest) -> None:
        """Turn to another page."""
        await self._show(request, decode(StoreListRef, request.value))

    async def _show(self, request: SlackRequest, ref: StoreListRef) -> None:
        overviews, waiting, late = await request.services[Dashboard].status(request.team_id)
        shown = [one for one in overviews if ref.store in ("", one.store.id)]
        if not shown:
            raise AppError("common.store_gone" if overviews else "common.no_stores")
        await request.show(views.status(request.t, shown, ref.page, request.person, waiting, self._tasks, late))
