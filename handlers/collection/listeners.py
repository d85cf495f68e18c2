"""`/tmon collect`: collects now what the schedule would, and says what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from handlers.blocks import section
from handlers.feature import CollectWord
from handlers.permissions import require_permission
from handlers.rendering import RenderedMessage
from handlers.request import SlackRequest, error_text
from handlers.subcommands import named_store
from handlers.texts import Texts
from tmon.collection.coordinator import Coordinator
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.collection import ORDERS
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store, StoreState
from tmon.permissions import Permission
from tmon.stores.service import StoreService

_SHOW_PROGRESS_AFTER = 0.8
"""Seconds after which the person reads that it is under way."""


def command(words: Sequence[CollectWord]) -> Callable[[SlackRequest, str], Awaitable[None]]:
    """`/tmon collect <word> [store]`, for the kinds that features collect."""
    by_word = {word: one for one in words for word in one.words}

    async def collect(call: SlackRequest, rest: str) -> None:
        word, _, name = rest.partition(" ")
        asked = by_word.get(word.lower())
        if asked is None:
            raise AppError("collect.ask")
        await _collect(call, asked, await named_store(call, name.strip()))

    return collect


async def _collect(call: SlackRequest, asked: CollectWord, store: Store) -> None:
    require_permission(call.person, Permission.OPERATE, store)
    if store.state is not StoreState.APPROVED:
        raise AppError("collect.inactive", store=store.name)
    what = call.t.of("collect.what", asked.kind)
    run = asyncio.ensure_future(
        call.services[Coordinator].collect_now(call.team_id, store.id, asked.kind, call.user_id)
    )
    await asyncio.wait({run}, timeout=_SHOW_PROGRESS_AFTER)
    if not run.done():
        await call.notify(call.t.md("collect.under_way", store=store.name, what=what))
    collected = await run
    if collected.error is not None:
        why = error_text(call.t, collected.error)
        await call.notify(call.t.md("collect.failed", store=store.name, what=what, why=why))
        return
    changes = asked.counts_text(call.t, collected.counts) or call.t("collect.nothing")
    await call.notify(call.t.md("collect.done", store=store.name, what=what, changes=changes))


async def paint_not_offered(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage:
    """TMON does not know a call that a store lives on."""
    store = await services[StoreService].get(row.team_id, row.args["store"])
    text = t.md_of("stores.told_not_offered", row.args.get("what", ORDERS), store=store.name)
    return RenderedMessage(text, [section(text)])
