"""The view of a list of orders: filters above, then one row per order with its tick and its buttons."""

from collections.abc import Sequence
from typing import Any

from handlers.blocks import (
    Block,
    actions,
    button,
    confirm,
    context,
    divider,
    escape_title,
    menu,
    modal,
    option,
    section,
)
from handlers.common_views.shipping import delivery_lines
from handlers.common_views.stores import short_name, store_menu
from handlers.orders.ids import ListRef, ListRow, OrderAction, OrderView
from handlers.orders.views import MARK, buttons, confirmed_buttons, is_held, status
from handlers.payloads import encode
from handlers.texts import Markup, Texts, unbroken
from tmon.models.orders import Order, OrderState
from tmon.models.stores import Store
from tmon.orders.cards import has_open_cancel
from tmon.orders.order_list import OF_SHIPPING, OrderPage, Shown
from tmon.orders.summaries import OrderSummary
from tmon.permissions import Permission, Person, has_permission

_OPTIONS = 3
"""Options named in a row."""
_EMPTY = {
    Shown.WAITING: "orders.list_empty",
    Shown.HELD: "orders.list_no_held",
    Shown.CANCEL_REQUESTED: "orders.list_no_cancel_requested",
    Shown.CONFIRMED_TODAY: "orders.list_no_confirmed_today",
    Shown.TO_SHIP: "orders.list_no_to_ship",
    Shown.IN_DELIVERY: "orders.list_no_in_delivery",
    Shown.HELD_BACK: "orders.list_no_held_back",
}
_MENU = (
    Shown.WAITING,
    Shown.TO_SHIP,
    Shown.IN_DELIVERY,
    Shown.HELD,
    Shown.CANCEL_REQUESTED,
    Shown.HELD_BACK,
    Shown.CONFIRMED_TODAY,
)
"""What can be chosen, along an order's way."""


def row_block(ref: ListRef, row: ListRow) -> str:
    """The id of the block with the tick of a row: Slack keeps a tick as long as it stays the same."""
    return f"row{ref.turn}-{row.store}-{row.order}"


def order_list(
    t: Texts, person: Person, page: OrderPage, ref: ListRef, stores: Sequence[Store], ticked: Sequence[Order]
) -> Block:
    """A modal with a page of orders. `stores`: all of the workspace; `ticked`: the orders to confirm together."""
    blocks: list[Block] = []
    if not _is_fixed(ref):
        blocks.append(actions(*_filters(t, ref, stores), block_id=f"filters{ref.turn}"))
    if not page.items:
        blocks.append(section(t("orders.list_nothing" if _is_fixed(ref) else _EMPTY[ref.shown])))
    else:
        blocks.append(context(_heading(t, page, ref)))
    chosen = {(order.store_id, order.order_no) for order in ticked}
    for facts in page.items:
        blocks += [divider(), *_row(t, person, facts, ref, chosen)]
    if (
        page.items
        and not _of_shipping(ref)
        and any(has_permission(person, Permission.OPERATE, store) for store in stores)
    ):
        blocks += [divider(), actions(_confirm_selected(t, stores, ticked))]
    if turns := _turns(t, page, ref):
        blocks.append(actions(*turns))
    return modal(
        t("orders.list_title"),
        blocks,
        callback_id=OrderView.LIST,
        close=t("common.close"),
        metadata=encode(ref),
    )


def _is_fixed(ref: ListRef) -> bool:
    """Whether the list shows certain orders, whatever their state."""
    return ref.batch is not None or ref.run is not None or ref.number is not None


def _of_shipping(ref: ListRef) -> bool:
    """Whether the list shows confirmed orders on their way to the buyer."""
    return not _is_fixed(ref) and ref.shown in OF_SHIPPING


def _heading(t: Texts, page: OrderPage, ref: ListRef) -> str:
    values = {"n": page.total, "waiting": page.waiting, "page": page.number + 1, "pages": page.pages}
    newest = (Shown.CONFIRMED_TODAY, Shown.IN_DELIVERY)
    if ref.run is not None or (ref.shown in newest and not _is_fixed(ref)):
        return t("orders.list_head_newest", **values)
    return t("orders.list_head_batch" if ref.batch is not None else "orders.list_head", **values)


def _filters(t: Texts, ref: ListRef, stores: Sequence[Store]) -> list[Block]:
    states = [option(t.of("orders.shown", shown), shown) for shown in _MENU]
    made = [menu(f"{OrderAction.SHOWN}#{ref.turn}", t("orders.shown"), states, ref.shown)]
    if len(stores) > 1:
        made.append(store_menu(t, f"{OrderAction.STORE}#{ref.turn}", stores, ref.store))
    return made


