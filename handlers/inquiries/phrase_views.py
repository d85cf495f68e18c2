"""The form of ready-made texts for answers (답변 문구)."""

from collections.abc import Sequence

from handlers.blocks import (
    Block,
    actions,
    button,
    confirm,
    context,
    input_block,
    menu,
    modal,
    option,
    section,
    text_input,
)
from handlers.common_views.stores import short_name
from handlers.inquiries.ids import InquiryAction, InquiryView, PhraseRef
from handlers.payloads import encode
from handlers.texts import Texts
from tmon.inquiries.phrases import LONGEST, LONGEST_NAME
from tmon.models.inquiries import AnswerPhrase
from tmon.models.stores import Store

NEW = "new"
_MOST_STORES = 100


def phrase_form(
    t: Texts,
    ref: PhraseRef,
    store: Store,
    stores: Sequence[Store],
    phrases: Sequence[AnswerPhrase],
    *,
    note: str | None = None,
) -> Block:
    """The form of one text, with a menu of all of them. `stores`: those of which the person may choose another."""
    blocks: list[Block] = [] if note is None else [section(note)]
    menus = []
    if ref.every and len(stores) > 1:
        choices = [option(short_name(one), one.id) for one in stores[:_MOST_STORES]]
        menus.append(menu(InquiryAction.PHRASE_STORE, t("inquiries.phrase_store"), choices, store.id))
    else:
        blocks.append(context(t.md("inquiries.phrases_of", store=short_name(store))))
    chosen = next((one for one in phrases if one.id == ref.phrase), None)
    if phrases:
        choices = [option(t("inquiries.phrase_new"), NEW), *(option(one.name, one.id) for one in phrases)]
        menus.append(
            menu(
                InquiryAction.PHRASE_CHOICE,
                t("inquiries.phrase"),
                choices,
                NEW if chosen is None else chosen.id,
            )
        )
    if menus:
        blocks.append(actions(*menus, block_id=f"menus~{ref.turn}"))
    name, content = ("", "") if chosen is None else (chosen.name, chosen.content)
    blocks.append(
        input_block(
            f"name~{ref.turn}",
            t("inquiries.phrase_name"),
            text_input(max_length=LONGEST_NAME, initial=name, placeholder=t("inquiries.phrase_name_hint")),
        )
    )
    blocks.append(
        input_block(
            f"content~{ref.turn}",
            t("inquiries.phrase_content"),
            text_input(max_length=LONGEST, initial=content, multiline=True),
            hint=t("inquiries.phrase_content_hint"),
        )
    )
    if chosen is not None:
        ask = confirm(
            t,
            title=t("inquiries.phrase_delete"),
            text=t.md("inquiries.phrase_delete_ask", name=chosen.name),
            yes=t("inquiries.phrase_delete"),
            danger=True,
        )
        delete = button(
            t("inquiries.phrase_delete"), InquiryAction.PHRASE_DELETE, encode(ref), style="danger", confirm=ask
        )
        blocks.append(actions(delete))
    return modal(
        t("inquiries.phrase"),
        blocks,
        callback_id=InquiryView.PHRASE,
        close=t("common.close"),
        submit=t("inquiries.phrase_save"),
        metadata=encode(ref),
    )
