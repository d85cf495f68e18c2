"""Views of the setup: the choice of what to set up, its three steps, the form of the key, the result."""

from collections.abc import Sequence

from handlers.blocks import (
    Block,
    actions,
    button,
    button_beside,
    clip,
    confirm,
    context,
    divider,
    header,
    modal,
    section,
)
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.stock import push_blocks
from handlers.common_views.stores import state_label
from handlers.guide.ids import GuideAction
from handlers.payloads import encode
from handlers.stores.form_views import HEADERS, inputs, renewed, text_field
from handlers.stores.ids import SAVE, KeyRef, PushRef, SetupAction, SetupRef, SetupView
from handlers.texts import Texts
from tmon.models.stores import Store
from tmon.stock.push_preview import PushPreview
from tmon.stores.drafts import DraftInfo
from tmon.stores.form import StoreForm

STEP_VIEWS = {1: SetupView.API, 2: SetupView.CONTACT, 3: SetupView.SETTINGS}
_MOST_CHOICES = 80


def choices(t: Texts, drafts: Sequence[DraftInfo], stores: Sequence[Store], channel: str = "") -> Block:
    """The choice: continue or discard a draft, register a new store, or edit an existing one.

    `channel`: the channel in which the choice was asked for.
    """
    names = {store.id: store.name for store in stores}
    blocks = [
        block
        for number, draft in enumerate(drafts)
        for block in _draft(t, draft, names.get(draft.store_id), first=number == 0)
    ]
    drafted = {draft.store_id for draft in drafts}
    blocks.append(
        section(
            t("setup.new_store_text"),
            accessory=button(
                t("setup.new_store"), SetupAction.NEW, confirm=_forget_draft(t) if "" in drafted else None
            ),
        )
    )
    if stores:
        blocks += [divider(), section(t("setup.existing"))]
    for store in stores[:_MOST_CHOICES]:
        blocks.append(
            section(
                t.md("setup.existing_store", name=store.name, state=state_label(t, store)),
                accessory=button_beside(
                    t,
                    t("setup.edit"),
                    store.name,
                    f"{SetupAction.EDIT}#{store.id}",
                    encode(SetupRef(store=store.id)),
                    confirm=_forget_draft(t) if store.id in drafted else None,
                ),
            )
        )
    if len(stores) > _MOST_CHOICES:
        blocks.append(context(t("setup.more_stores")))
    return modal(
        t("setup.title"),
        blocks,
        callback_id=SetupView.CHOICES,
        close=t("common.close"),
        metadata=encode(SetupRef(channel=channel)),
    )


def _draft(t: Texts, draft: DraftInfo, store_name: str | None, *, first: bool) -> list[Block]:
    name, ref = store_name or draft.name or t("setup.unnamed"), encode(SetupRef(store=draft.store_id))
    which = draft.store_id or "new"
    ask = confirm(
        t,
        title=t("setup.discard_title"),
        text=t.md("setup.discard_text", name=clip(name, 60)),
        yes=t("setup.discard"),
        danger=True,
    )
    return [
        section(t.md("setup.draft", name=name, step=draft.step, moment=t.moment(draft.updated_at))),
        actions(
            button_beside(
                t, t("setup.resume"), name, f"{SetupAction.RESUME}#{which}", ref, style="primary" if first else None
            ),
            button_beside(t, t("setup.discard"), name, f"{SetupAction.DISCARD}#{which}", ref, confirm=ask),
        ),
    ]


def _forget_draft(t: Texts) -> Block:
    return confirm(t, title=t("setup.forget_title"), text=t("setup.forget_text"), yes=t("setup.forget_yes"))