def _confirm_selected(t: Texts, stores: Sequence[Store], ticked: Sequence[Order]) -> Block:
    """The button for what is ticked. It is there from the start, so that a tick moves nothing."""
    question = None
    if ticked:
        by_id = {store.id: store for store in stores}
        counts = {id_: sum(order.store_id == id_ for order in ticked) for id_ in {order.store_id for order in ticked}}
        named = [
            t.md("orders.of_store", store=short_name(by_id[id_]), n=n) for id_, n in counts.items() if id_ in by_id
        ]
        more = " " + t("orders.more_stores", n=len(named) - 5) if len(named) > 5 else ""
        question = confirm(
            t,
            title=t("orders.confirm_selected", n=len(ticked)),
            text=t.md(
                "orders.confirm_selected_ask",
                stores=Markup(", ".join(named[:5]) + more),
                amount=t.money(sum(order.amount for order in ticked)),
            ),
            yes=t("orders.confirm"),
        )
    return button(
        t("orders.confirm_selected", n=len(ticked)),
        OrderAction.CONFIRM_SELECTED,
        style="primary" if ticked else None,
        confirm=question,
    )


def _row(t: Texts, person: Person, facts: OrderSummary, ref: ListRef, chosen: set[tuple[str, int]]) -> list[Block]:
    """One order. What takes the place of its buttons once it is done is about as high: nothing below it moves."""
    order = facts.order
    lines = [
        t.md(
            "orders.list_item",
            mark="⏸" if is_held(order) else MARK[order.state],
            number=str(order.order_no),
            title=escape_title(order.title, 60),
            more=t("orders.more_deals", n=len(facts.deals) - 1) if len(facts.deals) > 1 else "",
        ),
        *_options(t, facts),
        _facts(t, facts),
    ]
    if order.state is OrderState.CONFIRMED and (_of_shipping(ref) or ref.number is not None):
        lines += delivery_lines(t, facts)
        found = [] if facts.store.removed_at is not None else confirmed_buttons(t, facts, primary=False)
        said = status(t, facts, ago=True)
        made = section("\n".join([*lines, said] if said else lines))
        return [made, actions(*found)] if found else [made]
    said = status(t, facts, ago=True)
    if order.state is not OrderState.NEW or facts.store.removed_at is not None:
        return [section("\n".join(lines)), section(said or MARK[order.state])]
    if said:
        lines.append(said)
    row = ListRow(store=facts.store.id, order=order.order_no)
    elements = []
    if not (is_held(order) or has_open_cancel(order)) and has_permission(person, Permission.OPERATE, facts.store):
        elements.append(_tick(t, order, ticked=(row.store, row.order) in chosen))
    elements += buttons(t, facts, primary=False)
    return [section("\n".join(lines)), actions(*elements, block_id=row_block(ref, row))]


def _facts(t: Texts, facts: OrderSummary) -> str:
    """Store, sums and the clock that runs: to be confirmed, then to be shipped."""
    order = facts.order
    values: dict[str, Any] = {
        "store": facts.store.name,
        "amount": t.money(order.amount),
        "n": order.quantity,
        "receiver": facts.receiver or "-",
    }
    if order.state is not OrderState.CONFIRMED:
        return t.md("orders.list_facts", until=unbroken(t.until(order.confirm_by)), **values)
    if facts.ship_by is None:
        return t.md("orders.list_facts_shipped", **values)
    return t.md("orders.list_facts_ship", until=unbroken(t.until_date(facts.ship_by)), **values)


def _tick(t: Texts, order: Order, *, ticked: bool) -> Block:
    made: Block = {
        "type": "checkboxes",
        "action_id": f"{OrderAction.TICK}#{order.order_no}",
        "options": [option(t("orders.tick", number=order.order_no), "on")],
    }
    if ticked:
        made["initial_options"] = made["options"]
    return made


def _options(t: Texts, facts: OrderSummary) -> list[str]:
    found = [
        t.md("orders.list_option", title=escape_title(one["title"], 40), n=one["quantity"])
        for deal in facts.deals
        for one in deal.options
        if not one.get("cancelled")
    ]
    if not found:
        return []
    more = " " + t("orders.list_more_options", n=len(found) - _OPTIONS) if len(found) > _OPTIONS else ""
    return [", ".join(found[:_OPTIONS]) + more]


def _turns(t: Texts, page: OrderPage, ref: ListRef) -> list[Block]:
    found = []
    for text, number in ((t("stores.page_before"), page.number - 1), (t("stores.page_after"), page.number + 1)):
        if 0 <= number < page.pages:
            value = encode(ref.model_copy(update={"page": number, "start": 0, "rows": ()}))
            found.append(button(text, f"{OrderAction.PAGE}#{number}", value))
    return found
