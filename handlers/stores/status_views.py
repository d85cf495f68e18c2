"""Each store with its state, what is wrong, and what waits."""

from collections.abc import Sequence

from handlers.blocks import Block, context, divider, modal, section
from handlers.common_views.orders import waiting_text
from handlers.common_views.stores import PAGE, last_success, page_count, problems, state_label, turn_pages
from handlers.stores.ids import StoreAction, StoreView
from handlers.texts import Texts
from tmon.dashboard.stores import Overview


def status(t: Texts, stores: Sequence[Overview], page: int) -> Block:
    """One page of stores; those with something wrong come first."""
    wrong = {overview.store.id: problems(t, overview.store, overview.collections) for overview in stores}
    stores = sorted(stores, key=lambda overview: not wrong[overview.store.id])
    pages = page_count(len(stores))
    page = min(max(page, 0), pages - 1)
    blocks: list[Block] = []
    for overview in stores[page * PAGE : (page + 1) * PAGE]:
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
        [section(summary), divider(), *blocks, *turn_pages(t, StoreAction.STATUS_PAGE, page, pages)],
        callback_id=StoreView.STATUS,
        close=t("common.close"),
    )
