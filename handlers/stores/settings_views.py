"""The settings view of a store, the forms of its parts, the preview of a change, and the message about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from handlers.blocks import (
    Block,
    actions,
    button,
    context,
    divider,
    escape_title,
    header,
    input_block,
    modal,
    option,
    section,
)
from handlers.common_views.stock import push_blocks
from handlers.common_views.stores import (
    LABELS,
    category_name,
    is_key_refused,
    last_success,
    problems,
    remedies,
    state_label,
    store_notes,
)
from handlers.payloads import encode
from handlers.stores.form_views import HEADERS, inputs, renewed
from handlers.stores.ids import (
    ChangeRef,
    HandoverAction,
    PartRef,
    SettingsAction,
    SettingsView,
    StoreAction,
    StoreListRef,
    StoreViewRef,
)
from handlers.stores.views import menu
from handlers.texts import Markup, Texts, mention
from tmon.dashboard.stores import Overview
from tmon.models.products import Deal
from tmon.models.stores import ApiGroup, ConfirmMode, Store, StoreState
from tmon.permissions import Permission, Person, has_permission
from tmon.products.sale_period.service import FirstRun
from tmon.stock.push_preview import PushPreview
from tmon.stores.change_preview import ChangeEffect, ChangePreview
from tmon.stores.fields import STEP_FIELDS
from tmon.stores.form import StoreForm
from tmon.stores.settings import Part

FORMS = {Part.API: SettingsView.API, Part.CONTACT: SettingsView.CONTACT, Part.SETTINGS: SettingsView.SETTINGS}
"""The form of each part."""
_DEALS = 5
"""Deals that are named in the preview."""
_TITLE = 60


def store_view(
    t: Texts,
    person: Person,
    overview: Overview,
    page: int | None = None,
    note: str = "",
    parts: Sequence[Block] = (),
) -> Block:
    """The settings view: state and settings of a store; people who manage it get a button to edit each part.

    `page`: the page of the list of stores from which it was opened. `note`: the result of saving.
    `parts`: what other features add.
    """
    store = overview.store
    manages = has_permission(person, Permission.MANAGE, store)
    lines = [
        t.md("stores.entry", name=store.name, state=state_label(t, store)),
        *problems(t, store, overview.collections),
    ]
    blocks: list[Block] = [
        *([section(note)] if note else []),
        section("\n".join(lines)),
        context(last_success(t, overview)),
        divider(),
        _part(t, store, Part.API, _api_lines(t, store), page, manages=manages),
        _part(t, store, Part.CONTACT, _contact_lines(t, store), page, manages=manages),
        _part(
            t,
            store,
            Part.SETTINGS,
            _setting_lines(t, store, store_notes(t, store, overview.collections)),
            page,
            manages=manages,
        ),
        *([divider(), *parts] if parts else []),
        divider(),
    ]
    ref = encode(StoreViewRef(store=store.id, page=page))
    buttons = []
    if manages:
        if store.state is not StoreState.APPROVED or not store.channel_ok:
            value = encode(StoreListRef(store=store.id))
            buttons.append(
                button(
                    t("stores.recheck"), StoreAction.RECHECK, value, style=None if is_key_refused(store) else "primary"
                )
            )
        buttons += [
            button(t("settings.test"), SettingsAction.TEST, ref),
            button(t("settings.notice"), SettingsAction.NOTICE, ref),
            button(t("handover.open"), HandoverAction.OPEN, ref),
        ]
        buttons = [*remedies(t, person, store, style="primary"), *buttons]
    if page is not None:
        buttons.append(button(t("settings.to_list"), StoreAction.PAGE, encode(StoreListRef(page=page))))
    if manages:
        buttons.append(menu(t, store, page, removable=True))
    if buttons:
        blocks.append(actions(*buttons))
    return modal(t("settings.title"), blocks, callback_id=SettingsView.STORE, close=t("common.close"), metadata=ref)


def _part(t: Texts, store: Store, part: Part, lines: Sequence[str], page: int | None, *, manages: bool) -> Block:
    edit = button(
        t("settings.edit"),
        f"{SettingsAction.EDIT}#{part}",
        encode(PartRef(store=store.id, part=part, page=page)),
        label=t("settings.edit_label", part=t(HEADERS[part])),
    )
    return section("\n".join([f"*{t(HEADERS[part])}*", *lines]), accessory=edit if manages else None)


def _api_lines(t: Texts, store: Store) -> list[str]:
    return [
        t.md("settings.line", label=t("setup.seller_id"), value=store.seller_id),
        t.md("settings.line", label=t("setup.api_key"), value=t("settings.key_kept")),
        *(
            [t.md("settings.line", label=t("setup.category"), value=category_name(t, store.category))]
            if store.category
            else []
        ),
    ]


def _contact_lines(t: Texts, store: Store) -> list[str]:
    user = mention(store.contact_user_id) if store.contact_user_id else t("settings.contact_by_email")
    return [t("settings.contact_hidden"), t.md("settings.line", label=t("setup.contact_user"), value=user)]


def _setting_lines(t: Texts, store: Store, remarks: Sequence[str] = ()) -> list[str]:
    """The settings in a few lines: the switches in two, limits only if confirmation is automatic.

    `remarks`: what TMON does not offer, beside the switches.
    """
    first: dict[str, Any] = {"sync": store.sync_on, "confirm_mode": store.confirm_mode}
    if store.confirm_mode is not ConfirmMode.MANUAL:
        first["auto_max_amount"] = str(store.auto_max_amount or "")
        first["auto_max_quantity"] = str(store.auto_max_quantity or "")
    rest = {"extend_days": store.extend_days, "channel": store.channel_id, "workers": store.worker_ids}
    if store.cs_worker_ids:
        rest["cs_workers"] = store.cs_worker_ids
    return [*_lines(t, first), *_switch_lines(t, store), *remarks, *_lines(t, rest)]


def chosen(t: Texts, store: Store) -> list[Block]:
    """What the defaults have chosen for a new store."""
    contact = {"contact_user": store.contact_user_id} if store.contact_user_id else {}
    lines = [*_lines(t, contact), *_setting_lines(t, store)]
    return [divider(), section("\n".join([t("setup.defaults_chosen"), *lines]))]


def _lines(t: Texts, values: Mapping[str, Any]) -> list[str]:
    return [
        t.md("settings.line", label=t(LABELS[name]), value=value_words(t, name, value))
        for name, value in values.items()
    ]


def _switch_lines(t: Texts, store: Store) -> list[str]:
    lines = []
    for on, key in ((True, "settings.groups_on"), (False, "settings.groups_off")):
        names = [t(LABELS[group]) for group in ApiGroup if getattr(store, f"{group}_on") is on]
        if names:
            lines.append(t(key, names=", ".join(names)))
    return lines


def value_words(t: Texts, name: str, value: Any) -> str:
    """The value of a setting as the form words it."""
    if isinstance(value, bool):
        return t("setup.on") if value else t("setup.off")
    if name == "confirm_mode":
        return t.of("setup", ConfirmMode(value))
    if name in ("auto_max_amount", "auto_max_quantity"):
        return _ceiling_words(t, name, value)
    if name == "extend_days":
        return t("setup.extend_days", days=value) if value else t("setup.off")
    if name == "channel":
        return Markup(f"<#{value}>")
    if name == "contact_user":
        return mention(value)
    if name in ("workers", "cs_workers"):
        return (
            mention(*value) if value else t("settings.nobody_chosen" if name == "workers" else "settings.same_people")
        )
    return str(value)


def _ceiling_words(t: Texts, name: str, value: str) -> str:
    if not value:
        return t("settings.no_ceiling")
    return t.money(int(value)) if name == "auto_max_amount" else t("settings.pieces", n=int(value))


def form(
    t: Texts,
    store: Store,
    filled: StoreForm,
    ref: PartRef,
    *,
    tops: Sequence[str] = (),
    changed_meanwhile: bool = False,
) -> Block:
    """The form of one part. `tops`: TMON's top-level categories, if they are known.

    `changed_meanwhile`: by somebody else, so it shows the stored values again.
    """
    notes = {
        Part.API: t("settings.api_note"),
        Part.CONTACT: t("settings.contact_note"),
        Part.SETTINGS: t("settings.settings_note"),
    }
    fields = inputs(
        t,
        ref.part,
        filled,
        has_key=True,
        has_vendor=bool(filled.vendor_code),
        runple=store.runple,
        more=ref.more,
        no_reviews=ref.no_reviews,
        tops=tops,
    )
    if changed_meanwhile:
        fields = renewed(fields, STEP_FIELDS[ref.part], f"{store.updated_at.timestamp():.0f}")
    blocks = [
        *([section(t("settings.changed_meanwhile"))] if changed_meanwhile else []),
        context(t.md("settings.about", name=store.name), notes[ref.part]),
        *fields,
    ]
    return modal(
        t(HEADERS[ref.part]),
        blocks,
        callback_id=FORMS[ref.part],
        close=t("common.close"),
        submit=t("setup.save"),
        metadata=encode(ref),
    )


def effects(
    t: Texts,
    store: Store,
    preview: ChangePreview,
    ref: ChangeRef,
    first_run: FirstRun | None = None,
    *,
    push: PushPreview | None = None,
    anew: bool = False,
) -> Block:
    """The preview: the effects of saving, and the questions that come with them, before anything is saved.

    `first_run`: of the extension of sale periods, where saving begins it. `push`: what changes at TMON if the stock sync
    is turned on. `anew`: that has changed since it was shown.
    """
    lines = [f"• {_effect(t, effect)}" for effect in preview.effects]
    if first_run is not None:
        moments = {"moment": t.moment(first_run.due_at), "preview": t.moment(first_run.previewed_at)}
        lines.append(f"• {t('settings.effect_extend_first', **moments)}")
    blocks: list[Block] = [
        *([section(t("push.changed"))] if anew else []),
        header(t("settings.effects_head")),
        context(t.md("settings.about", name=store.name)),
        section("\n".join(lines)),
    ]
    if preview.waiting is not None:
        choices = [
            option(t("settings.take_no"), "no", t("settings.take_no_text")),
            option(t("settings.take_yes", n=preview.waiting), "yes", t("settings.take_yes_text")),
        ]
        blocks.append(
            input_block(
                "take_waiting",
                t("settings.take", n=preview.waiting),
                {"type": "radio_buttons", "options": choices},
            )
        )
    if first_run is not None and first_run.lapsing:
        blocks += _lapsing(t, first_run.lapsing)
    if push is not None:
        blocks += push_blocks(t, push)
    blocks.append(actions(button(t("setup.back"), SettingsAction.BACK)))
    return modal(
        t("setup.settings"),
        blocks,
        callback_id=SettingsView.EFFECTS,
        close=t("common.close"),
        submit=t("setup.save"),
        metadata=encode(ref),
    )


def _lapsing(t: Texts, deals: Sequence[Deal]) -> list[Block]:
    """What ends before the first run, and the offer to extend it at once."""
    lines = [
        t.md("settings.lapse_deal", title=escape_title(deal.title, _TITLE), moment=t.moment(deal.sales_end))
        for deal in deals[:_DEALS]
        if deal.sales_end is not None
    ]
    if len(deals) > _DEALS:
        lines.append(t("settings.lapse_more", n=len(deals) - _DEALS))
    return [
        section("\n".join([t("settings.lapse", n=len(deals)), *lines])),
        input_block(
            "extend_now",
            t("settings.extend_now"),
            {"type": "checkboxes", "options": [option(t("settings.extend_now_yes", n=len(deals)), "yes")]},
            optional=True,
        ),
    ]


def _effect(t: Texts, effect: ChangeEffect) -> str:
    return t.md(effect.key, **{name: _effect_value(t, name, value) for name, value in effect.values.items()})


def _effect_value(t: Texts, name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return t.moment(value)
    if name == "channel":
        return Markup(f"<#{value}>")
    if name in ("auto_max_amount", "auto_max_quantity"):
        return _ceiling_words(t, name, value)
    return mention(*value) if name == "people" else value


def changed_text(t: Texts, store: Store, who: str, fields: Sequence[str], values: Mapping[str, Sequence[Any]]) -> str:
    """The message to the store's channel: settings with old and new values, other fields by name only."""
    lines = [t.md("settings.changed", who=mention(who), name=store.name)]
    for name, (before, after) in values.items():
        words = [value_words(t, name, value) for value in (before, after)]
        lines.append(t.md("settings.changed_value", label=t(LABELS[name]), before=words[0], after=words[1]))
    if fields:
        names = ", ".join(t(LABELS[name]) for name in fields)
        lines.append(t("settings.changed_fields", names=names))
    return "\n".join(lines)


def reading(t: Texts) -> Block:
    """The modal while TMON's stock is read."""
    return modal(
        t("setup.settings"), [section(t("push.reading"))], callback_id=SettingsView.RESULT, close=t("common.close")
    )


def saved(t: Texts, lines: Sequence[str]) -> Block:
    """The modal after saving."""
    return modal(
        t("settings.title"),
        [section("\n".join(lines))],
        callback_id=SettingsView.RESULT,
        close=t("common.close"),
    )
