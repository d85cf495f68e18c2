"""Views of inquiries: the card with the newest unanswered ones, the list of them, the full text of one."""

from collections import Counter
from collections.abc import Mapping, Sequence

from handlers.blocks import (
    TEXT_LIMIT,
    Block,
    actions,
    button,
    clip,
    context,
    divider,
    escape_title,
    modal,
    pager,
    plain,
    section,
)
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.stores import short_name
from handlers.inquiries.ids import InquiriesRef, InquiryAction, InquiryRef, InquiryView
from handlers.payloads import encode
from handlers.texts import Markup, Texts, escape, mention
from tmon.inquiries.service import Arrivals, CardSummary, InquirySummary
from tmon.models.inquiries import Inquiry, InquiryText, Source
from tmon.models.stores import ApiGroup, Store
from tmon.pages import Page
from tmon.permissions import Permission, Person, has_permission, operators

_ON_CARD = 150
"""Maximum length of an inquiry on the card."""
_IN_LIST = 400
_PARTS = 10
"""Maximum number of blocks for one person's text; the rest is cut."""
_WIDE = str.maketrans("*_~`", "＊＿～｀")
_OFF_SHOWN = 10

_CATEGORIES = {
    "배송문의": "inquiries.about_delivery",
    "상품문의": "inquiries.about_product",
    "환불문의": "inquiries.about_refund",
    "교환문의": "inquiries.about_exchange",
    "반품문의": "inquiries.about_return",
    "취소문의": "inquiries.about_cancel",
    "주소변경": "inquiries.about_address",
    "재고문의": "inquiries.about_stock",
    "기타문의": "inquiries.about_other",
}
"""Names of CS categories that have English words; TMON sends Korean ones, and there may be others."""


def card_text(t: Texts, facts: CardSummary) -> str:
    """The text for notifications."""
    key = "inquiries.text" if facts.waiting else "inquiries.text_none"
    return t.md(key, store=facts.store.name, n=facts.waiting)


def card(t: Texts, facts: CardSummary) -> list[Block]:
    """The card: number of unanswered inquiries and the newest of them. A replaced card only says so."""
    name = short_name(facts.store)
    if facts.store.removed_at is not None:
        return [context(t("common.store_gone"))]
    if not facts.is_current:
        return [context(t.md("inquiries.card_old", store=name))]
    if not facts.waiting:
        return [section(t.md("inquiries.card_none", store=name))]
    blocks = [section(t.md("inquiries.card_title", store=name, n=facts.waiting))]
    if facts.urgent:
        people = mention(*operators(facts.store))
        blocks.append(section(t.md("inquiries.card_urgent", people=people, n=facts.urgent)))
    blocks += [section(_summary(t, one, _ON_CARD)) for one in facts.newest]
    if facts.waiting > len(facts.newest):
        blocks.append(context(t("inquiries.card_more", n=facts.waiting - len(facts.newest))))
    return [*blocks, context(t("inquiries.answer_at")), actions(_to_list(t, facts.store), *partner_center_buttons(t))]


def arrivals_text(t: Texts, facts: Arrivals) -> str:
    """The text for notifications about new inquiries: how many, of which kind, about what; urgent ones mention people."""
    kinds = Counter(_source(t, one) for one in facts.inquiries)
    if len(kinds) == 1:
        kind = next(iter(kinds))
    else:
        kind = ", ".join(t.md("inquiries.of_kind", kind=Markup(name), n=n) for name, n in kinds.most_common(3))
    titles = list(dict.fromkeys(escape_title(one.title, 60) for one in facts.inquiries))
    more = " " + t("inquiries.more_titles", n=len(titles) - 1) if len(titles) > 1 else ""
    text = t.md(
        "inquiries.arrived",
        store=short_name(facts.store),
        n=len(facts.inquiries),
        kind=Markup(kind),
        title=titles[0],
        more=more,
    )
    urgent = sum(one.urgent for one in facts.inquiries)
    if not urgent:
        return text
    return f"{t.md('inquiries.card_urgent', people=mention(*operators(facts.store)), n=urgent)}\n{text}"


def arrivals(t: Texts, facts: Arrivals) -> list[Block]:
    """The short message about new inquiries, with the way to the list."""
    return [section(arrivals_text(t, facts), accessory=_to_list(t, facts.store))]


def _to_list(t: Texts, store: Store) -> Block:
    label = t("inquiries.list_label", store=short_name(store))
    return button(t("orders.list"), InquiryAction.LIST, encode(InquiriesRef(store=store.id)), label=label)


