"""Views of stores: the list, the state of an approval, the removal form."""

from collections.abc import Sequence
from typing import Any

from handlers.blocks import (
    Block,
    actions,
    button,
    button_beside,
    confirm,
    context,
    divider,
    input_block,
    modal,
    option,
    overflow,
    pager,
    section,
    text_input,
)
from handlers.common_views.next_step import next_step_buttons, next_step_text
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.stores import (
    PAGE,
    category_name,
    channel,
    confirm_email_button,
    is_key_refused,
    last_success,
    problems,
    remedies,
    state_label,
    waits_for_start,
    why_key,
    why_not_approved,
)
from handlers.home.ids import HomeAction
from handlers.payloads import encode
from handlers.stores.ids import (
    AutoRef,
    MenuRef,
    SettingsAction,
    SetupAction,
    SetupRef,
    StoreAction,
    StoreListRef,
    StoreView,
    StoreViewRef,
)
from handlers.texts import Texts, escape, mention
from tmon.dashboard.checklist import Checklist
from tmon.dashboard.stores import Overview
from tmon.models.stores import ConfirmMode, Store, StoreState
from tmon.pages import Page
from tmon.permissions import Permission, Person, has_permission, managers, operators
from tmon.stores.fields import MAX


def result(
    t: Texts, store: Store, waiting: int | None, checklist: Checklist, channel_error: str | None = None
) -> list[Block]:
    """The state of a store's approval and what to do next.

    `checklist`: its next step has a button here, as on the home tab.
    `waiting`: orders that wait for the start of automatic confirmation, None before the first collection.
    `channel_error`: the reason why no message reached the channel, if that was just tried.
    """
    approved = store.state is StoreState.APPROVED
    asks = approved and waits_for_start(store)
    lines = _state(t, store, why_not_approved(t, store))
    if approved and store.active and not asks:
        lines.append(_next_orders(t, store, waiting))
    blocks = [section("\n".join(lines))]
    if channel_error is not None:
        blocks.append(section(channel_error))
    elif store.channel_ok:
        blocks.append(context(t.md("stores.channel_reached", channel=channel(store))))
    else:
        blocks.append(section(t.md("stores.channel_unreached", channel=channel(store))))
    if not store.contact_confirmed:
        blocks.append(section(t("stores.email_unconfirmed"), accessory=confirm_email_button(t, store)))
    if not store.sync_on:
        blocks.append(section(t("stores.paused")))
    if asks:
        blocks += [divider(), *auto_offer(t, store, waiting), divider()]
    if _goes_on(store) and (following := next_step_text(t, checklist)):
        blocks.append(section(following))
    blocks.append(actions(*_next_steps(t, store, waiting, checklist)))
    return blocks


def _goes_on(store: Store) -> bool:
    """Whether nothing but the next step of the checklist is left to do."""
    return store.state is StoreState.APPROVED and store.channel_ok


def key_state(t: Texts, store: Store) -> list[str]:
    """What became of the store's key: its state, and what that means, above the field for another one."""
    return _state(t, store, why_key(t, store))


def _state(t: Texts, store: Store, why: Sequence[str]) -> list[str]:
    title = t.md("stores.result_title", state=state_label(t, store), name=store.name)
    if store.state is StoreState.APPROVED:
        return [title, t("stores.result_approved")]
    return [title, *why]


def _next_orders(t: Texts, store: Store, waiting: int | None) -> str:
    begun = [t("stores.auto_begun")] if store.confirm_mode is not ConfirmMode.MANUAL else []
    if not store.order_on:
        return "\n".join([*begun, t("stores.orders_off")])
    if waiting is None:
        return "\n".join([*begun, t("stores.first_orders_later")])
    key = "stores.first_orders" if waiting else "stores.first_orders_none"
    return "\n".join([*begun, t(key, n=waiting)])


