"""Listeners of ready-made texts for answers (답변 문구 관리)."""

from handlers.blocks import Block
from handlers.form_values import read_form
from handlers.inquiries import answer_views, phrase_views
from handlers.inquiries.answers import inquiry_of
from handlers.inquiries.ids import AnswerRef, InquiryView, PhraseRef
from handlers.payloads import decode
from handlers.request import SlackRequest
from tmon.inquiries.answers import AnswerService
from tmon.inquiries.phrases import PhraseService
from tmon.models.stores import Store
from tmon.permissions import Permission, has_permission
from tmon.stores.service import StoreService


async def open_form(request: SlackRequest) -> None:
    """Handle 답변 문구 관리: show the form of the store, or of the first one on which the person works."""
    ref = decode(PhraseRef, request.value)
    if ref.every:
        ref = await _of_mine(request, ref)
    await request.store(ref.store, Permission.ANSWER)
    if request.view.get("callback_id") == InquiryView.ANSWER:
        answer = decode(AnswerRef, request.view.get("private_metadata"))
        ref = ref.model_copy(update={"under": str(request.view["id"]), "answer": answer})
    await request.push(await _view(request, ref))


async def choose_store(request: SlackRequest) -> None:
    """Handle the choice of another store."""
    ref = decode(PhraseRef, request.view.get("private_metadata"))
    store = await request.store(request.value, Permission.ANSWER)
    await request.redraw(await _view(request, _fresh(ref).model_copy(update={"store": store.id})))


async def choose(request: SlackRequest) -> None:
    """Handle the choice of a text: show it in the form."""
    ref = decode(PhraseRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.ANSWER)
    chosen = None if request.value == phrase_views.NEW else request.value[:20]
    await request.redraw(await _view(request, _fresh(ref).model_copy(update={"phrase": chosen})))


async def save(request: SlackRequest) -> None:
    """Handle 저장하기: save the text, and leave the form open for the next one."""
    ref = decode(PhraseRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.ANSWER)
    values = read_form(request.view)
    name, content = (str(values.get(field) or "") for field in ("name", "content"))
    saved = await request.services[PhraseService].save(
        request.person, ref.store, ref.phrase, name=name, content=content
    )
    note = request.t.md("inquiries.phrase_saved", name=saved.name)
    await request.show(await _view(request, _fresh(ref), note=note))
    await _refresh_answer(request, ref)


async def delete(request: SlackRequest) -> None:
    """Handle 삭제."""
    ref = decode(PhraseRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.ANSWER)
    if ref.phrase is not None:
        await request.services[PhraseService].delete(request.person, ref.store, ref.phrase)
    await request.redraw(await _view(request, _fresh(ref), note=request.t("inquiries.phrase_deleted")))
    await _refresh_answer(request, ref)


async def _of_mine(request: SlackRequest, ref: PhraseRef) -> PhraseRef:
    """Return `ref` for a store on which the person works, where there is one."""
    mine = await _stores(request)
    if not mine or ref.store in {store.id for store in mine}:
        return ref
    return ref.model_copy(update={"store": mine[0].id})


async def _stores(request: SlackRequest) -> list[Store]:
    await request.refresh_rights()
    stores = await request.services[StoreService].all(request.team_id)
    return [store for store in stores if has_permission(request.person, Permission.ANSWER, store)]


def _fresh(ref: PhraseRef) -> PhraseRef:
    """Return the reference of an empty form of the same store."""
    return ref.model_copy(update={"phrase": None, "turn": ref.turn + 1})


async def _view(request: SlackRequest, ref: PhraseRef, *, note: str | None = None) -> Block:
    store = await request.services[StoreService].get(request.team_id, ref.store)
    phrases = await request.services[PhraseService].all(request.team_id, ref.store)
    stores = await _stores(request) if ref.every else [store]
    return phrase_views.phrase_form(request.t, ref, store, stores, phrases, note=note)


async def _refresh_answer(request: SlackRequest, ref: PhraseRef) -> None:
    """Draw the answer anew from which the form was opened: its menu of texts has changed, what was typed stays there."""
    if ref.under is None or ref.answer is None:
        return
    form = await request.services[AnswerService].form(request.person, inquiry_of(request, ref.answer))
    await request.replace(ref.under, answer_views.answer_form(request.t, form, ref.answer, form.typed))
