"""`/tmon stock`: SKUs by file, pasted or one by one, which option sells which, and mismatches with TMON."""

from handlers.call import Call
from handlers.command import named_store
from handlers.guard import Guard
from handlers.payloads import StockRef
from handlers.stock import forms, lists, messages
from handlers.stock.common import draw_list

PAINTERS = messages.PAINTERS


def register(guard: Guard) -> None:
    """Registers everything about stock."""
    for part in (lists, forms, messages):
        part.register(guard)


async def command(call: Call, rest: str) -> None:
    """`/tmon stock [store]`."""
    ref = StockRef(store=(await named_store(call, rest)).id)
    await call.client.views_open(trigger_id=call.trigger_id, view=await draw_list(call, ref))