def _next_steps(t: Texts, store: Store, waiting: int | None, checklist: Checklist) -> list[Block]:
    """The buttons that go on from here, the most urgent one first."""
    if is_key_refused(store):
        return [*next_step_buttons(t, checklist), *partner_center_buttons(t), _edit(t, store)]
    if not _goes_on(store):
        return [_recheck(t, store), _edit(t, store)]
    orders = [_go(t("stores.go_orders"), "orders", store)] if waiting else []
    style = None if waits_for_start(store) else "primary"
    return [*orders, *next_step_buttons(t, checklist, style), _edit(t, store)]


def _go(text: str, word: str, store: Store | None = None) -> Block:
    """A button that runs a subcommand, for `store` if it needs one: named by its id, since its name may change."""
    return button(text, f"{HomeAction.GO}#{word}", f"{word} {store.id}" if store is not None else word)


def greeting(t: Texts, store: Store, who: str, waiting: int | None) -> dict[str, Any]:
    """The first message to the store's channel. `waiting`: orders that wait, None while that is not known."""
    text = t.md("stores.greeting", name=store.name, who=mention(who))
    if store.worker_ids:
        rights = t.md("stores.greeting_workers", people=mention(*operators(store)))
    else:
        rights = t.md("stores.greeting_rights", people=mention(*managers(store)))
    lines = (
        [] if waiting is None else [t("stores.greeting_waiting", n=waiting) if waiting else t("status.nothing_waits")]
    )
    return {
        "text": text,
        "blocks": [
            section("\n".join([text, *lines])),
            context(rights),
            actions(_go(t("stores.go_orders"), "orders", store), _go(t("stores.go_help"), "help")),
        ],
    }


def channel_lost(t: Texts, store: Store, text: str) -> list[Block]:
    """`text`, which says that the channel rejects messages, and the buttons that help."""
    return [section(text), actions(_recheck(t, store), _edit(t, store))]


def to_settings(t: Texts, store: Store, text: str) -> list[Block]:
    """`text`, and the way to the settings of `store`."""
    open_ = button(t("settings.open"), SettingsAction.OPEN, encode(StoreViewRef(store=store.id)), style="primary")
    return [section(text), actions(open_)]


def worker_chosen(t: Texts, store: Store, user: str, who: str) -> str:
    """The message to `user`, whom `who` chose to confirm orders or to answer questions."""
    key = "stores.worker_chosen" if user in store.worker_ids else "stores.cs_worker_chosen"
    return t.md(key, name=store.name, channel=channel(store), who=mention(who))


def _recheck(t: Texts, store: Store) -> Block:
    return button(t("stores.recheck"), StoreAction.RECHECK, encode(StoreListRef(store=store.id)), style="primary")


def _edit(t: Texts, store: Store) -> Block:
    return button(t("setup.edit"), SetupAction.EDIT, encode(SetupRef(store=store.id)))


def auto_form(t: Texts, store: Store, waiting: int | None) -> Block:
    """The modal that asks what to do with waiting orders before automatic confirmation starts."""
    return modal(
        t("stores.auto_title"),
        auto_offer(t, store, waiting),
        callback_id=StoreView.AUTO,
        close=t("common.close"),
    )


def auto_offer(t: Texts, store: Store, waiting: int | None) -> list[Block]:
    """The number of waiting orders, and the buttons that start automatic confirmation."""
    if waiting is None:
        return [section(t("stores.auto_later"))]
    buttons = [
        button(
            t("stores.start_auto") if not waiting else t("stores.start_auto_new"),
            f"{StoreAction.START_AUTO}#new",
            encode(AutoRef(store=store.id)),
            style="primary",
        )
    ]
    if waiting:
        buttons.append(
            button(
                t("stores.start_auto_all", n=waiting),
                f"{StoreAction.START_AUTO}#all",
                encode(AutoRef(store=store.id, include_waiting=True)),
                confirm=confirm(
                    t,
                    title=t("stores.start_auto_all", n=waiting),
                    text=t("stores.start_auto_all_text", n=waiting),
                    yes=t("stores.start_auto"),
                ),
            )
        )
    return [section(t.md("stores.auto_offer", name=store.name, n=waiting)), actions(*buttons)]


