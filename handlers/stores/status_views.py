"""The status of each store: state, problems, waiting orders."""

from collections.abc import Sequence

from handlers.blocks import Block, context, divider, modal, pager, section
from handlers.common_views.orders import waiting_text
from handlers.common_views.stores import PAGE, last_success, problems, state_label
from handlers.stores.ids import StoreAction, StoreListRef, StoreView
from handlers.texts import Texts
from tmon.dashboard.stores import Overview
from tmon.pages import Page


def status(t: Texts, stores: Sequence[Overview], page: int) -> Block:
    """One page of stores; those with problems come first."""
    wrong = {overview.store.id: problems(t, overview.store, overview.collections) for overview in stores}
    stores = sorted(stores, key=lambda overview: not wrong[overview.store.id])
    shown = Page.of(stores, page, PAGE)
    blocks: list[Block] = []
    for overview in shown.items:
        store = overview.store
        lines = [t.md("stores.entry", name=store.name, state=state_label(t, store)), *wrong[store.id]]
        blocks += [
            section("\n".join([*lines, waiting_text(t, overview.waiting, overview.held, overview.urgent_by)])),
            context(last_success(t, overview)),
            divider(),
        ]
    bad = sum(map(bool, wrong.values()))
    summary = t("status.some_wrong", n=bad, total=len(stores)) if bad else t("status.all_well", total=len(stores))
    return modal(
        t("status.title"),
        [section(summary), divider(), *blocks, *pager(t, StoreAction.STATUS_PAGE, StoreListRef(), shown)],
        callback_id=StoreView.STATUS,
        close=t("common.close"),
    )
