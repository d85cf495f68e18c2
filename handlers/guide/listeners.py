"""`/tmon guide`: from becoming a partner to the API key; also opened from the setup form."""

from handlers.guide import views
from handlers.request import SlackRequest


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon guide`: open the first topic."""
    await request.show(views.guide(request.t, views.TOPICS[0]))


async def open_beside(request: SlackRequest) -> None:
    """Open a topic from a message, or above the setup form, which keeps its values."""
    await request.push(views.guide(request.t, request.value, registers=not request.view))


async def turn_to(request: SlackRequest) -> None:
    """Turn to another topic."""
    await request.show(views.guide(request.t, request.value, registers=not request.view.get("previous_view_id")))


async def link_followed(request: SlackRequest) -> None:
    """Handle 파트너센터: the browser has opened the page, and nothing is left to do."""
