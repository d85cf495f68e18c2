"""Texts of the messages about stock, display and sale status."""

from collections.abc import Sequence

from handlers.blocks import Block, actions, button, clip, confirm, section
from handlers.common_views.partner_center import partner_center_buttons
from handlers.payloads import encode
from handlers.stock.ids import MismatchRef, StockAction
from handlers.stock.views import CALLS, SENTENCE, SHORT, SHOWN_OPTIONS, TITLE, option_title
from handlers.texts import Texts
from tmon.models.stores import Store
from tmon.products.catalog import DealSummary
from tmon.stock.summary import OptionSummary, SkuSummary

_SKU_NAME = 40


def shortage_text(t: Texts, store: Store, skus: Sequence[SkuSummary], n: int, *, out: bool) -> str:
    """The message that SKUs are low or out of stock; `skus` are the first of `n`."""
    if n == 1:
        key, [only] = "stock.told_out" if out else "stock.told_low", skus
        return t.md(key, store=store.name, sku=_name(only), n=max(0, only.sku.stock))
    lines = [t.md("stock.told_out_many" if out else "stock.told_low_many", store=store.name, n=n)]
    lines += [t.md("stock.told_sku", sku=_name(facts), n=max(0, facts.sku.stock)) for facts in skus]
    if n > len(skus):
        lines.append(t("stock.more_skus", n=n - len(skus)))
    return "\n".join(lines)


def _name(facts: SkuSummary) -> str:
    return f"{facts.sku.code} {clip(facts.sku.name, _SKU_NAME)}".strip()


def mismatch_text(t: Texts, store: Store, facts: OptionSummary, mismatch_id: str) -> str:
    """The message that TMON's stock differs from ours by units that no order explains, or that this is settled."""
    link = facts.link
    title = option_title(t, facts)
    if not _waits(facts, mismatch_id) or link is None or link.mismatch is None:
        return t.md("stock.mismatch_done", store=store.name) + "\n" + title
    key = "stock.mismatch_fewer" if link.mismatch > 0 else "stock.mismatch_more"
    sentence = t(key, n=abs(link.mismatch), tmon=facts.option.stock)
    return t.md("stock.mismatch", store=store.name) + f"\n{title}\n{sentence}"


def mismatch_card(t: Texts, store: Store, facts: OptionSummary, mismatch_id: str) -> list[Block]:
    """The message about a mismatch, with the two choices while it is open."""
    blocks = [section(mismatch_text(t, store, facts, mismatch_id))]
    if _waits(facts, mismatch_id):
        ref = encode(
            MismatchRef(store=store.id, deal=facts.deal.deal_no, option=facts.option.option_no, mismatch=mismatch_id)
        )
        blocks.append(
            actions(
                button(
                    t("stock.keep_ours"),
                    StockAction.KEEP_OURS,
                    ref,
                    confirm=confirm(
                        t, title=t("stock.keep_ours"), text=t("stock.keep_ours_text"), yes=t("stock.keep_ours")
                    ),
                ),
                button(
                    t("stock.keep_tmon"),
                    StockAction.KEEP_TMON,
                    ref,
                    confirm=confirm(
                        t, title=t("stock.keep_tmon"), text=t("stock.keep_tmon_text"), yes=t("stock.keep_tmon")
                    ),
                ),
                *partner_center_buttons(t),
            )
        )
    return blocks


def _waits(facts: OptionSummary, mismatch_id: str) -> bool:
    return facts.link is not None and facts.link.mismatch is not None and facts.link.mismatch_id == mismatch_id


def refused_text(t: Texts, store: Store, options: Sequence[OptionSummary], n: int, *, display: bool) -> str:
    """The message that TMON rejected stock (or `display`) of `n` options; `options`: the first of them with reasons."""
    key = "stock.told_refused_display" if display else "stock.told_refused"
    lines = [t.md(key, store=store.name, n=n)]
    for facts in options[:SHOWN_OPTIONS]:
        stock_problem = facts.link.problem if facts.link is not None else None
        message = facts.option.display_problem if display else stock_problem
        title = option_title(t, facts, 40)
        lines.append(f"{title} — " + t.md("common.tmon_said", message=clip(message or "–", SHORT)))
    if (left := n - len(options[:SHOWN_OPTIONS])) > 0:
        lines.append(t("stock.more_options", n=left))
    return "\n".join(lines)


def sale_refused_text(t: Texts, deals: Sequence[DealSummary], n: int) -> str:
    """The message that TMON rejected pausing or resuming `n` deals; `deals`: the first of them."""
    first = deals[0]
    if n == 1:
        said = t.md("common.tmon_said", message=clip(first.deal.sale_problem or "–", SENTENCE))
        told = t.md("stock.told_refused_sale", store=first.store.name, deal=clip(first.deal.title, TITLE))
        return f"{told}\n{said}"
    lines = [t.md("stock.told_refused_sale_many", store=first.store.name, n=n)]
    for facts in deals[:SHOWN_OPTIONS]:
        said = t.md("common.tmon_said", message=clip(facts.deal.sale_problem or "–", SHORT))
        lines.append(t.md("stock.deal", deal=clip(facts.deal.title, 40)) + f" — {said}")
    if (left := n - len(deals[:SHOWN_OPTIONS])) > 0:
        lines.append(t("stock.more_deals", n=left))
    return "\n".join(lines)


def not_offered_text(t: Texts, store: Store, call: str) -> str:
    """The message that TMON does not offer the endpoint `call`."""
    return t.md("stock.told_not_offered", store=store.name, call=t(CALLS[call]))
