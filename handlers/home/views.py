"""The home tab: waiting orders, incidents, tasks, every store with its state, and buttons for subcommands."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from handlers.blocks import Block, actions, button, button_beside, clip, context, header, home, pager, section
from handlers.common_views.counters import counter_blocks
from handlers.common_views.ids import CommandAction
from handlers.common_views.incidents import card_text, incident_name
from handlers.common_views.orders import waiting_text
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.stores import fix_key_button, last_success, problems, remedies, short_name, state_label
from handlers.common_views.tasks import task_text
from handlers.common_views.unread import open_button, sees_unread
from handlers.guide.ids import GuideAction
from handlers.home.ids import HomeAction
from handlers.payloads import encode
from handlers.stores.ids import SettingsAction, SetupAction, StoreListRef, StoreViewRef
from handlers.subcommands import Subcommand
from handlers.texts import Texts
from tmon.counters.service import total
from tmon.dashboard.home import HomeSummary, PendingTask
from tmon.dashboard.stores import Overview
from tmon.incidents.summary import IncidentSummary
from tmon.models.incidents import Cause
from tmon.models.orders import Order
from tmon.models.stores import Store
from tmon.pages import Page
from tmon.permissions import Permission, Person, has_permission

PAGE = 20
"""Stores on one page: with three blocks each, 60 of the 100 blocks that Slack allows."""
_TITLE = 60
"""Maximum length of an order's title."""
_DAILY = 4
"""Subcommands with a button at the top."""
_TASKS = 10
"""Maximum number of listed tasks."""


def home_tab(
    t: Texts,
    words: Sequence[Subcommand],
    person: Person,
    facts: HomeSummary,
    now: datetime,
    page: int = 0,
    tasks: Mapping[str, str] = MappingProxyType({}),
) -> Block:
    """The home tab of `person`; without stores it leads to setup.

    `words`: subcommands that may have a button; `tasks`: the subcommand that shows each kind of task.
    """
    if not facts.stores:
        return home(_empty(t))
    wrong = {one.store.id: problems(t, one.store, one.collections) for one in facts.stores}
    listed = sorted(
        facts.stores, key=lambda one: (not wrong[one.store.id], one.urgent_by is None, one.urgent_by or now)
    )
    shown = Page.of(listed, page, PAGE)
    blocks = [
        header(t("home.title")),
        section(_summary(t, facts, sum(map(bool, wrong.values())))),
        actions(*_subcommand_buttons(t, words, facts)),
        *_incidents(t, person, facts.incidents),
        *_urgent(t, facts.urgent),
        *_tasks(t, tasks, facts.tasks),
        *([] if facts.late is None else counter_blocks(t, facts.late.month, total(facts.late.stores))),
        header(t("home.stores", n=len(facts.stores))),
    ]
    for overview in shown.items:
        blocks += _store(t, words, person, overview, wrong[overview.store.id], alone=len(listed) == 1)
    blocks += pager(t, HomeAction.PAGE, StoreListRef(), shown)
    blocks.append(context(t("home.as_of", moment=t.moment(now))))
    rest = [_subcommand_button(t, name) for name in _by_place(words, _on_home)[_DAILY:]]
    blocks.append(actions(button(t("home.refresh"), HomeAction.REFRESH), *rest))
    return home(blocks)


def _empty(t: Texts) -> list[Block]:
    return [
        header(t("home.welcome")),
        section(t("home.welcome_text")),
        section(t("home.welcome_steps")),
        actions(
            button(t("home.begin"), SetupAction.NEW, style="primary"),
            button(t("setup.api_guide_open"), GuideAction.OPEN, "key"),
            _subcommand_button(t, "guide"),
            *partner_center_buttons(t),
        ),
    ]


def _summary(t: Texts, facts: HomeSummary, wrong: int) -> str:
    total = len(facts.stores)
    lines = [t("status.some_wrong", n=wrong, total=total) if wrong else t("status.all_well", total=total)]
    waiting = sum(one.waiting for one in facts.stores)
    moments = [one.urgent_by for one in facts.stores if one.urgent_by is not None]
    held = sum(one.held for one in facts.stores)
    lines.append(waiting_text(t, waiting, held, min(moments, default=None)))
    return "\n".join(lines)


def _by_place(words: Sequence[Subcommand], place: Callable[[Subcommand], int | None]) -> list[str]:
    placed = [(where, word.english) for word in words if (where := place(word)) is not None]
    return [name for _, name in sorted(placed)]