def step(
    t: Texts,
    number: int,
    form: StoreForm,
    ref: SetupRef,
    *,
    has_key: bool = False,
    has_vendor: bool = False,
    runple: bool = False,
    note: str = "",
    example: bool = False,
    tops: Sequence[str] = (),
) -> Block:
    """One step of the form. `has_key`, `has_vendor`: such secrets are stored already, so blank means unchanged.

    `runple`: the store is marked as a Runple user, and may choose 런플상품발주. `note`: what TMON said to the key. `example`: whether
    there are example values to fill in. `tops`: what TMON names as top-level categories; empty: the fixed list is offered.
    """
    blocks = [
        header(t(HEADERS[number])),
        *([section(note)] if note else []),
        *(_defaults(t) if number == 2 and ref.accepted and not ref.store else []),
        context(t("setup.draft_note") if number == 1 else t("setup.draft_kept")),
        *([actions(button(t("setup.example"), SetupAction.EXAMPLE))] if example and number == 1 else []),
        *inputs(t, number, form, has_key=has_key, has_vendor=has_vendor, runple=runple, more=ref.more, tops=tops),
    ]
    if number > 1:
        blocks.append(actions(button(t("setup.back"), SetupAction.BACK)))
    return modal(
        t("setup.step_title", step=number),
        blocks,
        callback_id=STEP_VIEWS[number],
        close=t("common.close"),
        submit=t("setup.save") if number == len(STEP_VIEWS) else t("setup.next"),
        metadata=encode(ref),
    )


def _defaults(t: Texts) -> list[Block]:
    """The way past the other steps, and what it chooses."""
    return [
        section(t("setup.defaults_text")),
        actions(button(t("setup.defaults"), SetupAction.DEFAULTS)),
        divider(),
    ]


def with_example(view: Block, form: StoreForm) -> Block:
    """Put the example values of `form` into the first step, its key too: it opens nothing but the sandbox."""
    blocks = []
    for block in view["blocks"]:
        if block.get("block_id") == "api_key":
            block = {**block, "element": {**block["element"], "initial_value": form.api_key}}
        blocks.append(block)
    return {**view, "blocks": renewed(blocks, ("seller_id", "store_name", "api_key"), "example")}


def key_form(t: Texts, ref: KeyRef, seller_id: str, text: str) -> Block:
    """The form with nothing but the key. `text`: what is wrong with the stored one."""
    return modal(
        t("setup.key_title"),
        [
            section(text),
            context(t.md("setup.key_seller", seller=seller_id)),
            text_field(t, "api_key", "", hint=t("setup.api_key_hint"), focus=True),
            actions(
                button(t("setup.back"), SetupAction.BACK)
                if ref.step
                else button(t("setup.edit"), SetupAction.EDIT, encode(SetupRef(store=ref.store))),
                *partner_center_buttons(t),
                button(t("setup.api_guide_open"), GuideAction.OPEN, "key"),
            ),
        ],
        callback_id=SetupView.KEY,
        close=t("common.close"),
        submit=t("setup.save") if ref.step in (0, SAVE) else t("setup.next"),
        metadata=encode(ref),
    )


def push_view(t: Texts, store: Store, push: PushPreview, ref: PushRef, *, anew: bool = False) -> Block:
    """What the stock sync would change at TMON. `anew`: that has changed since it was shown."""
    return modal(
        t("setup.title"),
        [
            *([section(t("push.changed"))] if anew else []),
            section(t.md("setup.push", name=store.name)),
            *push_blocks(t, push),
        ],
        callback_id=SetupView.PUSH,
        close=t("common.close"),
        submit=t("setup.save"),
        metadata=encode(ref),
    )


def progress(t: Texts, *, slow: bool = False) -> Block:
    """The modal while TMON is being asked. `slow`: it takes longer than usual."""
    return modal(
        t("setup.title"),
        [section(t("setup.asking_slow") if slow else t("setup.asking"))],
        callback_id=SetupView.RESULT,
        close=t("common.close"),
    )


def result(t: Texts, blocks: Sequence[Block]) -> Block:
    """The modal with the result of saving or checking."""
    return modal(t("setup.result_title"), blocks, callback_id=SetupView.RESULT, close=t("common.close"))
