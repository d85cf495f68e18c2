"""`/tmon guide`: from becoming a partner to the API key; also beside the setup form."""

from handlers.guide import views
from handlers.request import SlackRequest


async def command(request: SlackRequest, rest: str) -> None:
    """`/tmon guide`."""
    await request.show(views.guide(request.t, views.TOPICS[0]))


async def open_beside(request: SlackRequest) -> None:
    """Over the setup form, which keeps what is typed; or from a message."""
    await request.push(views.guide(request.t, request.value))


async def turn_to(request: SlackRequest) -> None:
    """Another topic."""
    await request.show(views.guide(request.t, request.value))
