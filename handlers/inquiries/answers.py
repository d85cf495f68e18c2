"""Listeners of answers: the form, ready-made texts in it, 임시 저장, 답변 등록, 다시 보내기."""

from collections.abc import Mapping
from typing import Any

from handlers.blocks import Block, section
from handlers.form_values import block_id_of, read_form, typed_date
from handlers.inquiries import answer_views as views
from handlers.inquiries import lists
from handlers.inquiries.ids import AnswerRef, InquiriesRef, InquiryRef, InquiryView
from handlers.payloads import decode
from handlers.rendering import RenderedMessage, renders
from handlers.request import SlackRequest, error_text
from handlers.texts import Texts
from tmon.api import Rejected, TmonError
from tmon.core import Services
from tmon.errors import AppError
from tmon.inquiries.answers import AnswerForm, AnswerResult, AnswerService
from tmon.inquiries.keys import InquiryOf
from tmon.inquiries.messages import AnswerEnded
from tmon.inquiries.phrases import LONGEST
from tmon.inquiries.writes import AnswerOver, AskedAgain
from tmon.models.inquiries import AnswerState, AnswerText
from tmon.models.outbox import OutboxMessage
from tmon.models.writes import WriteStep
from tmon.permissions import Permission
from tmon.stores.fields import InvalidFields


async def open_form(request: SlackRequest) -> None:
    """Handle 답변하기: show the full text and the form; the look is audited."""
    ref = decode(InquiryRef, request.value)
    await request.store(ref.store, Permission.ANSWER)
    answer = AnswerRef(store=ref.store, source=ref.source, number=ref.number, part=ref.part)
    shown = request.view.get("callback_id")
    if shown == InquiryView.LIST:
        listed = decode(InquiriesRef, request.view.get("private_metadata"))
        answer = answer.model_copy(update={"under": str(request.view["id"]), "list": listed})
    form = await request.services[AnswerService].begin(request.person, inquiry_of(request, answer))
    view = views.answer_form(request.t, form, answer, form.typed)
    await (request.show(view) if shown == InquiryView.WHOLE else request.push(view))


async def choose_phrase(request: SlackRequest) -> None:
    """Handle the choice of a ready-made text: it is put below what was typed, and the rest stays."""
    ref = decode(AnswerRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.ANSWER)
    form = await request.services[AnswerService].form(request.person, inquiry_of(request, ref))
    typed = typed_answer(request.view)
    phrase = next((one for one in form.phrases if one.id == request.value), None)
    problem = None
    if phrase is not None:
        before = typed.content.rstrip()
        content = f"{before}\n{phrase.content}" if before else phrase.content
        if len(content) > LONGEST:  # Slack would cut it, and nobody would see that
            problem = request.t("inquiries.answer_long", n=LONGEST)
        else:
            typed = typed.model_copy(update={"content": content})
    ref = ref.model_copy(update={"turn": ref.turn + 1})
    await request.redraw(views.answer_form(request.t, form, ref, typed, problem=problem))


async def keep_draft(request: SlackRequest) -> None:
    """Handle 임시 저장: keep what was typed, whatever it is."""
    ref = decode(AnswerRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.ANSWER)
    typed, inquiry = typed_answer(request.view), inquiry_of(request, ref)
    await request.services[AnswerService].keep(request.person, inquiry, typed)
    form = await request.services[AnswerService].form(request.person, inquiry)
    kept = request.t("inquiries.kept" if typed.content.strip() else "inquiries.kept_nothing")
    await request.redraw(views.answer_form(request.t, form, ref, typed, kept=kept))
    await _refresh_list(request, ref)


async def submit(request: SlackRequest) -> None:
    """Handle 답변 등록. What TMON refuses is shown at its field, with everything that was typed."""
    ref = decode(AnswerRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.ANSWER)
    answers = request.services[AnswerService]
    inquiry, typed = inquiry_of(request, ref), typed_answer(request.view)
    try:
        ended = await request.with_progress(
            answers.answer(request.person, inquiry, typed), lambda: request.show(views.working(request.t))
        )
    except AskedAgain as error:
        ref = ref.model_copy(update={"part": error.part})
        await _show_again(request, ref, typed, request.t(error.key), look=True)
        return
    except (AppError, TmonError, InvalidFields) as error:
        await _tell_failure(request, ref, typed, error)
        return
    finally:
        await _refresh_list(request, ref)
    text = views.result_text(request.t, ended)
    if ended.outcome.state is WriteStep.FAILED:
        await _tell_refusal(request, ref, typed, ended, text)
    else:
        await _deliver(request, views.result(request.t, text))


