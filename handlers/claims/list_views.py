"""The view of a list of claims: filters above, then one row per claim with its buttons."""

from collections.abc import Sequence

from handlers.blocks import Block, actions, button, context, divider, escape_title, menu, modal, option, section
from handlers.claims.act_views import act_buttons
from handlers.claims.ids import ClaimAction, ClaimListRef, ClaimView
from handlers.claims.views import clock, kind_request, kind_word, mark, state_word, status, way_buttons
from handlers.common_views.stores import store_menu
from handlers.payloads import encode
from handlers.texts import Texts
from tmon.claims.claim_list import ClaimPage, Shown
from tmon.claims.service import ClaimSummary
from tmon.models.claims import Claim, ClaimKind
from tmon.models.stores import Store

EVERY_KIND = "all"


def claim_list(t: Texts, page: ClaimPage, ref: ClaimListRef, stores: Sequence[Store]) -> Block:
    """A modal with a page of claims. `stores`: all of the workspace."""
    fixed = ref.batch is not None or ref.number is not None
    blocks: list[Block] = [] if fixed else [actions(*_filters(t, ref, stores), block_id=f"filters{ref.turn}")]
    if page.items:
        values = {"n": page.total, "page": page.number + 1, "pages": page.pages}
        ended = not fixed and ref.shown in (Shown.ENDED, Shown.LATE)
        blocks.append(context(t("claims.list_head_newest" if ended else "claims.list_head", **values)))
    else:
        blocks.append(section(t("claims.list_nothing") if fixed else t.of("claims.list_empty", ref.shown)))
    for facts in page.items:
        found = [
            *act_buttons(t, facts.store.id, facts.claim, facts.unknown_acts, primary=False),
            *way_buttons(t, facts, in_list=True),
        ]
        row = actions(*found) if facts.store.removed_at is None else context("-")
        blocks += [divider(), section(_row(t, facts)), row]
    turns = [
        button(t(key), f"{ClaimAction.PAGE}#{number}", _turned(ref, number))
        for key, number in (("stores.page_before", page.number - 1), ("stores.page_after", page.number + 1))
        if 0 <= number < page.pages
    ]
    if turns:
        blocks.append(actions(*turns))
    return modal(
        t("claims.list_title"), blocks, callback_id=ClaimView.LIST, close=t("common.close"), metadata=encode(ref)
    )


def _turned(ref: ClaimListRef, number: int) -> str:
    return encode(ref.model_copy(update={"page": number, "start": 0, "rows": ()}))


def _filters(t: Texts, ref: ClaimListRef, stores: Sequence[Store]) -> list[Block]:
    shown = [option(t.of("claims.shown", one), one) for one in Shown]
    kinds = [option(t("claims.every_kind"), EVERY_KIND), *(option(kind_word(t, kind), kind) for kind in ClaimKind)]
    made = [
        menu(f"{ClaimAction.SHOWN}#{ref.turn}", t("claims.shown"), shown, ref.shown),
        menu(f"{ClaimAction.KIND}#{ref.turn}", t("claims.kind"), kinds, ref.kind or EVERY_KIND),
    ]
    if len(stores) > 1:
        made.append(store_menu(t, f"{ClaimAction.STORE}#{ref.turn}", stores, ref.store))
    return made


def _row(t: Texts, facts: ClaimSummary) -> str:
    claim = facts.claim
    lines = [
        t.md(
            "claims.list_item",
            mark=mark(claim),
            kind=kind_request(t, claim.kind),
            state=state_word(t, claim),
            number=str(claim.order_no),
        ),
        _goods(t, claim),
        t.md(
            "claims.list_facts",
            store=facts.store.name,
            claim=str(claim.claim_no),
            clock=clock(t, claim) or t("claims.requested", moment=t.dated(claim.requested_at)),
        ),
    ]
    if said := status(t, facts):
        lines.append(said)
    return "\n".join(lines)


def _goods(t: Texts, claim: Claim) -> str:
    """The first option of a claim, and how many more there are."""
    goods = [(deal["title"], one["title"], one["quantity"]) for deal in claim.goods for one in deal["options"]]
    if not goods:
        return t("claims.goods_unknown")
    title, first, quantity = goods[0]
    return t.md(
        "claims.list_goods",
        title=escape_title(title, 40),
        option=escape_title(first, 30),
        n=quantity,
        more=t("claims.more_options", n=len(goods) - 1) if len(goods) > 1 else "",
    ).rstrip()
