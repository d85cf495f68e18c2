"""The setup form: the choice of what to set up, and three steps with the labels of TMON's guide."""

from collections.abc import Collection, Sequence
from typing import Any

from handlers.blocks import (
    Block,
    actions,
    button,
    clip,
    confirm,
    context,
    divider,
    header,
    input_block,
    modal,
    option,
    section,
    spoken,
    text_input,
)
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.stock import push_blocks
from handlers.common_views.stores import LABELS, category_name, state_label
from handlers.guide.ids import GuideAction
from handlers.payloads import encode
from handlers.stores.ids import KeyRef, PushRef, SetupAction, SetupRef, SetupView
from handlers.texts import Texts
from tmon.models.stores import ConfirmMode, Store
from tmon.stock.push_preview import PushPreview
from tmon.stores.categories import TOP_LEVEL
from tmon.stores.drafts import DraftInfo
from tmon.stores.fields import EXTEND_DAYS, MAX, MAX_WORKERS
from tmon.stores.form import StoreForm

STEP_VIEWS = {1: SetupView.API, 2: SetupView.CONTACT, 3: SetupView.SETTINGS}
HEADERS = {1: "setup.api", 2: "setup.contact", 3: "setup.settings"}
"""Titles of the steps."""
_MOST_CHOICES = 80
_CEILING_LENGTH = 20
_PASTED = ("seller_id", "api_key", "access_key", "secret_key", "personal_data_key", "contact_phone", "contact_mobile")
"""Fields that are pasted, often with blanks around them, which are trimmed."""
_ROOM = 20
"""Characters that a pasted value may have more than its rule allows."""


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
                accessory=button(
                    t("setup.edit"),
                    f"{SetupAction.EDIT}#{store.id}",
                    encode(SetupRef(store=store.id)),
                    confirm=_forget_draft(t) if store.id in drafted else None,
                    label=spoken(t, t("setup.edit"), store.name),
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
            button(
                t("setup.resume"),
                f"{SetupAction.RESUME}#{which}",
                ref,
                style="primary" if first else None,
                label=spoken(t, t("setup.resume"), name),
            ),
            button(
                t("setup.discard"),
                f"{SetupAction.DISCARD}#{which}",
                ref,
                confirm=ask,
                label=spoken(t, t("setup.discard"), name),
            ),
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
) -> Block:
    """One step of the form. `has_key`, `has_vendor`: such secrets are stored already, so blank means unchanged.

    `runple`: the store is marked as a Runple user, and may choose 런플상품발주. `note`: what TMON said to the key. `example`: whether
    there are example values to fill in.
    """
    blocks = [
        header(t(HEADERS[number])),
        *([section(note)] if note else []),
        *(_defaults(t) if number == 2 and ref.accepted and not ref.store else []),
        context(t("setup.draft_note") if number == 1 else t("setup.draft_kept")),
        *([actions(button(t("setup.example"), SetupAction.EXAMPLE))] if example and number == 1 else []),
        *inputs(t, number, form, has_key=has_key, has_vendor=has_vendor, runple=runple, more=ref.more),
    ]
    if number > 1:
        blocks.append(actions(button(t("setup.back"), SetupAction.BACK, str(number - 1))))
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


def inputs(
    t: Texts, number: int, form: StoreForm, *, has_key: bool, has_vendor: bool, runple: bool, more: bool
) -> list[Block]:
    """The fields of one step with their values. `has_key`, `has_vendor`, `runple`: see `step`.

    `more`: whether the fields behind 더 보기 are shown; they always are if they have a value.
    """
    if number == 1:
        return _api(t, form, has_key, has_vendor, more or has_vendor)
    return _contact(t, form) if number == 2 else _settings(t, form, runple, more)


def renewed(blocks: Sequence[Block], fields: Collection[str], suffix: str) -> list[Block]:
    """Give the inputs of `fields` new block ids: Slack keeps what was typed into an input whose block id it knows."""
    return [
        {**block, "block_id": f"{block['block_id']}~{suffix}"}
        if block["type"] == "input" and block["block_id"] in fields
        else block
        for block in blocks
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
            input_block(
                "api_key",
                t("setup.api_key"),
                {**text_input(max_length=MAX["api_key"] + _ROOM), "focus_on_load": True},
                hint=t("setup.api_key_hint"),
            ),
            actions(
                button(t("setup.back"), SetupAction.BACK, "1")
                if ref.step
                else button(t("setup.edit"), SetupAction.EDIT, encode(SetupRef(store=ref.store))),
                *partner_center_buttons(t),
                button(t("setup.api_guide_open"), GuideAction.OPEN, "key"),
            ),
        ],
        callback_id=SetupView.KEY,
        close=t("common.close"),
        submit={0: t("setup.save"), 4: t("setup.save")}.get(ref.step, t("setup.next")),
        metadata=encode(ref),
    )


def _api(t: Texts, form: StoreForm, has_key: bool, has_vendor: bool, more: bool) -> list[Block]:
    kept = t("setup.secret_kept")
    categories = [option(category_name(t, name), name) for name in TOP_LEVEL]
    return [
        section(
            t("setup.api_guide_again" if has_key else "setup.api_guide"),
            accessory=button(t("setup.api_guide_open"), GuideAction.OPEN, "key"),
        ),
        _text(t, "seller_id", form.seller_id, hint=t("setup.seller_id_hint"), focus=not has_key),
        _text(t, "store_name", form.store_name, optional=True, hint=t("setup.store_name_hint")),
        _text(t, "api_key", "", optional=has_key, hint=kept if has_key else t("setup.api_key_hint")),
        input_block(
            "category",
            t("setup.category"),
            _chosen({"type": "static_select", "options": categories}, form.category),
            optional=True,
            hint=t("setup.category_hint"),
        ),
        context(t("setup.settlement")),
        _text(t, "memo", form.memo, optional=True, multiline=True),
        *(_vendor(t, form, has_vendor) if more else [actions(button(t("setup.more"), SetupAction.MORE))]),
    ]


