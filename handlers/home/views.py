"""The home tab: what waits at each stage, next steps, incidents, tasks, every store with its state, and buttons."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from handlers.blocks import Block, actions, button, button_beside, clip, context, header, home, pager, section
from handlers.common_views.counters import counter_blocks
from handlers.common_views.ids import CommandAction
from handlers.common_views.incidents import card_text, incident_name
from handlers.common_views.next_step import NO_STEPS, next_step_buttons, steps_text
from handlers.common_views.orders import waiting_text
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.stores import fix_key_button, last_success, problems, remedies, short_name, state_label
from handlers.common_views.tasks import task_text
from handlers.common_views.unread import open_button, sees_unread
from handlers.counters.ids import CounterAction, OverdueRef
from handlers.guide.ids import GuideAction
from handlers.home.ids import HomeAction
from handlers.orders.ids import ListRef, OrderAction
from handlers.payloads import encode
from handlers.stores.ids import SettingsAction, SetupAction, SetupRef, StoreListRef, StoreViewRef
from handlers.subcommands import Subcommand
from handlers.texts import Texts
from tmon.counters.service import total
from tmon.dashboard.checklist import Checklist, Milestone
from tmon.dashboard.home import HomeSummary, PendingTask, Stage
from tmon.dashboard.stores import Overview
from tmon.incidents.summary import IncidentSummary
from tmon.models.incidents import Cause
from tmon.models.orders import Order
from tmon.models.stores import Store
from tmon.orders.order_list import Shown
from tmon.pages import Page
from tmon.permissions import Permission, Person, has_permission
from tmon.stores.drafts import DraftInfo

PAGE = 20
"""Stores on one page: with three blocks each, 60 of the 100 blocks that Slack allows."""
_TITLE = 60
"""Maximum length of an order's title."""
_DAILY = 4
"""Subcommands with a button below the stages: those of every day that no stage opens. The others stand at the end."""
_TASKS = 8
"""Maximum number of listed tasks."""
_CHECKLISTS = 3
"""Maximum number of stores whose checklists are shown."""


def home_tab(
    t: Texts,
    words: Sequence[Subcommand],
    person: Person,
    facts: HomeSummary,
    now: datetime,
    page: int = 0,
    tasks: Mapping[str, str] = MappingProxyType({}),
    drafts: Sequence[DraftInfo] = (),
) -> Block:
    """The home tab of `person`; without stores it leads to setup.

    `words`: subcommands that may have a button; `tasks`: the subcommand that shows each kind of task; `drafts`: the
    person's unfinished setup forms.
    """
    begun = [draft for draft in drafts if not draft.store_id]
    if not facts.stores:
        return home(_empty(t, begun))
    wrong = {one.store.id: problems(t, one.store, one.collections) for one in facts.stores}
    listed = sorted(
        facts.stores, key=lambda one: (not wrong[one.store.id], one.urgent_by is None, one.urgent_by or now)
    )
    shown = Page.of(listed, page, PAGE)
    ways = _by_place([word for word in words if _is_open(word, person, facts)], _on_home)
    blocks = [
        header(t("home.title")),
        actions(*(_stage(t, stage, count) for stage, count in facts.stages.items())),
        section(_summary(t, facts, sum(map(bool, wrong.values())))),
        *([actions(*(_subcommand_button(t, name) for name in ways[:_DAILY]))] if ways else []),
        *_steps(t, person, facts.incomplete, begun, first=not facts.stages[Stage.CONFIRM]),
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
    rest = [_subcommand_button(t, name) for name in ways[_DAILY:]]
    blocks.append(actions(button(t("home.refresh"), HomeAction.REFRESH), *rest))
    return home(blocks)


def _empty(t: Texts, drafts: Sequence[DraftInfo]) -> list[Block]:
    begin = [button(t("home.begin"), SetupAction.NEW, style=None if drafts else "primary")]
    return [
        header(t("home.welcome")),
        section(t("home.welcome_text")),
        *([_draft(t, drafts[0])] if drafts else [section(steps_text(t, NO_STEPS))]),
        actions(
            *begin,
            button(t("setup.api_guide_open"), GuideAction.OPEN, "key"),
            _subcommand_button(t, "guide"),
            *partner_center_buttons(t),
        ),
    ]


def _stage(t: Texts, stage: Stage, count: int) -> Block:
    """The tile of a stage: a button with its number that opens its list, of all stores."""
    action, value = _STAGES[stage]
    style = {Stage.CONFIRM: "primary", Stage.LATE: "danger"}.get(stage) if count else None
    return button(t.of("home.stage", stage, n=count), f"{action}#stage_{stage}", value, style=style)


_STAGES = {
    Stage.CONFIRM: (OrderAction.LIST, encode(ListRef())),
    Stage.SHIP: (OrderAction.LIST, encode(ListRef(shown=Shown.TO_SHIP))),
    Stage.CLAIMS: (CommandAction.RUN, "claims"),
    Stage.ANSWERS: (CommandAction.RUN, "cs"),
    Stage.LATE: (CounterAction.OVERDUE, encode(OverdueRef())),
}
"""What opens the list of each stage: an action and its value."""


def _steps(
    t: Texts, person: Person, incomplete: Sequence[Checklist], drafts: Sequence[DraftInfo], *, first: bool
) -> list[Block]:
    """The checklists of the stores that `person` manages and of a form that they began, each with its next step.

    `first`: nothing above is more urgent, so the first step has the primary button.
    """
    mine = [one for one in incomplete if has_permission(person, Permission.MANAGE, one.store)]
    total = len(mine) + bool(drafts)
    if not total:
        return []
    rows = [_draft(t, drafts[0], first=first)] if drafts else []
    for one in mine[: _CHECKLISTS - len(rows)]:
        rows.append(_checklist(t, one, first=first and not rows))
    more = [context(t("home.steps_more", n=total - _CHECKLISTS))] if total > _CHECKLISTS else []
    return [header(t("home.steps")), *rows, *more]


def _checklist(t: Texts, one: Checklist, *, first: bool) -> Block:
    head = t.md("home.steps_of", name=one.store.name, done=one.done, total=len(one.steps))
    step = next_step_buttons(t, one, "primary" if first else None)[0]
    return section(f"{head}\n{steps_text(t, one.steps)}", accessory=step)


def _draft(t: Texts, draft: DraftInfo, *, first: bool = True) -> Block:
    """The checklist of a store that is not saved yet: it goes on where the form was left."""
    head = t.md("home.steps_draft", name=draft.name or t("home.steps_new"))
    style = "primary" if first else None
    resume = button(t("home.steps_resume"), f"{SetupAction.RESUME}#step", encode(SetupRef()), style=style)
    steps = {**NO_STEPS, Milestone.KEY: draft.step > 1}
    return section(f"{head}\n{steps_text(t, steps, t('home.steps_resume_why'))}", accessory=resume)


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


def _is_open(word: Subcommand, person: Person, facts: HomeSummary) -> bool:
    """Whether `person` has the right that a subcommand asks for, on a store at least."""
    return any(has_permission(person, word.right, one.store) for one in facts.stores)


def _on_home(word: Subcommand) -> int | None:
    return word.on_home


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


def _subcommand_button(t: Texts, word: str) -> Block:
    """A button that runs a subcommand."""
    return button(t.of("home.go", word), f"{HomeAction.GO}#{word}", word)
