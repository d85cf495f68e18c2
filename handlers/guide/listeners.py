"""`/tmon guide`: from becoming a partner to the API key; also beside the setup form."""

from handlers.guide import views
from handlers.request import SlackRequest


async def command(request: SlackRequest, rest: str) -> None:
    """`/tmon guide`."""
    await request.client.views_open(trigger_id=request.trigger_id, view=views.guide(request.t, views.TOPICS[0]))


async def open_beside(request: SlackRequest) -> None:
    """Over the setup form, which keeps what is typed; or from a message."""
    view = views.guide(request.t, request.value)
    if request.view:
        await request.client.views_push(trigger_id=request.trigger_id, view=view)
    else:
        await request.client.views_open(trigger_id=request.trigger_id, view=view)


async def turn_to(request: SlackRequest) -> None:
    """Another topic."""
    await request.client.views_update(view_id=request.view["id"], view=views.guide(request.t, request.value))
