"""How one inquiry is described: on the card, in the list, and whole."""

from collections.abc import Sequence

from handlers.blocks import TEXT_LIMIT, Block, button, clip, confirm, context, escape_title, plain, section
from handlers.inquiries.ids import InquiryAction, InquiryRef
from handlers.payloads import encode
from handlers.texts import Markup, Texts, escape, mention
from tmon.inquiries.service import InquirySummary
from tmon.models.inquiries import ELSEWHERE, UNDER_WAY, AnswerState, Inquiry, InquiryText, Source

_WIDE = str.maketrans("*_~`", "＊＿～｀")
_PARTS = 10
"""Maximum number of blocks for one person's text; the rest is cut."""
_NAMED = 3
"""Most people that are named."""

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


def summary(t: Texts, facts: InquirySummary, length: int, *, store: bool = False) -> str:
    """An inquiry in a few lines: title, kind, how it stands, and its text, masked and cut."""
    inquiry = facts.inquiry
    parts = [state_of(t, inquiry, facts.writers), source_name(t, inquiry)]
    if store:
        parts.insert(1, escape(facts.store.name))
    parts.append(t("inquiries.since", moment=t.dated(inquiry.asked_at)))
    if inquiry.files:
        parts.append(t("inquiries.files_short", n=inquiry.files))
    lines = [
        t.md("inquiries.item", mark=mark(t, inquiry), title=escape_title(inquiry.title, 80)),
        " · ".join(parts),
        *note_of(t, inquiry),
        f"> {_words(t, facts, length)}",
    ]
    return "\n".join(lines)


def mark(t: Texts, inquiry: Inquiry) -> str:
    """The sign before the title, with what makes it urgent."""
    if not inquiry.urgent:
        return "💬"
    words = [t("inquiries.urgent"), *([t("inquiries.heavy")] if inquiry.heavy else [])]
    return f"🚨 {' · '.join(words)}"


def state_of(t: Texts, inquiry: Inquiry, writers: Sequence[str]) -> str:
    """How its answer stands, and by whom, as markup."""
    state: str = inquiry.answer_state
    people: Sequence[str] = () if inquiry.answered_by in (None, ELSEWHERE) else (str(inquiry.answered_by),)
    if inquiry.answer_state is AnswerState.NONE:
        people = writers[:_NAMED]
        if inquiry.answered_at is not None:
            state = AnswerState.ELSEWHERE
        elif writers:
            state = "writing"
    line = t.of("inquiries.state", state)
    if people:
        line = t.md("inquiries.state_by", state=line, people=mention(*people))
    return line


def note_of(t: Texts, inquiry: Inquiry) -> list[str]:
    """What is to be done about an answer that TMON does not have, as markup; at most one line."""
    if inquiry.answer_state is AnswerState.UNSENT:
        return [t("inquiries.unsent_note")]
    if inquiry.answer_state is AnswerState.FAILED:
        return [failed_note(t, inquiry)]
    return []


def answered_line(t: Texts, inquiry: Inquiry) -> str:
    """An answered inquiry in one line of the card, as markup."""
    title = escape_title(inquiry.title, 40)
    moment = "" if inquiry.answered_at is None else t.dated(inquiry.answered_at)
    state = state_of(t, inquiry, ())
    return t.md("inquiries.answered_item", state=Markup(state), title=title, moment=moment)


def answer_buttons(t: Texts, inquiry: Inquiry) -> list[Block]:
    """The buttons that answer an inquiry; none while an answer is under way, or once it is answered."""
    if inquiry.answered_at is not None or inquiry.answer_state in UNDER_WAY:
        return []
    ref = encode(ref_of(inquiry))
    suffix = f"{inquiry.store_id}-{inquiry.source}-{inquiry.number}-{inquiry.part}"
    label = t("inquiries.answer_label", number=inquiry.number)
    made = [button(t("inquiries.answer"), f"{InquiryAction.ANSWER}#{suffix}", ref, label=label)]
    if inquiry.answer_state is AnswerState.UNSENT and inquiry.answer is not None:
        ask = confirm(
            t,
            title=t("inquiries.resend"),
            text=t.md("inquiries.resend_ask", title=escape_title(inquiry.title, 80)),
            yes=t("inquiries.resend"),
        )
        made.insert(0, button(t("inquiries.resend"), f"{InquiryAction.RESEND}#{suffix}", ref, confirm=ask))
    return made


def ref_of(inquiry: Inquiry) -> InquiryRef:
    """The parameters of its buttons."""
    return InquiryRef(store=inquiry.store_id, source=inquiry.source, number=inquiry.number, part=inquiry.part)


def source_name(t: Texts, inquiry: Inquiry) -> str:
    """What kind of inquiry it is; of a CS inquiry with its category."""
    if inquiry.source is Source.QUESTION:
        return t("inquiries.source_question")
    if inquiry.category is None:
        return t("inquiries.source_cs")
    known = _CATEGORIES.get("".join(inquiry.category.split()))
    category = t(known) if known else escape_title(inquiry.category, 40)
    return t.md("inquiries.source_cs_about", category=category)


def full_text(t: Texts, inquiry: Inquiry, text: InquiryText | None) -> list[Block]:
    """The full text of an inquiry, with what is known about it."""
    facts = [source_name(t, inquiry), t("inquiries.number", number=inquiry.number)]
    if inquiry.order_no is not None:
        facts.append(t("inquiries.order", number=inquiry.order_no))
    if text is not None and text.writer:
        facts.append(t.md("inquiries.writer", name=clip(text.writer, 60)))
    facts.append(t("inquiries.since", moment=t.dated(inquiry.asked_at)))
    blocks = [section(t.md("inquiries.whole_head", title=escape_title(inquiry.title, 200))), context(" · ".join(facts))]
    said = [] if text is None else [("inquiries.of_buyer", text.message), ("inquiries.of_counselor", text.counselor)]
    for heading, words in said:
        if words and words.strip():
            parts = [words[start : start + TEXT_LIMIT] for start in range(0, len(words), TEXT_LIMIT)]
            blocks.append(section(t(heading)))
            blocks += [{"type": "section", "text": plain(part)} for part in parts[:_PARTS] if part.strip()]
    if text is None:
        blocks.append(section(t("inquiries.destroyed" if inquiry.destroyed_at is not None else "inquiries.untold")))
    if inquiry.files:
        blocks.append(context(t("inquiries.files", n=inquiry.files)))
    return blocks


def failed_note(t: Texts, inquiry: Inquiry) -> str:
    """Why TMON did not take the last answer, as markup."""
    if inquiry.answer_error:
        return t.md("inquiries.failed_said", message=inquiry.answer_error)
    return t("inquiries.failed_note")


def _words(t: Texts, facts: InquirySummary, length: int) -> str:
    if facts.text:
        return escape(clip(facts.text, length).translate(_WIDE))
    return t("inquiries.destroyed" if facts.inquiry.destroyed_at is not None else "inquiries.untold")