def inquiry_list(
    t: Texts, person: Person, page: Page[InquirySummary], stores: Sequence[Store], ref: InquiriesRef
) -> Block:
    """A page of unanswered inquiries, masked; people who may operate a store can open the full text.

    `stores`: the stores that were asked for.
    """
    blocks: list[Block] = [
        section(t.md("inquiries.off", store=store.name))
        for store in [store for store in stores if not store.group_on(ApiGroup.CS)][:_OFF_SHOWN]
    ]
    if not page.items:
        blocks.append(section(t("inquiries.list_empty")))
    else:
        head = t("inquiries.list_head", n=page.total, page=page.number + 1, pages=page.pages)
        blocks.append(context(head, t("inquiries.answer_at")))
    if page.items and (links := partner_center_buttons(t)):
        blocks.append(actions(*links))
    for facts in page.items:
        blocks += [divider(), section(_summary(t, facts, _IN_LIST, store=True), accessory=_see(t, person, facts))]
    blocks += pager(t, InquiryAction.PAGE, ref, page, in_heading=True)
    return modal(
        t("inquiries.list_title"),
        blocks,
        callback_id=InquiryView.LIST,
        close=t("common.close"),
        metadata=encode(ref.model_copy(update={"page": page.number})),
    )


def whole(t: Texts, inquiry: Inquiry, text: InquiryText) -> Block:
    """The full text of an inquiry, for people who may operate the store."""
    facts = [_source(t, inquiry), t("inquiries.number", number=inquiry.number)]
    if inquiry.order_no is not None:
        facts.append(t("inquiries.order", number=inquiry.order_no))
    if text.writer:
        facts.append(t.md("inquiries.writer", name=clip(text.writer, 60)))
    facts.append(t("inquiries.since", moment=t.dated(inquiry.asked_at)))
    blocks = [section(f"*{escape(escape_title(inquiry.title, 200))}*"), context(" · ".join(facts))]
    for heading, words in (("inquiries.of_buyer", text.message), ("inquiries.of_counselor", text.counselor)):
        if words and words.strip():
            parts = [words[start : start + TEXT_LIMIT] for start in range(0, len(words), TEXT_LIMIT)]
            blocks.append(section(t(heading)))
            blocks += [{"type": "section", "text": plain(part)} for part in parts[:_PARTS] if part.strip()]
    links = partner_center_buttons(t)
    answer = [actions(*links)] if links else []
    return modal(
        t("inquiries.whole_title"),
        [*blocks, divider(), context(t("inquiries.answer_at"), t("inquiries.seen_note")), *answer],
        callback_id=InquiryView.WHOLE,
        close=t("common.close"),
    )


def counts_text(t: Texts, counts: Mapping[str, int]) -> str:
    """Describe what a run changed; empty for nothing."""
    keys = {"new": "inquiries.count_new", "answered": "inquiries.count_answered"}
    return " · ".join(t(key, n=counts[name]) for name, key in keys.items() if counts.get(name))


def _summary(t: Texts, facts: InquirySummary, length: int, *, store: bool = False) -> str:
    inquiry = facts.inquiry
    parts = [_source(t, inquiry), t("inquiries.since", moment=t.dated(inquiry.asked_at))]
    if store:
        parts.insert(0, escape(facts.store.name))
    mark = "🚨" if inquiry.urgent else "💬"
    return "\n".join(
        [
            t.md("inquiries.item", mark=mark, title=escape_title(inquiry.title, 80)),
            " · ".join(parts),
            f"> {_words(t, facts, length)}",
        ]
    )


def _words(t: Texts, facts: InquirySummary, length: int) -> str:
    if facts.text:
        return escape(clip(facts.text, length).translate(_WIDE))
    return t("inquiries.destroyed" if facts.inquiry.destroyed_at is not None else "inquiries.untold")


def _source(t: Texts, inquiry: Inquiry) -> str:
    if inquiry.source is Source.QUESTION:
        return t("inquiries.source_question")
    if inquiry.category is None:
        return t("inquiries.source_cs")
    known = _CATEGORIES.get("".join(inquiry.category.split()))
    category = t(known) if known else escape_title(inquiry.category, 40)
    return t.md("inquiries.source_cs_about", category=category)


def _see(t: Texts, person: Person, facts: InquirySummary) -> Block | None:
    inquiry = facts.inquiry
    if inquiry.content is None or not has_permission(person, Permission.OPERATE, facts.store):
        return None
    ref = InquiryRef(store=inquiry.store_id, source=inquiry.source, number=inquiry.number, part=inquiry.part)
    return button(
        t("inquiries.see"),
        f"{InquiryAction.SEE}#{inquiry.source}-{inquiry.number}-{inquiry.part}",
        encode(ref),
        label=t("inquiries.see_label", number=inquiry.number),
    )
