"""The status of each store: state, problems, what waits, and the buttons that lead there."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from handlers.blocks import Block, actions, button, button_beside, context, divider, modal, pager, section
from handlers.common_views.counters import counter_blocks, counters_text
from handlers.common_views.ids import CommandAction
from handlers.common_views.orders import waiting_text
from handlers.common_views.stores import PAGE, last_success, problems, remedies, state_label, store_notes
from handlers.common_views.tasks import task_text
from handlers.common_views.unread import open_button, sees_unread
from handlers.payloads import encode
from handlers.stores.ids import SettingsAction, StoreAction, StoreListRef, StoreView, StoreViewRef
from handlers.texts import Texts
from tmon.counters.service import total
from tmon.dashboard.home import LateCounts, PendingTask
from tmon.dashboard.stores import Overview
from tmon.models.stores import Store
from tmon.pages import Page
from tmon.permissions import Permission, Person, has_permission


def status(
    t: Texts,
    stores: Sequence[Overview],
    page: int,
    person: Person | None = None,
    waiting: Sequence[PendingTask] = (),
    words: Mapping[str, str] = MappingProxyType({}),
    late: LateCounts | None = None,
) -> Block:
    """One page of stores for `person`; those with problems come first.

    `waiting`: what else waits; `words`: the subcommand that shows each kind of it; `late`: what was late in this month.
    """
    wrong = {overview.store.id: problems(t, overview.store, overview.collections) for overview in stores}
    stores = sorted(stores, key=lambda overview: not wrong[overview.store.id])
    shown = Page.of(stores, page, PAGE)
    blocks: list[Block] = []
    for overview in shown.items:
        tasks = [one for one in waiting if one.store.id == overview.store.id]
        one = None if late is None or len(stores) == 1 else late
        blocks += _store(t, person, overview, wrong[overview.store.id], tasks, words, one, first=not blocks)
    bad = sum(map(bool, wrong.values()))
    summary = t("status.some_wrong", n=bad, total=len(stores)) if bad else t("status.all_well", total=len(stores))
    return modal(
        t("status.title"),
        [
            section(summary),
            *_late(t, stores, late),
            divider(),
            *blocks,
            *pager(t, StoreAction.STATUS_PAGE, StoreListRef(), shown),
        ],
        callback_id=StoreView.STATUS,
        close=t("common.close"),
    )


def _store(
    t: Texts,
    person: Person | None,
    overview: Overview,
    wrong: Sequence[str],
    tasks: Sequence[PendingTask],
    words: Mapping[str, str],
    late: LateCounts | None,
    *,
    first: bool,
) -> list[Block]:
    """One store. `first`: it is the first one, whose problem may have the primary button."""
    store = overview.store
    lines = [t.md("stores.entry", name=store.name, state=state_label(t, store)), *wrong]
    lines += store_notes(t, store, overview.collections)
    lines.append(waiting_text(t, overview.waiting, overview.held, overview.urgent_by))
    lines += [task_text(t, one) for one in tasks]
    if late is not None and store.id in late.stores:
        lines.append(counters_text(t, late.month, late.stores[store.id]))
    leads = dict.fromkeys(words[one.task] for one in tasks if one.task in words)
    buttons = [_go(t, word, store) for word in (*(["orders"] if overview.waiting else []), *leads)]
    if wrong and person is not None and has_permission(person, Permission.MANAGE, store):
        ref = encode(StoreViewRef(store=store.id))
        style = "primary" if first else None
        mend = button_beside(t, t("status.mend"), store.name, f"{SettingsAction.OPEN}#{store.id}", ref, style=style)
        buttons[:0] = remedies(t, person, store, style=style) or [mend]
    if person is not None and sees_unread(person, overview):
        buttons.append(open_button(t, store, overview.unread))
    return [
        section("\n".join(lines)),
        context(last_success(t, overview)),
        *([actions(*buttons)] if buttons else []),
        divider(),
    ]


def _late(t: Texts, stores: Sequence[Overview], late: LateCounts | None) -> list[Block]:
    """The counters of all stores that are shown, on whatever page."""
    if late is None or not stores:
        return []
    shown = {one.store.id for one in stores}
    sums = total({store_id: counters for store_id, counters in late.stores.items() if store_id in shown})
    return counter_blocks(t, late.month, sums, stores[0].store.id if len(stores) == 1 else None)


def _go(t: Texts, word: str, store: Store) -> Block:
    """The button that runs a subcommand for a store."""
    name = t.of("home.go", word)
    label = t("status.go_label", what=name, store=store.name)
    return button(name, f"{CommandAction.RUN}#{word}_{store.id}", f"{word} {store.id}", label=label)
