"""`/tmon collect`: collects now what the schedule would, and says what came of it."""

import asyncio

from handlers.access import require
from handlers.call import Call, explain
from handlers.command import named_store
from handlers.views import inquiries, orders
from tmon.errors import AppError
from tmon.models.collection import Kind
from tmon.models.stores import StoreState
from tmon.permissions import Right

_SHOW_PROGRESS_AFTER = 0.8
"""Seconds after which the person reads that it is under way."""
_KINDS = {"orders": Kind.ORDERS, "주문": Kind.ORDERS, "cs": Kind.INQUIRIES, "문의": Kind.INQUIRIES}
_COUNTS = {Kind.ORDERS: orders.counts_text, Kind.INQUIRIES: inquiries.counts_text}


async def command(call: Call, rest: str) -> None:
    """`/tmon collect orders|cs [store]`."""
    word, _, name = rest.partition(" ")
    kind = _KINDS.get(word.lower())
    if kind is None:
        raise AppError("collect.ask")
    store = await named_store(call, name.strip())
    require(call.person, Right.WORK, store)
    if store.state is not StoreState.APPROVED:
        raise AppError("collect.inactive", store=store.name)
    what = call.t(f"collect.what_{kind}")
    run = asyncio.ensure_future(call.services.collector.collect_now(call.team_id, store.id, kind, call.user_id))
    await asyncio.wait({run}, timeout=_SHOW_PROGRESS_AFTER)
    if not run.done():
        await call.tell(call.t.md("collect.under_way", store=store.name, what=what))
    collected = await run
    if collected.error is not None:
        why = explain(call.t, collected.error)
        await call.tell(call.t.md("collect.failed", store=store.name, what=what, why=why))
        return
    changes = _COUNTS[kind](call.t, collected.counts) or call.t("collect.nothing")
    await call.tell(call.t.md("collect.done", store=store.name, what=what, changes=changes))
