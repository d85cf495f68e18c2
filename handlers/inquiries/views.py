"""Views of inquiries: the card with the newest unanswered ones, the list of them, the full text of one."""

from collections import Counter
from collections.abc import Mapping, Sequence

from handlers.blocks import (
    Block,
    actions,
    button,
    context,
    divider,
    escape_title,
    modal,
    pager,
    plain,
    section,
)
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.products import deal_button
from handlers.common_views.stores import short_name
from handlers.inquiries.ids import InquiriesRef, InquiryAction, InquiryView, PhraseRef
from handlers.inquiries.summaries import (
    answer_buttons,
    answered_line,
    full_text,
    note_of,
    ref_of,
    source_name,
    state_of,
    summary,
)
from handlers.payloads import encode
from handlers.texts import Markup, Texts, mention
from tmon.inquiries.answers import AnswerForm
from tmon.inquiries.service import Arrivals, CardSummary, InquirySummary
from tmon.models.inquiries import AnswerState, Inquiry
from tmon.models.stores import ApiGroup, Store
from tmon.pages import Page
from tmon.permissions import Permission, Person, cs_people, has_permission

_ON_CARD = 150
"""Maximum length of an inquiry on the card."""
_IN_LIST = 400
_OFF_SHOWN = 10


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
        return [section(t.md("inquiries.card_none", store=name)), *_answered(t, facts)]
    blocks = [section(t.md("inquiries.card_title", store=name, n=facts.waiting))]
    if facts.urgent:
        people = mention(*cs_people(facts.store))
        blocks.append(section(t.md("inquiries.card_urgent", people=people, n=facts.urgent)))
    for one in facts.newest:
        blocks.append(section(summary(t, one, _ON_CARD)))
        if row := _row(t, one):
            blocks.append(actions(*row))
    if facts.waiting > len(facts.newest):
        blocks.append(context(t("inquiries.card_more", n=facts.waiting - len(facts.newest))))
    manage = _to_phrases(t, facts.store.id)
    return [
        *blocks,
        *_answered(t, facts),
        actions(to_list(t, facts.store), manage, *partner_center_buttons(t)),
    ]


def _answered(t: Texts, facts: CardSummary) -> list[Block]:
    """What was answered last: of what was answered at TMON nobody here would hear else."""
    return [context(*(answered_line(t, one) for one in facts.answered))] if facts.answered else []


def _row(t: Texts, facts: InquirySummary) -> list[Block]:
    """The buttons of one inquiry."""
    return [*answer_buttons(t, facts.inquiry), *_see(t, facts), *_product(t, facts.inquiry)]


def _product(t: Texts, inquiry: Inquiry) -> list[Block]:
    """The button 상품 보기, if TMON says which deal it is about."""
    if inquiry.deal_no is None:
        return []
    suffix = f"{inquiry.store_id}-{inquiry.source}-{inquiry.number}-{inquiry.part}"
    return [deal_button(t, inquiry.store_id, inquiry.deal_no, suffix)]


def arrivals_text(t: Texts, facts: Arrivals) -> str:
    """The text for notifications about new inquiries: how many, of which kind, about what; urgent ones mention people."""
    kinds = Counter(source_name(t, one) for one in facts.inquiries)
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
    return f"{t.md('inquiries.card_urgent', people=mention(*cs_people(facts.store)), n=urgent)}\n{text}"


def arrivals(t: Texts, facts: Arrivals) -> list[Block]:
    """The short message about new inquiries, with the way to the list."""
    return [section(arrivals_text(t, facts), accessory=to_list(t, facts.store))]


def to_list(t: Texts, store: Store) -> Block:
    """The button to the list of the unanswered inquiries of `store`."""
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
        blocks.append(context(head))
    mine = [store for store in stores if has_permission(person, Permission.ANSWER, store)]
    manage = [_to_phrases(t, mine[0].id, every=ref.store is None)] if mine else []
    if links := [*manage, *(partner_center_buttons(t) if page.items else [])]:
        blocks.append(actions(*links))
    for facts in page.items:
        blocks += [divider(), section(summary(t, facts, _IN_LIST, store=True))]
        if has_permission(person, Permission.ANSWER, facts.store) and (row := _row(t, facts)):
            blocks.append(actions(*row))
    blocks += pager(t, InquiryAction.PAGE, ref, page, in_heading=True)
    return modal(
        t("inquiries.list_title"),
        blocks,
        callback_id=InquiryView.LIST,
        close=t("common.close"),
        metadata=encode(ref.model_copy(update={"page": page.number})),
    )


def whole(t: Texts, form: AnswerForm) -> Block:
    """The full text of an inquiry, for people who may operate the store; once it is answered, with the answer."""
    inquiry = form.inquiry
    blocks = full_text(t, inquiry, form.text)
    blocks.append(divider())
    answered = form.sent if inquiry.answer_state is AnswerState.DONE else None
    for heading, said in (("inquiries.our_answer", answered), ("inquiries.your_draft", form.typed)):
        if said is not None and said.content.strip():
            blocks += [section(t(heading)), {"type": "section", "text": plain(said.content)}]
    blocks.append(context(state_of(t, inquiry, form.others), *note_of(t, inquiry), t("inquiries.seen_note")))
    if buttons := [*answer_buttons(t, inquiry), *partner_center_buttons(t)]:
        blocks.append(actions(*buttons))
    return modal(t("inquiries.whole_title"), blocks, callback_id=InquiryView.WHOLE, close=t("common.close"))


def counts_text(t: Texts, counts: Mapping[str, int]) -> str:
    """Describe what a run changed; empty for nothing."""
    keys = {"new": "inquiries.count_new", "answered": "inquiries.count_answered"}
    return " · ".join(t(key, n=counts[name]) for name, key in keys.items() if counts.get(name))


def _see(t: Texts, facts: InquirySummary) -> list[Block]:
    inquiry = facts.inquiry
    if inquiry.content is None:
        return []
    return [
        button(
            t("inquiries.see"),
            f"{InquiryAction.SEE}#{inquiry.store_id}-{inquiry.source}-{inquiry.number}-{inquiry.part}",
            encode(ref_of(inquiry)),
            label=t("inquiries.see_label", number=inquiry.number),
        )
    ]


def _to_phrases(t: Texts, store_id: str, *, every: bool = False) -> Block:
    return button(t("inquiries.manage_phrases"), InquiryAction.PHRASES, encode(PhraseRef(store=store_id, every=every)))
