"""The setup form: the choice of what to set up, and three steps with the labels of TMON's guide."""

from collections.abc import Sequence
from typing import Any

from handlers.blocks import (
    Block,
    actions,
    button,
    confirm,
    context,
    divider,
    header,
    input_block,
    modal,
    option,
    section,
    text_input,
)
from handlers.common_views.stores import LABELS, state_label
from handlers.guide.ids import GuideAction
from handlers.payloads import encode
from handlers.stores.ids import SetupAction, SetupRef, SetupView
from handlers.texts import Texts
from tmon.models.stores import ConfirmMode, Store
from tmon.stores.categories import TOP_LEVEL
from tmon.stores.drafts import DraftInfo
from tmon.stores.fields import EXTEND_DAYS, MAX, MAX_WORKERS
from tmon.stores.form import StoreForm

STEP_VIEWS = {1: SetupView.API, 2: SetupView.CONTACT, 3: SetupView.SETTINGS}
HEADERS = {1: "setup.api", 2: "setup.contact", 3: "setup.settings"}
"""Titles of the steps."""
_MOST_CHOICES = 80
_CEILING_LENGTH = 20


def choices(t: Texts, drafts: Sequence[DraftInfo], stores: Sequence[Store]) -> Block:
    """The choice: continue a draft, register a new store, or edit an existing one."""
    names = {store.id: store.name for store in stores}
    blocks = [_draft(t, draft, names.get(draft.store_id)) for draft in drafts]
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
                ),
            )
        )
    if len(stores) > _MOST_CHOICES:
        blocks.append(context(t("setup.more_stores")))
    return modal(t("setup.title"), blocks, callback_id=SetupView.CHOICES, close=t("common.close"))


def _draft(t: Texts, draft: DraftInfo, store_name: str | None) -> Block:
    return section(
        t.md(
            "setup.draft",
            name=store_name or draft.name or t("setup.unnamed"),
            step=draft.step,
            moment=t.moment(draft.updated_at),
        ),
        accessory=button(
            t("setup.resume"),
            f"{SetupAction.RESUME}#{draft.store_id or 'new'}",
            encode(SetupRef(store=draft.store_id)),
            style="primary",
        ),
    )


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
) -> Block:
    """One step of the form. `has_key`, `has_vendor`: such secrets are stored already, so blank means unchanged.

    `runple`: the store is marked as a Runple user, and may choose 런플상품발주.
    """
    blocks = [
        header(t(HEADERS[number])),
        context(t("setup.draft_note") if number == 1 else t("setup.draft_kept")),
        *inputs(t, number, form, has_key=has_key, has_vendor=has_vendor, runple=runple),
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


def inputs(t: Texts, number: int, form: StoreForm, *, has_key: bool, has_vendor: bool, runple: bool) -> list[Block]:
    """The fields of one step with their values. `has_key`, `has_vendor`, `runple`: see `step`."""
    return {1: _api(t, form, has_key, has_vendor), 2: _contact(t, form), 3: _settings(t, form, runple)}[number]


def _api(t: Texts, form: StoreForm, has_key: bool, has_vendor: bool) -> list[Block]:
    kept = t("setup.secret_kept")
    categories = [option(name, name) for name in TOP_LEVEL]
    return [
        section(
            t("setup.api_guide_again" if has_key else "setup.api_guide"),
            accessory=button(t("setup.api_guide_open"), GuideAction.OPEN, "key"),
        ),
        _text(t, "seller_id", form.seller_id, hint=t("setup.seller_id_hint")),
        _text(t, "store_name", form.store_name, hint=t("setup.store_name_hint")),
        _text(t, "api_key", "", optional=has_key, hint=kept if has_key else t("setup.api_key_hint")),
        input_block(
            "category",
            t("setup.category"),
            _chosen({"type": "static_select", "options": categories}, form.category),
            hint=t("setup.category_hint"),
        ),
        section(t("setup.settlement")),
        _text(t, "memo", form.memo, optional=True, multiline=True),
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
    user: Block = {"type": "users_select"}
    if form.contact_user:
        user["initial_user"] = form.contact_user
    return [
        context(t("setup.contact_note")),
        _text(t, "contact_name", form.contact_name),
        _text(t, "contact_title", form.contact_title, optional=True),
        _text(t, "contact_email", form.contact_email),
        _text(t, "contact_phone", form.contact_phone, optional=True, hint=t("setup.phone_hint")),
        _text(t, "contact_mobile", form.contact_mobile, hint=t("setup.mobile_hint")),
        input_block("contact_user", t("setup.contact_user"), user, optional=True, hint=t("setup.contact_user_hint")),
    ]


def _settings(t: Texts, form: StoreForm, runple: bool) -> list[Block]:
    channel: Block = {
        "type": "conversations_select",
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
        _switch(t, "sync", form.sync, hint=t("setup.sync_hint")),
        input_block(
            "confirm_mode",
            t("setup.confirm_mode"),
            _chosen({"type": "radio_buttons", "options": modes}, form.confirm_mode),
        ),
        _ceiling(t, "auto_max_amount", form.auto_max_amount, t("setup.auto_max_amount_hint")),
        _ceiling(t, "auto_max_quantity", form.auto_max_quantity, t("setup.auto_max_quantity_hint")),
        _switch(t, "product", form.product),
        _switch(t, "order", form.order, hint=t("setup.order_hint")),
        _switch(t, "cs", form.cs),
        _switch(t, "stock", form.stock),
        input_block(
            "extend_days",
            t("setup.extend"),
            _chosen({"type": "static_select", "options": periods}, str(form.extend_days)),
        ),
        input_block("channel", t("setup.channel"), channel, hint=t("setup.channel_hint")),
        input_block("workers", t("setup.workers"), workers, optional=True, hint=t("setup.workers_hint")),
    ]


def _text(
    t: Texts, field: str, initial: str, *, optional: bool = False, multiline: bool = False, hint: str | None = None
) -> Block:
    # room for hyphens and blanks of a pasted value, which are trimmed; we check the real limit
    room = MAX[field] + 20
    element = text_input(max_length=room, initial=initial, multiline=multiline)
    return input_block(field, t(LABELS[field]), element, optional=optional, hint=hint)


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
