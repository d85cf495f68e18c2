"""`/tmon collect`: collect now instead of on schedule, and report the result; without a kind, a button for each."""

from collections.abc import Awaitable, Callable, Sequence

from handlers.collection import views
from handlers.feature import CollectWord
from handlers.request import SlackRequest, error_text
from handlers.subcommands import known_stores, named_store
from tmon.api import NotOffered
from tmon.collection.coordinator import Coordinator
from tmon.errors import AppError
from tmon.models.stores import Store, StoreState
from tmon.permissions import Permission


def command(words: Sequence[CollectWord]) -> Callable[[SlackRequest, str], Awaitable[None]]:
    """Build the listener of `/tmon collect <word> [store]`. `words`: the kinds that features collect."""
    by_word = {word: one for one in words for word in one.words}

    async def collect(request: SlackRequest, rest: str) -> None:
        word, _, name = rest.partition(" ")
        collect_word = by_word.get(word.lower())
        if collect_word is None:
            await known_stores(request)
            await request.show(views.kinds(request.t, words, rest))
            return
        await _collect(request, collect_word, await named_store(request, name.strip()))

    return collect


async def _collect(request: SlackRequest, collect_word: CollectWord, store: Store) -> None:
    await request.require(Permission.OPERATE, store)
    if store.state is not StoreState.APPROVED:
        raise AppError("collect.inactive", store=store.name)
    what = request.t.of("collect.what", collect_word.kind)
    collected = await request.with_progress(
        request.services[Coordinator].collect_now(request.team_id, store.id, collect_word.kind, request.user_id),
        lambda: request.notify(request.t.md("collect.under_way", store=store.name, what=what)),
    )
    if isinstance(collected.error, NotOffered):
        await request.notify(request.t.md_of("stores.told_not_offered", collect_word.kind, store=store.name))
        return
    if collected.error is not None:
        why = error_text(request.t, collected.error)
        await request.notify(request.t.md("collect.failed", store=store.name, what=what, why=why))
        return
    changes = collect_word.counts_text(request.t, collected.counts) or request.t("collect.nothing")
    await request.notify(request.t.md("collect.done", store=store.name, what=what, changes=changes))
