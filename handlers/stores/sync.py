"""`/tmon sync [on | off] [store]`: the master switch of a store."""

from handlers.common_views.stores import problems
from handlers.permissions import require
from handlers.request import Call
from handlers.stores import listeners
from handlers.subcommands import named_store
from tmon.permissions import Right
from tmon.stores.service import Stores

_ON = {"on", "켜기"}
_OFF = {"off", "끄기"}


async def command(call: Call, rest: str) -> None:
    """Turns the switch; without `on` or `off` the list of stores shows how the switches stand."""
    word, _, name = rest.partition(" ")
    on = word.lower() in _ON
    if not on and word.lower() not in _OFF:
        await listeners.command(call, rest)
        return
    store = await named_store(call, name.strip())
    require(call.person, Right.MANAGE, store)
    store = await call.services[Stores].settings.turn(call.person, store.id, None, on=on)
    lines = [call.t.md("stores.resumed" if on else "stores.paused_now", name=store.name)]
    if on:
        lines += problems(call.t, store)
    await call.tell("\n".join(lines))