async def resend(request: SlackRequest) -> None:
    """Handle 다시 보내기: send an answer once more that TMON does not have."""
    ref = decode(InquiryRef, request.value)
    await request.store(ref.store, Permission.ANSWER)
    inquiry = InquiryOf(request.team_id, ref.store, ref.source, ref.number, ref.part)
    try:
        ended = await request.services[AnswerService].resend(request.person, inquiry)
    finally:
        await _refresh_here(request)
    await request.notify(views.result_text(request.t, ended))


def inquiry_of(request: SlackRequest, ref: AnswerRef | InquiryRef) -> InquiryOf:
    """Return the inquiry that a form or a button is about."""
    return InquiryOf(request.team_id, ref.store, ref.source, ref.number, ref.part)


def typed_answer(view: Mapping[str, Any]) -> AnswerText:
    """Return what was typed into the form, unchecked."""
    values = read_form(view)
    possible = {views.YES: True, views.NO: False}.get(str(values.get("possible") or ""))
    return AnswerText(
        content=str(values.get("content") or ""),
        possible=possible,
        starts_on=typed_date(values.get("starts_on")),
        ends_on=typed_date(values.get("ends_on")),
    )


async def _tell_failure(
    request: SlackRequest, ref: AnswerRef, typed: AnswerText, error: AppError | TmonError | InvalidFields
) -> None:
    """Show why nothing was sent: at the form, or in its place once it is of no use."""
    named = error.errors if isinstance(error, InvalidFields) else {}
    if not request.answered.is_set() and named.keys() <= {*_fields(request.view)}:
        raise error
    text = error_text(request.t, error)
    if isinstance(error, AnswerOver):
        await _deliver(request, views.result(request.t, text))
    else:
        await _show_again(request, ref, typed, text)


def _fields(view: Mapping[str, Any]) -> list[str]:
    """Return the names of a form's fields: one that was opened before its category was known has no days."""
    inputs = (block for block in view.get("blocks") or () if block.get("type") == "input")
    return [str(block["block_id"]).partition("~")[0] for block in inputs]


async def _tell_refusal(
    request: SlackRequest, ref: AnswerRef, typed: AnswerText, ended: AnswerResult, text: str
) -> None:
    """Show TMON's sentence at the field; where the form is not there any more, it is shown again with what was typed."""
    error = ended.outcome.error
    place = block_id_of(request.view, "content")
    if isinstance(error, AppError | TmonError) and not isinstance(error, Rejected):
        text = error_text(request.t, error)
    if not request.answered.is_set() and place is not None and isinstance(error, AppError | TmonError):
        await request.ack(response_action="errors", errors={place: error_text(request.t, error, plain=True)[:2000]})
    else:
        await _show_again(request, ref, typed, text)


async def _show_again(
    request: SlackRequest, ref: AnswerRef, typed: AnswerText, problem: str, *, look: bool = False
) -> None:
    """Show the form with what was typed. `look`: with the text of another message, so that the look at it is audited."""
    answers = request.services[AnswerService]
    ref = ref.model_copy(update={"turn": ref.turn + 1})
    form: AnswerForm = await (answers.begin if look else answers.form)(request.person, inquiry_of(request, ref))
    await _deliver(request, views.answer_form(request.t, form, ref, typed, problem=problem))


async def _deliver(request: SlackRequest, view: Block) -> None:
    """Show a view in place of the form. If the person has closed it meanwhile, they are told by a direct message."""
    if not request.answered.is_set():
        await request.show(view)
    elif not await request.replace(str(request.view["id"]), view):
        said = view["blocks"][0]["text"]["text"] if view["callback_id"] == InquiryView.RESULT else None
        text = said or request.t("inquiries.not_sent_kept")
        await request.client.chat_postMessage(channel=request.user_id, text=text, blocks=[section(text)])


async def _refresh_list(request: SlackRequest, ref: AnswerRef) -> None:
    """Draw the list anew from which the form was opened."""
    if ref.under is not None and ref.list is not None:
        await request.replace(ref.under, await lists.view(request, ref.list))


async def _refresh_here(request: SlackRequest) -> None:
    """Draw the list anew in which a button was pressed; cards are edited by the outbox."""
    shown = request.view.get("callback_id")
    if shown == InquiryView.LIST:
        listed = decode(InquiriesRef, request.view.get("private_metadata"))
        await request.replace(str(request.view["id"]), await lists.view(request, listed))


@renders(AnswerEnded)
async def render_ended(services: Services, row: OutboxMessage, args: AnswerEnded, t: Texts) -> RenderedMessage:
    """Render the message to whoever answered: what was in doubt, or was interrupted, has ended."""
    inquiry = InquiryOf(row.team_id, args.store, args.source, args.number, args.part)
    store, found = await services[AnswerService].ended(inquiry)
    return RenderedMessage.of_text(views.ended_text(t, store, found, AnswerState(args.state)))
