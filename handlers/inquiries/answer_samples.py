"""Samples of answers: the form, how it ends, ready-made texts."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from handlers.feature import Sample
from handlers.inquiries import answer_views, phrase_views, views
from handlers.inquiries.ids import AnswerRef, InquiriesRef, PhraseRef
from handlers.inquiries.samples import facts
from handlers.rendering import RenderedMessage
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, store
from handlers.samples.messages import message
from handlers.texts import Texts
from tmon.inquiries.answers import AnswerForm, AnswerResult
from tmon.inquiries.phrases import LONGEST, LONGEST_NAME, MOST
from tmon.models.inquiries import AnswerPhrase, AnswerState, AnswerText, InquiryText, Source
from tmon.models.writes import WriteStep
from tmon.writes.remote_write import Outcome

_WORST: dict[str, Any] = {
    "source": Source.CS,
    "number": HUGE,
    "part": HUGE,
    "order_no": HUGE,
    "category": LONG,
    "category_no": 6,
    "title": LONG,
    "urgent": True,
    "heavy": True,
    "files": HUGE,
}


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view and message about answers."""
    usual, worst = _form(), _worst_form()
    ref = AnswerRef(store="s" * 20, source=Source.CS, number=HUGE, part=HUGE, under="V" * 60, list=InquiriesRef())
    yield "answer form", answer_views.answer_form(t, usual, ref, usual.typed)
    for state in (AnswerState.UNSENT, AnswerState.FAILED):
        form = _worst_form(answer_state=state, answer="sealed", answer_error=NASTY * 20)
        yield f"answer form, worst, {state}", answer_views.answer_form(t, form, ref, form.typed)
        yield f"inquiry, {state}", views.whole(t, form)
    shown = answer_views.answer_form(t, worst, ref, worst.typed, problem=LONG, kept=t("inquiries.kept"))
    yield "answer form, refused", shown
    yield "inquiry, answered", views.whole(t, _worst_form(answered_at=MOMENT, answer_state=AnswerState.DONE))
    yield "answer is being sent", answer_views.working(t)
    for step in (WriteStep.DONE, WriteStep.UNKNOWN, WriteStep.FAILED):
        ended = AnswerResult(worst.store, worst.inquiry, Outcome(step))
        yield f"answer {step}", answer_views.result(t, answer_views.result_text(t, ended))
    for state in (AnswerState.DONE, AnswerState.UNSENT, AnswerState.FAILED, AnswerState.NONE):
        told = RenderedMessage.of_text(answer_views.ended_text(t, worst.store, worst.inquiry, state))
        yield f"answer ended {state}", message(told.text, told.blocks)
    mine = PhraseRef(store="s" * 20, under="V" * 60, answer=ref)
    yield "phrases, none", phrase_views.phrase_form(t, mine, usual.store, [usual.store], [])
    full = [_phrase(n) for n in range(MOST)]
    chosen = mine.model_copy(update={"every": True, "phrase": full[0].id})
    stores = [store(NASTY, id=f"st_{n}") for n in range(120)]
    yield "phrases, worst", phrase_views.phrase_form(t, chosen, worst.store, stores, full, note=LONG)


def _form(**over: Any) -> AnswerForm:
    about = facts(**over)
    return AnswerForm(
        store=about.store,
        inquiry=about.inquiry,
        text=InquiryText(writer="jih***", message="언제 오나요?"),
        typed=AnswerText(),
        sent=None,
        others=(),
        phrases=(),
    )


def _worst_form(**over: Any) -> AnswerForm:
    about = facts(NASTY, **_WORST, **over)
    answer = AnswerText(content=LONG * 10, possible=True, starts_on=date(2026, 3, 10), ends_on=date(2026, 3, 12))
    return AnswerForm(
        store=about.store,
        inquiry=about.inquiry,
        text=InquiryText(writer=NASTY, message=LONG * 20, counselor=LONG * 20),
        typed=answer,
        sent=answer,
        others=tuple(f"U{n:010}" for n in range(20)),
        phrases=[_phrase(n) for n in range(MOST)],
    )


def _phrase(number: int) -> AnswerPhrase:
    return AnswerPhrase(
        team_id="T1",
        store_id="st_1",
        id=f"ph_{number}",
        name=(f"{number} {NASTY}{LONG}")[:LONGEST_NAME],
        content=(LONG * 20)[:LONGEST],
        updated_by="U1",
        updated_at=MOMENT,
    )
