"""`/tmon sync [on | off] [store]`: the master switch of a store."""

from handlers.common_views.stores import problems
from handlers.request import SlackRequest
from handlers.stores import listeners, settings
from handlers.subcommands import named_store
from tmon.permissions import Permission
from tmon.stores.service import StoreService

_ON = {"on", "켜기"}
_OFF = {"off", "끄기"}


async def command(request: SlackRequest, rest: str) -> None:
    """Turn the switch; without `on` or `off` open the list of stores, which shows the switches."""
    word, _, name = rest.partition(" ")
    on = word.lower() in _ON
    if not on and word.lower() not in _OFF:
        await listeners.command(request, rest)
        return
    store = await named_store(request, name.strip())
    await request.require(Permission.MANAGE, store)
    if not on:
        await request.services[StoreService].settings.turn(request.person, store.id, None, on=False)
        await request.notify(request.t.md("stores.paused_now", name=store.name))
        return
    turned = await settings.turn_on_switch(request, store, None)
    if turned is not None:
        await request.notify(
            "\n".join([request.t.md("stores.resumed", name=turned.name), *problems(request.t, turned)])
        )
