"""The inputs of a store's form, as the setup shows them step by step and the settings part by part."""

from collections.abc import Collection, Sequence
from typing import Any

from handlers.blocks import Block, actions, button, context, divider, input_block, option, section, text_input
from handlers.common_views.stores import LABELS, category_name
from handlers.guide.ids import GuideAction
from handlers.stores.ids import SetupAction
from handlers.texts import Texts
from tmon.models.stores import ConfirmMode
from tmon.stores.categories import offered_categories
from tmon.stores.fields import EXTEND_DAYS, MAX, MAX_WORKERS
from tmon.stores.form import StoreForm

HEADERS = {1: "setup.api", 2: "setup.contact", 3: "setup.settings"}
"""Titles of the steps."""
_CEILING_LENGTH = 20
_PASTED = (
    "seller_id",
    "api_key",
    "access_key",
    "secret_key",
    "personal_data_key",
    "policy_no",
    "contact_phone",
    "contact_mobile",
)
"""Fields that are pasted, often with blanks around them, which are trimmed."""
_ROOM = 20
"""Characters that a pasted value may have more than its rule allows."""


def inputs(
    t: Texts,
    number: int,
    form: StoreForm,
    *,
    has_key: bool,
    has_vendor: bool,
    runple: bool,
    more: bool,
    no_reviews: bool = False,
    tops: Sequence[str] = (),
) -> list[Block]:
    """The fields of one step with their values. `has_key`, `has_vendor`, `runple`, `tops`: see `step`.

    `more`: whether the fields behind 더 보기 are shown; they always are if they have a value.
    `no_reviews`: TMON is known not to offer them.
    """
    if number == 1:
        return _api(t, form, has_key, has_vendor, more or has_vendor, tops)
    return _contact(t, form) if number == 2 else _settings(t, form, runple, more, no_reviews)


def renewed(blocks: Sequence[Block], fields: Collection[str], suffix: str) -> list[Block]:
    """Give the inputs of `fields` new block ids: Slack keeps what was typed into an input whose block id it knows."""
    return [
        {**block, "block_id": f"{block['block_id']}~{suffix}"}
        if block["type"] == "input" and block["block_id"] in fields
        else block
        for block in blocks
    ]


def _api(t: Texts, form: StoreForm, has_key: bool, has_vendor: bool, more: bool, tops: Sequence[str]) -> list[Block]:
    kept = t("setup.secret_kept")
    categories = [option(category_name(t, name), name) for name in offered_categories(tops, form.category)]
    return [
        section(
            t("setup.api_guide_again" if has_key else "setup.api_guide"),
            accessory=button(t("setup.api_guide_open"), GuideAction.OPEN, "key"),
        ),
        text_field(t, "seller_id", form.seller_id, hint=t("setup.seller_id_hint"), focus=not has_key),
        text_field(t, "store_name", form.store_name, optional=True, hint=t("setup.store_name_hint")),
        text_field(t, "api_key", "", optional=has_key, hint=kept if has_key else t("setup.api_key_hint")),
        input_block(
            "category",
            t("setup.category"),
            _chosen({"type": "static_select", "options": categories}, form.category),
            optional=True,
            hint=t("setup.category_hint"),
        ),
        context(t("setup.settlement")),
        text_field(t, "memo", form.memo, optional=True, multiline=True),
        *(_vendor(t, form, has_vendor) if more else [actions(button(t("setup.more"), SetupAction.MORE))]),
    ]


def _vendor(t: Texts, form: StoreForm, has_vendor: bool) -> list[Block]:
    kept = t("setup.secret_kept")
    return [
        divider(),
        section(t("setup.advanced")),
        text_field(
            t, "vendor_code", form.vendor_code, optional=True, hint=t("setup.vendor_code_hint") if has_vendor else None
        ),
        text_field(t, "access_key", "", optional=True, hint=kept if has_vendor else None),
        text_field(t, "secret_key", "", optional=True, hint=kept if has_vendor else None),
        text_field(
            t, "personal_data_key", "", optional=True, hint=kept if has_vendor else t("setup.personal_data_key_hint")
        ),
        text_field(t, "policy_no", form.policy_no, optional=True, hint=t("setup.policy_no_hint")),
    ]


def _contact(t: Texts, form: StoreForm) -> list[Block]:
    user: Block = {"type": "users_select", "action_id": SetupAction.ACCOUNT}
    if form.contact_user:
        user["initial_user"] = form.contact_user
    return [
        context(t("setup.contact_note")),
        text_field(t, "contact_name", form.contact_name),
        text_field(t, "contact_title", form.contact_title, optional=True),
        text_field(t, "contact_email", form.contact_email),
        text_field(t, "contact_phone", form.contact_phone, optional=True, hint=t("setup.phone_hint")),
        text_field(t, "contact_mobile", form.contact_mobile, optional=True, hint=t("setup.mobile_hint")),
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


def _settings(t: Texts, form: StoreForm, runple: bool, more: bool, no_reviews: bool) -> list[Block]:
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
    cs_workers: Block = {"type": "multi_users_select", "max_selected_items": MAX_WORKERS}
    if form.cs_workers:
        cs_workers["initial_users"] = form.cs_workers
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
        _switch(t, "cs", form.cs, hint=t("setup.cs_hint_no_reviews" if no_reviews else "setup.cs_hint")),
        _switch(t, "stock", form.stock),
        input_block(
            "extend_days",
            t("setup.extend"),
            _chosen({"type": "static_select", "options": periods}, str(form.extend_days)),
        ),
        input_block("workers", t("setup.workers"), workers, optional=True, hint=t("setup.workers_hint")),
        input_block("cs_workers", t("setup.cs_workers"), cs_workers, optional=True, hint=t("setup.cs_workers_hint")),
    ]


def text_field(
    t: Texts,
    field: str,
    initial: str,
    *,
    optional: bool = False,
    multiline: bool = False,
    hint: str | None = None,
    focus: bool = False,
) -> Block:
    """The input of a field that is typed."""
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
