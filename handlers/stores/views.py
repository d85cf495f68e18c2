"""Views of stores: the list, the state of an approval, the removal form."""

from collections.abc import Sequence

from handlers.blocks import (
    Block,
    actions,
    button,
    clip,
    confirm,
    context,
    divider,
    input_block,
    modal,
    pager,
    section,
    text_input,
)
from handlers.common_views.stores import (
    PAGE,
    channel,
    last_success,
    problems,
    state_label,
    waits_for_start,
    why_not_approved,
)
from handlers.payloads import encode
from handlers.stores.ids import (
    AutoRef,
    SettingsAction,
    SetupAction,
    SetupRef,
    StoreAction,
    StoreListRef,
    StoreView,
    StoreViewRef,
)
from handlers.texts import Texts, escape, mention
from tmon.dashboard.stores import Overview
from tmon.models.stores import Store, StoreState
from tmon.pages import Page
from tmon.permissions import Permission, Person, has_permission
from tmon.stores.fields import MAX


def result(t: Texts, store: Store, waiting: int | None, channel_error: str | None = None) -> list[Block]:
    """The state of a store's approval and what to do next.

    `waiting`: orders that wait for the start of automatic confirmation, None before the first collection.
    `channel_error`: the reason why no message reached the channel, if that was just tried.
    """
    approved = store.state is StoreState.APPROVED
    lines = [t.md("stores.result_title", state=state_label(t, store), name=store.name)]
    lines += [t("stores.result_approved")] if approved else why_not_approved(t, store)
    blocks = [section("\n".join(lines))]
    if channel_error is not None:
        blocks.append(section(channel_error))
    elif store.channel_ok:
        blocks.append(context(t.md("stores.channel_reached", channel=channel(store))))
    else:
        blocks.append(section(t.md("stores.channel_unreached", channel=channel(store))))
    if not store.sync_on:
        blocks.append(section(t("stores.paused")))
    recheck = [] if approved and store.channel_ok else [_recheck(t, store)]
    blocks.append(actions(*recheck, _edit(t, store)))
    if approved and waits_for_start(store):
        blocks += [divider(), *auto_offer(t, store, waiting)]
    return blocks


def channel_lost(t: Texts, store: Store, text: str) -> list[Block]:
    """`text`, which says that the channel rejects messages, and the buttons that help."""
    return [section(text), actions(_recheck(t, store), _edit(t, store))]


def to_settings(t: Texts, store: Store, text: str) -> list[Block]:
    """`text`, and the way to the settings of `store`."""
    open_ = button(t("settings.open"), SettingsAction.OPEN, encode(StoreViewRef(store=store.id)), style="primary")
    return [section(text), actions(open_)]


def worker_chosen(t: Texts, store: Store, who: str) -> str:
    """The message to somebody whom `who` chose to confirm orders."""
    return t.md("stores.worker_chosen", name=store.name, channel=channel(store), who=mention(who))


def _recheck(t: Texts, store: Store) -> Block:
    return button(t("stores.recheck"), StoreAction.RECHECK, encode(StoreListRef(store=store.id)), style="primary")


def _edit(t: Texts, store: Store) -> Block:
    return button(t("setup.edit"), SetupAction.EDIT, encode(SetupRef(store=store.id)))


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
        t.md("stores.entry_facts", seller=store.seller_id, category=store.category, channel=channel(store)),
        *problems(t, store, overview.collections),
    ]
    blocks = [section("\n".join(lines)), context(last_success(t, overview))]
    if has_permission(person, Permission.MANAGE, store):
        blocks.append(actions(*_buttons(t, store, page)))
    return [*blocks, divider()]


def _buttons(t: Texts, store: Store, page: int) -> list[Block]:
    ref = encode(StoreListRef(store=store.id, page=page))
    name = escape(clip(store.name, 100))
    if store.sync_on:
        ask = confirm(t, title=t("stores.pause"), text=t("stores.pause_text", name=name), yes=t("stores.pause"))
        switch = button(t("stores.pause"), StoreAction.PAUSE, ref, confirm=ask)
    else:
        switch = button(t("stores.resume"), StoreAction.RESUME, ref, style="primary")
    ask = confirm(
        t, title=t("stores.remove"), text=t("stores.remove_text", name=name), yes=t("stores.remove"), danger=True
    )
    return [
        button(t("settings.open"), SettingsAction.OPEN, encode(StoreViewRef(store=store.id, page=page))),
        switch,
        button(t("stores.remove"), StoreAction.REMOVE, ref, style="danger", confirm=ask),
    ]


def removal_form(t: Texts, store: Store, waiting: int, ref: StoreListRef) -> Block:
    """The form that asks for the store's name before it is removed with open orders."""
    pause = button(t("stores.pause"), StoreAction.PAUSE, encode(ref))
    back = button(t("setup.back"), StoreAction.PAGE, encode(StoreListRef(page=ref.page)))
    return modal(
        t("stores.removal_title"),
        [
            section(t.md("stores.removal_text", name=store.name, n=waiting)),
            actions(*([pause, back] if store.sync_on else [back])),
            input_block(
                "typed_name",
                t("stores.typed_name"),
                text_input(max_length=MAX["store_name"] + 20),
                hint=t("stores.typed_name_hint", name=store.name),
            ),
        ],
        callback_id=StoreView.REMOVE,
        close=t("common.close"),
        submit=t("stores.remove"),
        metadata=encode(ref),
    )
