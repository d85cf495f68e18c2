"""Samples of inquiries: the card, the list, the full text."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from handlers.common_views.partner_center import partner_center_buttons
from handlers.feature import Sample
from handlers.inquiries import reminder_views, views
from handlers.inquiries.ids import InquiriesRef
from handlers.rendering import RenderedMessage
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, store
from handlers.samples.messages import message
from handlers.texts import Texts
from tmon.inquiries.answers import AnswerForm
from tmon.inquiries.reminders import DueInquiries
from tmon.inquiries.service import ON_CARD, PAGE, Arrivals, CardSummary, InquirySummary
from tmon.models.inquiries import AnswerState, AnswerText, Inquiry, InquiryText, Source
from tmon.pages import Page
from tmon.permissions import Person


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view and message about inquiries."""
    usual, worst = facts(), _worst(1)
    cards = {
        "usual": CardSummary(usual.store, 1, (usual,), 0, is_current=True),
        "worst": CardSummary(worst.store, HUGE, tuple(_worst(n) for n in range(ON_CARD)), HUGE, is_current=True),
        "answered": CardSummary(usual.store, 0, (), 0, is_current=True, answered=_answered()),
        "old": CardSummary(worst.store, 1, (worst,), 1, is_current=False),
        "removed": CardSummary(store(NASTY, removed_at=MOMENT), 1, (worst,), 1, is_current=True),
    }
    for name, shown in cards.items():
        yield f"inquiry card {name}", message(views.card_text(t, shown), views.card(t, shown))
    several = [_worst(n).inquiry for n in range(20)] + [facts(NASTY).inquiry]
    for name, found in {"one": [usual.inquiry], "urgent": [worst.inquiry], "worst": several}.items():
        arrived = Arrivals(worst.store, tuple(found))
        yield f"new inquiries, {name}", message(views.arrivals_text(t, arrived), views.arrivals(t, arrived))
        due = DueInquiries(worst.store, tuple(found))
        yield (
            f"reminder of inquiries, {name}",
            message(reminder_views.reminder_text(t, due), reminder_views.reminder(t, due)),
        )
    off = [store(NASTY, id=f"st_{n}", cs_on=False) for n in range(40)]
    pages = {
        "usual": (Page((usual,), 0, 1, 1), [usual.store]),
        "empty": (Page((), 0, 1, 0), [usual.store]),
        "worst": (Page(tuple(_worst(n) for n in range(PAGE)), 1, HUGE, HUGE), off),
    }
    for name, (page, stores) in pages.items():
        ref = InquiriesRef(store="s" * 20)
        yield f"inquiry list {name}", views.inquiry_list(t, Person("T1", "U1"), page, stores, ref)
    words = {
        "usual": InquiryText(message="언제 오나요?"),
        "worst": InquiryText(writer=NASTY, message=LONG * 20, counselor=LONG),
    }
    for name, about in {"usual": usual, "worst": worst}.items():
        form = AnswerForm(about.store, about.inquiry, words[name], AnswerText(), None, (), ())
        yield f"inquiry, {name}", views.whole(t, form)
    for source in Source:
        text = t.md_of("inquiries.not_offered", source, store=NASTY)
        told = RenderedMessage.of_text(text, *partner_center_buttons(t))
        yield f"inquiries of {source} not offered", message(told.text, told.blocks)


def facts(name: str = "한빛리빙", text: str = "언제 오나요?", **over: Any) -> InquirySummary:
    """An inquiry as a summary shows it."""
    about = store(name)
    values = {
        "team_id": about.team_id,
        "store_id": about.id,
        "source": Source.QUESTION,
        "number": 3300451,
        "part": 0,
        "title": "귤 5kg",
        "asked_at": MOMENT,
        "listed_from": MOMENT.date(),
        "first_seen_at": MOMENT,
        "content": "sealed",
        **over,
    }
    return InquirySummary(about, Inquiry(**values), text)


def _worst(number: int) -> InquirySummary:
    state = [AnswerState.UNSENT, AnswerState.FAILED, AnswerState.SENDING, AnswerState.NONE][number % 4]
    more = {
        "number": HUGE - number,
        "part": HUGE,
        "order_no": HUGE,
        "category": LONG,
        "title": LONG,
        "urgent": True,
        "heavy": True,
    }
    more |= {
        "files": HUGE,
        "answer_state": state,
        "answer": "sealed",
        "answer_error": LONG[:500],
        "answered_by": "U0123456789",
    }
    made = facts(NASTY, f"{NASTY} {LONG}", source=Source.CS, **more)
    return replace(made, writers=tuple(f"U{n:010}" for n in range(20)))


def _answered() -> tuple[Inquiry, ...]:
    own = facts(NASTY, answered_at=MOMENT, answer_state=AnswerState.DONE, answered_by="U0123456789", title=LONG)
    elsewhere = facts(answered_at=MOMENT, answer_state=AnswerState.ELSEWHERE, answered_by="tmon")
    return (own.inquiry, elsewhere.inquiry, own.inquiry)
