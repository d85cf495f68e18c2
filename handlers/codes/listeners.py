"""Loaders of menus of codes."""

from handlers.blocks import Block
from handlers.codes import views
from handlers.request import SlackRequest
from tmon.codes.service import CodeTables
from tmon.permissions import Permission


async def find_carriers(request: SlackRequest, typed: str) -> list[Block]:
    """Return the carriers for what was typed into the menu of a form; its block id names the store."""
    store_id = str(request.body.get("block_id") or "").partition("~")[2]
    await request.store(store_id, Permission.OPERATE)
    carriers = await request.services[CodeTables].carriers(request.team_id, store_id)
    return views.carrier_options(request.t, carriers, typed)