def _on_home(word: Subcommand) -> int | None:
    return word.on_home


def _subcommand_buttons(t: Texts, words: Sequence[Subcommand], facts: HomeSummary) -> list[Block]:
    """The buttons of the subcommands that people need every day; the others stand at the end of the tab."""
    waits = any(one.waiting for one in facts.stores)
    return [
        _subcommand_button(t, name, "primary" if name == "orders" and waits else None)
        for name in _by_place(words, _on_home)[:_DAILY]
    ]


def _incidents(t: Texts, person: Person, incidents: Sequence[IncidentSummary]) -> list[Block]:
    if not incidents:
        return []
    return [
        header(t("home.incidents")),
        *(section(card_text(t, facts), accessory=_incident_button(t, person, facts)) for facts in incidents),
    ]


def _incident_button(t: Texts, person: Person, facts: IncidentSummary) -> Block:
    """The button that mends an incident, or else leads to it."""
    store = facts.stores[0] if len(facts.stores) == 1 else None
    mends = store is not None and facts.incident.cause is Cause.KEY and has_permission(person, Permission.MANAGE, store)
    if store is not None and mends:
        return fix_key_button(t, store)
    return _open_button(t, facts.incident.id, "incidents", incident_name(t, facts.incident))


def _urgent(t: Texts, urgent: Sequence[tuple[Store, Order]]) -> list[Block]:
    if not urgent:
        return []
    return [header(t("home.urgent")), *(_urgent_order(t, store, order) for store, order in urgent)]


def _urgent_order(t: Texts, store: Store, order: Order) -> Block:
    line = t.md(
        "home.order_held" if order.held_at is not None else "home.order",
        until=t.until(order.confirm_by),
        store=short_name(store),
        number=order.order_no,
        title=clip(order.title, _TITLE),
    )
    number = str(order.order_no)
    return section(line, accessory=_open_button(t, f"{store.id}_{number}", f"orders {number}", number))


def _tasks(t: Texts, words: Mapping[str, str], tasks: Sequence[PendingTask]) -> list[Block]:
    if not tasks:
        return []
    rows = [_task(t, words.get(one.task), one) for one in tasks[:_TASKS]]
    if len(tasks) > _TASKS:
        rows.append(context(t("home.tasks_more", n=len(tasks) - _TASKS)))
    return [header(t("home.tasks")), *rows]


def _task(t: Texts, word: str | None, one: PendingTask) -> Block:
    text = task_text(t, one, short_name(one.store))
    if word is None:
        return section(text)
    name = t("home.task_of", what=t.of("home.go", word), store=one.store.name)
    return section(text, accessory=_open_button(t, f"{one.task}_{one.store.id}", f"{word} {one.store.id}", name))


def _store(
    t: Texts, words: Sequence[Subcommand], person: Person, overview: Overview, wrong: Sequence[str], *, alone: bool
) -> list[Block]:
    """One store. `alone`: there is one store only, so its waiting orders are in the summary already."""
    store = overview.store
    lines = [t.md("stores.entry", name=store.name, state=state_label(t, store)), *wrong]
    if not alone:
        lines.append(waiting_text(t, overview.waiting, overview.held, overview.urgent_by))
    manages = has_permission(person, Permission.MANAGE, store)
    return [
        section("\n".join(lines)),
        context(last_success(t, overview, lasting=True)),
        actions(
            button_beside(
                t,
                t("settings.open") if manages else t("home.look"),
                store.name,
                f"{SettingsAction.OPEN}#{store.id}",
                encode(StoreViewRef(store=store.id)),
            ),
            *remedies(t, person, store),
            *(
                button_beside(t, t.of("home.go", name), store.name, f"{HomeAction.GO}#{name}", f"{name} {store.id}")
                for name in _by_place([word for word in words if has_permission(person, word.right, store)], _on_store)
            ),
            *([open_button(t, store, overview.unread)] if sees_unread(person, overview) else []),
        ),
    ]


def _on_store(word: Subcommand) -> int | None:
    return word.on_store


def _open_button(t: Texts, key: str, line: str, what: str) -> Block:
    """The button beside a row that runs the subcommand `line`. `key` tells it apart; `what` is named by screen readers."""
    return button(t("home.open"), f"{CommandAction.RUN}#{key}", line, label=t("home.open_label", what=what))


def _subcommand_button(t: Texts, word: str, style: str | None = None) -> Block:
    """A button that runs a subcommand."""
    return button(t.of("home.go", word), f"{HomeAction.GO}#{word}", word, style=style)