def _vendor(t: Texts, form: StoreForm, has_vendor: bool) -> list[Block]:
    kept = t("setup.secret_kept")
    return [
        divider(),
        section(t("setup.advanced")),
        _text(
            t, "vendor_code", form.vendor_code, optional=True, hint=t("setup.vendor_code_hint") if has_vendor else None
        ),
        _text(t, "access_key", "", optional=True, hint=kept if has_vendor else None),
        _text(t, "secret_key", "", optional=True, hint=kept if has_vendor else None),
        _text(
            t, "personal_data_key", "", optional=True, hint=kept if has_vendor else t("setup.personal_data_key_hint")
        ),
    ]


def _contact(t: Texts, form: StoreForm) -> list[Block]:
    user: Block = {"type": "users_select", "action_id": SetupAction.ACCOUNT}
    if form.contact_user:
        user["initial_user"] = form.contact_user
    return [
        context(t("setup.contact_note")),
        _text(t, "contact_name", form.contact_name),
        _text(t, "contact_title", form.contact_title, optional=True),
        _text(t, "contact_email", form.contact_email),
        _text(t, "contact_phone", form.contact_phone, optional=True, hint=t("setup.phone_hint")),
        _text(t, "contact_mobile", form.contact_mobile, optional=True, hint=t("setup.mobile_hint")),
        input_block(
            "contact_user",
            t("setup.contact_user"),
            user,
            optional=True,
            hint=t("setup.contact_user_hint"),
            dispatch=True,
        ),
        context(t("setup.contact_privacy")),
    ]


def _settings(t: Texts, form: StoreForm, runple: bool, more: bool) -> list[Block]:
    channel: Block = {
        "type": "conversations_select",
        "default_to_current_conversation": True,
        "filter": {
            "include": ["public", "private"],
            "exclude_bot_users": True,
            "exclude_external_shared_channels": True,
        },
    }
    if form.channel:
        channel["initial_conversation"] = form.channel
    workers: Block = {"type": "multi_users_select", "max_selected_items": MAX_WORKERS}
    if form.workers:
        workers["initial_users"] = form.workers
    modes = [
        option(t("setup.manual"), ConfirmMode.MANUAL, t("setup.manual_text")),
        option(t("setup.auto"), ConfirmMode.AUTO, t("setup.auto_text")),
    ]
    if runple:
        modes.append(option(t("setup.runple"), ConfirmMode.RUNPLE, t("setup.runple_text")))
    periods = [option(t("setup.extend_days", days=days) if days else t("setup.off"), str(days)) for days in EXTEND_DAYS]
    return [
        input_block("channel", t("setup.channel"), channel, hint=t("setup.channel_hint")),
        _switch(t, "sync", form.sync, hint=t("setup.sync_hint")),
        input_block(
            "confirm_mode",
            t("setup.confirm_mode"),
            _chosen({"type": "radio_buttons", "action_id": SetupAction.MODE, "options": modes}, form.confirm_mode),
            dispatch=True,
        ),
        *([] if form.confirm_mode is ConfirmMode.MANUAL else _ceilings(t, form, more)),
        _switch(t, "product", form.product),
        _switch(t, "order", form.order, hint=t("setup.order_hint")),
        _switch(t, "cs", form.cs),
        _switch(t, "stock", form.stock),
        input_block(
            "extend_days",
            t("setup.extend"),
            _chosen({"type": "static_select", "options": periods}, str(form.extend_days)),
        ),
        input_block("workers", t("setup.workers"), workers, optional=True, hint=t("setup.workers_hint")),
    ]


def _text(
    t: Texts,
    field: str,
    initial: str,
    *,
    optional: bool = False,
    multiline: bool = False,
    hint: str | None = None,
    focus: bool = False,
) -> Block:
    room = MAX[field] + (_ROOM if field in _PASTED else 0)
    element = text_input(max_length=room, initial=initial, multiline=multiline)
    if focus:
        element["focus_on_load"] = True
    return input_block(field, t(LABELS[field]), element, optional=optional, hint=hint)


def _ceilings(t: Texts, form: StoreForm, more: bool) -> list[Block]:
    """The limits of automatic confirmation, or the button that shows them."""
    if not (more or form.auto_max_amount or form.auto_max_quantity):
        return [actions(button(t("setup.more"), SetupAction.MORE))]
    return [
        _ceiling(t, "auto_max_amount", form.auto_max_amount, t("setup.auto_max_amount_hint")),
        _ceiling(t, "auto_max_quantity", form.auto_max_quantity, t("setup.auto_max_quantity_hint")),
    ]


def _ceiling(t: Texts, field: str, initial: str, hint: str) -> Block:
    element = text_input(max_length=_CEILING_LENGTH, initial=initial)
    return input_block(field, t(LABELS[field]), element, optional=True, hint=hint)


def _switch(t: Texts, field: str, on: bool, *, hint: str | None = None) -> Block:
    options = [option(t("setup.on"), "on"), option(t("setup.off"), "off")]
    element = _chosen({"type": "radio_buttons", "options": options}, "on" if on else "off")
    return input_block(field, t(LABELS[field]), element, hint=hint)


def _chosen(element: dict[str, Any], value: str) -> Block:
    """Return `element` with the option of `value` selected, if it has one."""
    found = next((choice for choice in element["options"] if choice["value"] == value), None)
    return element if found is None else {**element, "initial_option": found}


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
