"""The form of an answer to an inquiry, and how that ended."""

from collections.abc import Mapping
from typing import Any

from handlers.blocks import (
    Block,
    actions,
    button,
    context,
    divider,
    escape_title,
    input_block,
    modal,
    option,
    plain,
    section,
    text_input,
)
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.stores import short_name
from handlers.inquiries.ids import AnswerRef, InquiryAction, InquiryView, PhraseRef
from handlers.inquiries.summaries import failed_note, full_text, note_of
from handlers.payloads import encode
from handlers.texts import Texts, mention
from tmon.inquiries.answer_form import wants_period
from tmon.inquiries.answers import AnswerForm, AnswerResult
from tmon.inquiries.phrases import LONGEST
from tmon.models.inquiries import AnswerState, AnswerText, Inquiry, Source
from tmon.models.stores import Store
from tmon.models.writes import WriteStep

YES, NO = "yes", "no"
_OTHERS_SHOWN = 3


def answer_form(
    t: Texts,
    form: AnswerForm,
    ref: AnswerRef,
    typed: AnswerText,
    *,
    problem: str | None = None,
    kept: str | None = None,
) -> Block:
    """The form. `problem`: why it is shown again, as markup; `kept`: what 임시 저장 did."""
    inquiry = form.inquiry
    blocks = full_text(t, inquiry, form.text)
    blocks.append(context(t("inquiries.seen_note")))
    blocks.append(divider())
    blocks += _remarks(t, form, problem)
    if form.phrases:
        options = [option(phrase.name, phrase.id) for phrase in form.phrases]
        menu = {"type": "static_select", "action_id": InquiryAction.PHRASE, "options": options}
        blocks.append(
            input_block(
                f"phrase~{ref.turn}",
                t("inquiries.phrase"),
                {**menu, "placeholder": plain(t("inquiries.phrase_hint"))},
                optional=True,
                dispatch=True,
            )
        )
    content = text_input(max_length=LONGEST, initial=typed.content, multiline=True)
    hint = t("inquiries.answer_hint" if inquiry.source is Source.QUESTION else "inquiries.answer_hint_cs")
    blocks.append(input_block(f"content~{ref.turn}", t("inquiries.answer_content"), content, hint=hint))
    if inquiry.source is Source.CS:
        blocks += _cs_fields(t, inquiry, typed, ref.turn)
    keep = button(t("inquiries.keep"), InquiryAction.DRAFT, encode(ref))
    manage = button(t("inquiries.manage_phrases"), InquiryAction.PHRASES, encode(PhraseRef(store=form.store.id)))
    blocks.append(actions(keep, manage, *partner_center_buttons(t)))
    if kept is not None:
        blocks.append(context(kept))
    return modal(
        t("inquiries.answer_title"),
        blocks,
        callback_id=InquiryView.ANSWER,
        close=t("common.close"),
        submit=t("inquiries.answer_submit"),
        metadata=encode(ref),
    )


def _remarks(t: Texts, form: AnswerForm, problem: str | None) -> list[Block]:
    remarks = []
    if problem is not None:
        remarks.append(section(problem))
    else:
        remarks += [section(note) for note in note_of(t, form.inquiry)]
    if form.others:
        remarks.append(context(t.md("inquiries.others_write", people=mention(*form.others[:_OTHERS_SHOWN]))))
    return remarks


def _cs_fields(t: Texts, inquiry: Inquiry, typed: AnswerText, turn: int) -> list[Block]:
    choices = [option(t("inquiries.possible_yes"), YES), option(t("inquiries.possible_no"), NO)]
    radio: Block = {"type": "radio_buttons", "options": choices}
    if typed.possible is not None:
        radio["initial_option"] = choices[0 if typed.possible else 1]
    blocks = [input_block(f"possible~{turn}", t("inquiries.possible"), radio)]
    if wants_period(inquiry.category_no):
        for field, label, day in (
            ("starts_on", t("inquiries.starts_on"), typed.starts_on),
            ("ends_on", t("inquiries.ends_on"), typed.ends_on),
        ):
            picker: Block = {"type": "datepicker"}
            if day is not None:
                picker["initial_date"] = day.isoformat()
            hint = t("inquiries.days_hint") if field == "ends_on" else None
            blocks.append(input_block(f"{field}~{turn}", label, picker, optional=True, hint=hint))
    return blocks


def working(t: Texts) -> Block:
    """What is shown while TMON takes its time."""
    return modal(
        t("inquiries.answer_title"),
        [section(t("inquiries.working")), context(t("inquiries.working_close"))],
        callback_id=InquiryView.WORKING,
        close=t("common.close"),
    )


def result(t: Texts, text: str) -> Block:
    """How an answer ended."""
    return modal(t("inquiries.answer_title"), [section(text)], callback_id=InquiryView.RESULT, close=t("common.close"))


def result_text(t: Texts, ended: AnswerResult) -> str:
    """One sentence on how an answer ended, as markup; of a refusal TMON's own."""
    about = _about(t, ended.store, ended.inquiry)
    if ended.outcome.state is WriteStep.DONE:
        return t.md("inquiries.did", **about)
    if ended.outcome.state is WriteStep.UNKNOWN:
        return t.md("inquiries.in_doubt", **about)
    return failed_note(t, ended.inquiry)


def ended_text(t: Texts, store: Store, inquiry: Inquiry, state: AnswerState) -> str:
    """The message to whoever answered: what was in doubt, or was interrupted, has ended."""
    keys: Mapping[AnswerState, str] = {
        AnswerState.DONE: "inquiries.ended_done",
        AnswerState.UNSENT: "inquiries.ended_unsent",
        AnswerState.NONE: "inquiries.ended_kept",
    }
    return t.md(keys.get(state, "inquiries.ended_failed"), **_about(t, store, inquiry))


def _about(t: Texts, store: Store, inquiry: Inquiry) -> dict[str, Any]:
    return {"store": short_name(store), "number": str(inquiry.number), "title": escape_title(inquiry.title, 60)}
