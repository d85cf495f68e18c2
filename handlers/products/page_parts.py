"""Parts of a product's page: its buttons, and the lines about its changes."""

from typing import Any

from handlers.blocks import Block, actions, button, clip, confirm
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.product_changes import filled, waits
from handlers.payloads import encode
from handlers.products.ids import DealRef, ProductAction
from handlers.texts import Markup, Texts, mention
from tmon.api import SalesStatus
from tmon.listings.changes import SALE, ChangeResult
from tmon.listings.documents import FieldChange, Sale
from tmon.listings.fields import F, O
from tmon.models.stores import ApiGroup
from tmon.products.detail import DealDetail

_FIELDS = 3
"""Fields of a change that are named."""
_SENTENCE = 300


def page_buttons(t: Texts, facts: DealDetail, ref: DealRef) -> list[Block]:
    """What can be done with a product, three buttons a row: of one that TMON does not have, or that was never read, little."""
    deal = facts.summary.deal
    here = encode(DealRef(store=ref.store, deal=ref.deal))
    made: list[Block] = []

    def add(key: str, action: ProductAction, **over: Any) -> None:
        made.append(button(t(key), action, here, **over))

    if deal.read_at is not None and deal.deleted_at is None:
        ended = deal.sales_status == SalesStatus.END
        if facts.is_managed:
            add("products.price", ProductAction.PRICE)
        else:
            add("products.take_over", ProductAction.TAKE_OVER, style="primary")
        if not ended:
            made.append(_sale_button(t, facts, here))
            add("products.period", ProductAction.PERIOD)
        if facts.is_managed:
            add("products.add_option", ProductAction.ADD_OPTION)
            add("products.edit", ProductAction.EDIT)
    made += partner_center_buttons(t)
    return [actions(*made[start : start + 3]) for start in range(0, len(made), 3)]


def _sale_button(t: Texts, facts: DealDetail, value: str) -> Block:
    """판매 일시중지 or 판매 재개, which asks and says what the stock sync and a vacation do about it."""
    paused = facts.summary.deal.sales_status == SalesStatus.PAUSE
    key, action = ("products.resume", ProductAction.RESUME) if paused else ("products.pause", ProductAction.PAUSE)
    said = [t("products.resume_ask" if paused else "products.pause_ask")]
    if facts.summary.store.group_on(ApiGroup.STOCK) and facts.skus:
        said.append(t("products.resume_sync" if paused else "products.pause_sync"))
    if paused and facts.on_vacation:
        said.append(t("products.resume_vacation"))
    ask = confirm(t, title=t(key), text="\n".join(said), yes=t(key), danger=not paused)
    return button(t(key), action, value, confirm=ask)


def change_line(t: Texts, result: ChangeResult) -> str:
    """A change in one line: when, who, what, how it stands."""
    return t.md(
        "products.change",
        moment=t.moment(result.created_at),
        who=mention(result.user_id),
        what=_what(t, result),
        state=Markup(change_state(t, result)),
    )


def change_told(t: Texts, result: ChangeResult) -> str:
    """A change that was just asked for: what, how it stands."""
    return t.md("products.change_told", what=_what(t, result), state=Markup(change_state(t, result)))


def change_state(t: Texts, result: ChangeResult) -> str:
    """How a change stands, as markup; of one that failed why."""
    if (said := waits(t, result)) is not None:
        return said
    state = t.of("products.change_state", result.state)
    if result.note is None:
        return state
    why = t.md(result.note, **filled(t, result.values))
    if result.detail:
        why = t.md("listings.said", text=Markup(why), detail=clip(result.detail, _SENTENCE))
    return t.md("products.change_why", state=Markup(state), why=Markup(why))


def _what(t: Texts, result: ChangeResult) -> str:
    """The fields that change, by name; of the only price that changes old and new."""
    if result.is_new:
        return t("products.change_new")
    prices = [one for one in result.summary if one.field == O.PRICE]
    names = list(dict.fromkeys(_name(t, one, alone=len(prices) == 1) for one in result.summary))
    if len(names) > _FIELDS:
        return t("products.change_more", names=", ".join(names[:_FIELDS]), n=len(names) - _FIELDS)
    return ", ".join(names) or t("products.change_nothing")


def _name(t: Texts, change: FieldChange, *, alone: bool) -> str:
    if alone and change.field == O.PRICE and isinstance(change.old, int) and isinstance(change.new, int):
        return t("products.change_price", old=t.money(change.old), new=t.money(change.new))
    if change.field == SALE:
        return t.of("products.sale", Sale(change.new))
    return t.of("listings.option_field", O(change.field)) if change.option else t.of("listings.field", F(change.field))
