"""Views of known deals: the list, one deal, and the form that adds one by its number."""

from collections.abc import Sequence

from handlers.blocks import (
    Block,
    actions,
    button,
    clip,
    context,
    divider,
    escape_title,
    input_block,
    modal,
    option,
    pager,
    section,
    text_input,
)
from handlers.common_views.listings import file_buttons
from handlers.common_views.store_choice import store_buttons
from handlers.payloads import encode
from handlers.products.ids import DealRef, ProductAction, ProductsRef, ProductView
from handlers.texts import Texts
from tmon.api import SalesStatus
from tmon.clock import KST
from tmon.models.listings import ProductState
from tmon.models.products import Deal, SalePeriodSchedule
from tmon.models.stores import ApiGroup, Store
from tmon.pages import Page
from tmon.products.catalog import DealOfStore, DealPage
from tmon.products.sale_period.planning import NO_END_YEAR

_TITLE = 120
_CHOICE_TITLE = 44
_CHOICE_STORE = 18
_CHOICE_STORES = 100
_SEARCH_MAX = 100
_TICK = 45
_NUMBER_MAX = 30


def deal_list(t: Texts, page: DealPage, schedule: SalePeriodSchedule | None, ref: ProductsRef) -> Block:
    """One page of a store's known deals."""
    here = ref.model_copy(update={"page": page.number, "list_view": ""})
    blocks = [
        section(t.md("products.heading", store=page.store.name, n=page.known)),
        context(t("products.no_list")),
        context(extension_line(t, page.store, schedule)),
    ]
    if not page.store.group_on(ApiGroup.PRODUCT):
        blocks.append(section(t("products.switch_off")))
    blocks += [_search(t, ref.search), actions(button(t("products.add"), ProductAction.ADD, encode(here)))]
    blocks += [file_buttons(t, page.store.id), divider()]
    if page.planned:
        blocks.append(
            context(
                *(t.md("products.planned", no=escape_title(no, 50), mark=mark(t, state)) for no, state in page.planned)
            )
        )
    if ref.search:
        blocks.append(context(t.md("products.found", search=ref.search, n=page.total)))
    if not page.items:
        blocks.append(section(t("products.none_found" if page.known else "products.empty")))
    blocks += [_entry(t, deal, page.managed.get(deal.deal_no)) for deal in page.items]
    if page.matching:
        if managed := [one for one in page.items if page.managed.get(one.deal_no) is ProductState.LISTED]:
            blocks.append(_ticks(t, managed, page.number))
        blocks.append(actions(button(t("products.price_selected"), ProductAction.PRICE_SELECTED, encode(here))))
    blocks += pager(t, ProductAction.PAGE, here, page)
    return modal(
        t("products.title"),
        blocks,
        callback_id=ProductView.LIST,
        close=t("common.close"),
        submit=t("products.find"),
        metadata=encode(here),
    )


def choice(t: Texts, words: str, stores: Sequence[Store], deals: Page[DealOfStore]) -> Block:
    """The stores and deals that `words` may mean, each with a button."""
    buttons = [
        button(
            t(
                "products.choice_deal",
                title=clip(one.deal.title, _CHOICE_TITLE),
                store=clip(one.store.name, _CHOICE_STORE),
            ),
            f"{ProductAction.OPEN}#{one.store.id}_{one.deal.deal_no}",
            encode(DealRef(store=one.store.id, deal=one.deal.deal_no)),
        )
        for one in deals.items
    ]
    blocks = [section(t.md("products.choice", words=clip(words, _SEARCH_MAX)))]
    names = {one.id: t("products.choice_store", name=one.name) for one in stores[:_CHOICE_STORES]}
    blocks += store_buttons("products", names)
    blocks += [actions(one) for one in buttons]
    if deals.total > len(deals.items):
        blocks.append(context(t("products.choice_more")))
    return modal(t("products.title"), blocks, callback_id=ProductView.CHOICE, close=t("common.close"))


def extension_line(t: Texts, store: Store, schedule: SalePeriodSchedule | None) -> str:
    """The state of the extension of sale periods in a store."""
    if not store.extend_days:
        return t("products.extend_off")
    if schedule is None:
        return t("products.extend_on", days=store.extend_days)
    if schedule.not_offered_at is not None:
        return t("products.extend_not_offered")
    return t("products.extend_next", days=store.extend_days, moment=t.moment(schedule.due_at))


def _search(t: Texts, search: str) -> Block:
    return input_block(
        "search", t("products.search"), text_input(max_length=_SEARCH_MAX, initial=search), optional=True
    )


def _ticks(t: Texts, deals: Sequence[Deal], page: int) -> Block:
    """Checkboxes of the products of a page that are managed here. What was ticked does not go along to another page."""
    options = [
        option(
            t(
                "products.tick",
                title=clip(deal.title, _TICK) or t("products.untitled", no=deal.deal_no),
                no=deal.deal_no,
            ),
            str(deal.deal_no),
        )
        for deal in deals
    ]
    return input_block(
        f"select~{page}", t("products.select"), {"type": "checkboxes", "options": options}, optional=True
    )


def mark(t: Texts, state: ProductState) -> str:
    """How a product that is managed here stands, in a word or two."""
    if state is ProductState.LISTED:
        return t("products.mark_managed")
    return t("products.mark_unknown" if state is ProductState.UNKNOWN else "products.mark_coming")


def _entry(t: Texts, deal: Deal, state: ProductState | None) -> Block:
    title = title_of(t, deal)
    line = t.md("products.entry", title=title, no=deal.deal_no, status=status(t, deal))
    if state in (ProductState.LISTED, ProductState.UNKNOWN, ProductState.SENDING):
        line = f"{line} · {mark(t, state)}"
    if deal.read_at is not None and deal.deleted_at is None:
        line = t("products.entry_until", entry=line, until=_until(t, deal))
    more = button(
        t("products.open"),
        f"{ProductAction.OPEN}#{deal.deal_no}",
        encode(DealRef(store=deal.store_id, deal=deal.deal_no)),
        label=t("products.open_label", title=clip(title, 50)),
    )
    return section(line, accessory=more)


def title_of(t: Texts, deal: Deal) -> str:
    """The title of a deal, cut to what fits."""
    return escape_title(deal.title, _TITLE) if deal.title else t("products.untitled", no=deal.deal_no)


def status(t: Texts, deal: Deal) -> str:
    """The sale status in words."""
    if deal.deleted_at is not None:
        return t("products.gone")
    if deal.sales_status is None:
        return t("products.unread")
    return t.of("products.status", SalesStatus(deal.sales_status))


def _until(t: Texts, deal: Deal) -> str:
    end = end_of(t, deal)
    return end if end == t("products.no_end") else t("products.until", moment=end)


def end_of(t: Texts, deal: Deal) -> str:
    """When its sale ends, in words."""
    if deal.sales_end is None or deal.sales_end.astimezone(KST).year >= NO_END_YEAR:
        return t("products.no_end")
    return t.moment(deal.sales_end)


def add_form(t: Texts, ref: ProductsRef) -> Block:
    """The form that asks for a deal number."""
    field = input_block(
        "deal_no", t("products.deal_no"), text_input(max_length=_NUMBER_MAX), hint=t("products.deal_no_hint")
    )
    return modal(
        t("products.add"),
        [field],
        callback_id=ProductView.ADD,
        close=t("common.close"),
        submit=t("products.add_save"),
        metadata=encode(ref),
    )
