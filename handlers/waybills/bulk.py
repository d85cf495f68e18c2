"""`/tmon waybills`: what waits to be shipped in each store, and the files for it."""

import asyncio

from handlers.blocks import Block
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.subcommands import known_stores, named_store
from handlers.waybills import bulk_views as views
from handlers.waybills.ids import BulkRef
from tmon.codes.service import CodeTables
from tmon.errors import AppError
from tmon.permissions import Permission
from tmon.waybills.sheet import form_file
from tmon.waybills.waiting import WaitingCount, WaitingDeals


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon waybills [store]`: open what waits, in the store called `rest` or in all on which the person works."""
    ref = BulkRef(store=(await named_store(request, rest)).id) if rest else BulkRef()
    await request.show(await _waiting_view(request, ref))


async def turn_page(request: SlackRequest) -> None:
    """Turn to another page of stores."""
    await request.show(await _waiting_view(request, decode(BulkRef, request.value)))


async def send_form(request: SlackRequest) -> None:
    """Handle 송장 등록 양식 받기: send the form with what waits to the person's direct messages."""
    stores = [one.store for one in await waiting(request, decode(BulkRef, request.value))]
    lines, _ = await request.services[WaitingDeals].of_stores(request.team_id, [store.id for store in stores])
    if not lines:
        raise AppError("bulk.none")
    carriers: dict[str, str] = {}
    for store in stores:
        carriers |= {
            one.code: one.name for one in await request.services[CodeTables].carriers(request.team_id, store.id)
        }
    content = await asyncio.to_thread(form_file, lines, list(carriers.values()), request.t("bulk.form_carrier"))
    name = request.t("bulk.form_name", day=request.t.stamp(request.services.clock())[:10])
    await request.send_file(request.t("bulk.form_text", n=len(lines)), name, content)
    await request.notify(request.t("bulk.form_sent", n=len(lines)))


async def waiting(request: SlackRequest, ref: BulkRef) -> list[WaitingCount]:
    """Return what waits in the stores that `ref` means. Raises AppError if the person works on none of them."""
    if ref.store:
        await request.store(ref.store, Permission.OPERATE)
    else:
        await request.require(Permission.OPERATE, *await known_stores(request))
    found = await request.services[WaitingDeals].counts(request.person)
    return [one for one in found if ref.store in ("", one.store.id)]


async def _waiting_view(request: SlackRequest, ref: BulkRef) -> Block:
    return views.waiting_view(request.t, await waiting(request, ref), ref)
