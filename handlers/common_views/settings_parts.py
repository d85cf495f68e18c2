"""The parts that features add to the settings view of a store, and the way to draw that view anew after one has changed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from handlers.blocks import Block
from handlers.request import SlackRequest
from tmon.models.stores import Store

SettingsPart = Callable[[SlackRequest, Store, int | None], Awaitable[list[Block]]]
"""Draws a part for the person of a request. The number is the page of the list of stores from which the view was opened; the
buttons of the part keep it, for `SettingsParts.redraw`."""
Draw = Callable[[SlackRequest, str, int | None, str], Awaitable[Block]]
"""Draws the whole view of a store, with a note above it. Raises AppError if the store is gone."""


@dataclass(frozen=True)
class SettingsParts:
    """The parts of all features, in the order of the features."""

    parts: tuple[SettingsPart, ...]
    draw: Draw

    async def blocks(self, request: SlackRequest, store: Store, page: int | None) -> list[Block]:
        """Return the blocks of all parts."""
        return [block for part in self.parts for block in await part(request, store, page)]

    async def redraw(self, request: SlackRequest, store_id: str, page: int | None, note: str) -> None:
        """Draw the settings view anew: the one in which the person acted, or the one under the form that was sent."""
        submitted = request.body.get("type") == "view_submission"
        view_id = request.view.get("previous_view_id" if submitted else "id")
        if view_id:
            await request.replace(str(view_id), await self.draw(request, store_id, page, note))
