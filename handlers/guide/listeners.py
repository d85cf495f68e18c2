"""`/tmon guide`: from becoming a partner to the API key; also beside the setup form."""

from handlers.guide import views
from handlers.request import SlackRequest


async def command(call: SlackRequest, rest: str) -> None:
    """`/tmon guide`."""
    await call.client.views_open(trigger_id=call.trigger_id, view=views.guide(call.t, views.TOPICS[0]))


async def open_beside(call: SlackRequest) -> None:
    """Over the setup form, which keeps what is typed; or from a message."""
    view = views.guide(call.t, call.value)
    if call.view:
        await call.client.views_push(trigger_id=call.trigger_id, view=view)
    else:
        await call.client.views_open(trigger_id=call.trigger_id, view=view)


async def turn_to(call: SlackRequest) -> None:
    """Another topic."""
    await call.client.views_update(view_id=call.view["id"], view=views.guide(call.t, call.value))