def store_list(t: Texts, person: Person, stores: Sequence[Overview], page: int) -> Block:
    """One page of stores, with buttons for the people who manage them."""
    shown = Page.of(stores, page, PAGE)
    blocks: list[Block] = []
    for overview in shown.items:
        blocks += _entry(t, person, overview, shown.number)
    blocks += pager(t, StoreAction.PAGE, StoreListRef(), shown)
    return modal(
        t("stores.title"),
        blocks or [section(t("common.no_stores"))],
        callback_id=StoreView.LIST,
        close=t("common.close"),
        metadata=encode(StoreListRef(page=shown.number)),
    )


def _entry(t: Texts, person: Person, overview: Overview, page: int) -> list[Block]:
    store = overview.store
    lines = [
        t.md("stores.entry", name=store.name, state=state_label(t, store)),
        _facts(t, store),
        *problems(t, store, overview.collections),
    ]
    blocks = [section("\n".join(lines)), context(last_success(t, overview))]
    if has_permission(person, Permission.MANAGE, store):
        blocks.append(actions(*_buttons(t, person, store, page)))
    return [*blocks, divider()]


def _facts(t: Texts, store: Store) -> str:
    parts = [
        t.md("stores.entry_seller", seller=store.seller_id),
        escape(category_name(t, store.category)),
        channel(store),
    ]
    return " · ".join(filter(None, parts))


def _buttons(t: Texts, person: Person, store: Store, page: int) -> list[Block]:
    ref = encode(StoreListRef(store=store.id, page=page))
    buttons = [
        *remedies(t, person, store),
        button_beside(
            t, t("settings.open"), store.name, SettingsAction.OPEN, encode(StoreViewRef(store=store.id, page=page))
        ),
    ]
    if not store.sync_on:
        return [
            *buttons,
            button_beside(t, t("stores.resume"), store.name, StoreAction.RESUME, ref),
        ]
    return [*buttons, menu(t, store, page, removable=False)]


def menu(t: Texts, store: Store, page: int | None, *, removable: bool) -> Block:
    """The menu of what is done once in a life of a store; each option opens a view that confirms it."""
    chosen = [(StoreView.PAUSE, t("stores.pause"))] if store.sync_on else []
    chosen += [(StoreView.REMOVE, t("stores.remove"))] if removable else []
    refs = [(text, MenuRef(store=store.id, page=page, view=view)) for view, text in chosen]
    return overflow(f"{StoreAction.MENU}#{store.id}", *(option(text, encode(ref)) for text, ref in refs))


def pause_form(t: Texts, store: Store, waiting: int, ref: MenuRef) -> Block:
    """The view that confirms 연동 중지. `waiting`: open orders."""
    return modal(
        t("stores.pause_title"),
        [section(t.md("stores.pause_text", name=store.name)), section(_what_waits(t, waiting))],
        callback_id=StoreView.PAUSE,
        close=t("common.close"),
        submit=t("stores.pause"),
        metadata=encode(ref),
    )


def removal_form(t: Texts, store: Store, waiting: int, ref: MenuRef) -> Block:
    """The view that confirms 삭제; with open orders the store's name must be typed."""
    if waiting:
        blocks = [
            section(t.md("stores.removal_text", name=store.name, n=waiting)),
            input_block(
                "typed_name",
                t("stores.typed_name"),
                text_input(max_length=MAX["store_name"]),
                hint=t("stores.typed_name_hint", name=store.name),
            ),
        ]
    else:
        blocks = [section(t.md("stores.remove_text", name=store.name)), section(_what_waits(t, 0))]
    return modal(
        t("stores.removal_title"),
        blocks,
        callback_id=StoreView.REMOVE,
        close=t("common.close"),
        submit=t("stores.remove"),
        metadata=encode(ref),
    )


def _what_waits(t: Texts, waiting: int) -> str:
    return t("stores.open_orders", n=waiting) if waiting else t("stores.open_orders_none")
