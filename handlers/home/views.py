"""The home tab: waiting orders, incidents, tasks, every store with its state, and buttons for subcommands."""

from collections.abc import Callable, Sequence
from datetime import datetime

from handlers.blocks import Block, actions, button, clip, context, header, home, pager, section
from handlers.common_views.incidents import card_text
from handlers.common_views.orders import waiting_text
from handlers.common_views.stores import last_success, problems, state_label
from handlers.guide.ids import GuideAction
from handlers.home.ids import HomeAction
from handlers.payloads import encode
from handlers.stores.ids import SettingsAction, SetupAction, StoreListRef, StoreViewRef
from handlers.subcommands import Subcommand
from handlers.texts import Texts
from tmon.dashboard.home import HomeSummary, PendingTask
from tmon.dashboard.stores import Overview
from tmon.incidents.summary import IncidentSummary
from tmon.models.orders import Order
from tmon.models.stores import Store
from tmon.pages import Page
from tmon.permissions import Permission, Person, has_permission

PAGE = 20
"""Stores on one page: with three blocks each, 60 of the 100 blocks that Slack allows."""
_TITLE = 60
"""Maximum length of an order's title."""
_TASKS = 10
"""Maximum number of listed tasks."""


def home_tab(
    t: Texts, words: Sequence[Subcommand], person: Person, facts: HomeSummary, now: datetime, page: int = 0
) -> Block:
    """The home tab of `person`; without stores it leads to setup. `words`: subcommands that may have a button."""
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
        *_incidents(t, facts.incidents),
        *_urgent(t, facts.urgent),
        *_tasks(t, facts.tasks),
        header(t("home.stores", n=len(facts.stores))),
    ]
    for overview in shown.items:
        blocks += _store(t, words, person, overview, wrong[overview.store.id], alone=len(listed) == 1)
    blocks += pager(t, HomeAction.PAGE, StoreListRef(), shown)
    blocks.append(context(t("home.as_of", moment=t.moment(now))))
    blocks.append(actions(button(t("home.refresh"), HomeAction.REFRESH)))
    return home(blocks)


def _empty(t: Texts) -> list[Block]:
    return [
        header(t("home.welcome")),
        section(t("home.welcome_text")),
        section(t("home.welcome_steps")),
        actions(
            button(t("home.begin"), SetupAction.NEW, style="primary"),
            button(t("setup.api_guide_open"), GuideAction.OPEN, "key"),
            _subcommand_button("guide", t("home.go_guide"), "guide"),
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


def _subcommand_buttons(t: Texts, words: Sequence[Subcommand], facts: HomeSummary) -> list[Block]:
    """The buttons of the subcommands on the home tab."""
    waits = any(one.waiting for one in facts.stores)
    return [
        _subcommand_button(name, t.of("home.go", name), name, "primary" if name == "orders" and waits else None)
        for name in _by_place(words, lambda word: word.on_home)
    ]


def _incidents(t: Texts, incidents: Sequence[IncidentSummary]) -> list[Block]:
    if not incidents:
        return []
    return [header(t("home.incidents")), *(section(card_text(t, facts)) for facts in incidents)]


def _urgent(t: Texts, urgent: Sequence[tuple[Store, Order]]) -> list[Block]:
    if not urgent:
        return []
    lines = [
        t.md(
            "home.order_held" if order.held_at is not None else "home.order",
            until=t.until(order.confirm_by),
            store=store.name,
            number=order.order_no,
            title=clip(order.title, _TITLE),
        )
        for store, order in urgent
    ]
    return [header(t("home.urgent")), section("\n".join(lines))]


def _tasks(t: Texts, tasks: Sequence[PendingTask]) -> list[Block]:
    if not tasks:
        return []
    lines = [_task(t, one) for one in tasks[:_TASKS]]
    if len(tasks) > _TASKS:
        lines.append(t("home.tasks_more", n=len(tasks) - _TASKS))
    return [header(t("home.tasks")), section("\n".join(lines))]


def _task(t: Texts, one: PendingTask) -> str:
    what = t.md_of("home.task", one.task, store=one.store.name, n=one.count)
    if one.at is None:
        return what
    if one.task == "extension":
        return t("home.task_until", what=what, moment=t.moment(one.at))
    return t("home.task_since", what=what, moment=t.moment(one.at))


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
        context(last_success(t, overview)),
        actions(
            button(
                t("settings.open") if manages else t("home.look"),
                f"{SettingsAction.OPEN}#{store.id}",
                encode(StoreViewRef(store=store.id)),
            ),
            *(
                _subcommand_button(name, t.of("home.go", name), f"{name} {store.name}")
                for name in _by_place(words, lambda word: word.on_store)
            ),
        ),
    ]


def _subcommand_button(word: str, text: str, line: str, style: str | None = None) -> Block:
    """A button that runs the subcommand `line`."""
    return button(text, f"{HomeAction.GO}#{word}", line, style=style)
