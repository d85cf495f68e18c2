"""`/tmon templates`: the address book and the delivery templates of a store."""

from handlers.call import Call
from handlers.command import named_store
from handlers.guard import Guard
from handlers.templates import addresses, delivery, overview
from handlers.templates.common import managed

PAINTERS = {**addresses.PAINTERS, **delivery.PAINTERS}


def register(guard: Guard) -> None:
    """Registers everything about templates."""
    for part in (overview, addresses, delivery):
        part.register(guard)


async def command(call: Call, rest: str) -> None:
    """`/tmon templates [store]`: both sides, for those who manage the store."""
    store = await managed(call, (await named_store(call, rest)).id)
    await overview.show(call, store)
