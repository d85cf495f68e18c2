"""What a store needs before everything works, and the button of its next step: on the home tab and after saving."""

from collections.abc import Mapping

from handlers.blocks import Block, button_beside
from handlers.common_views.ids import CommandAction
from handlers.common_views.stores import fix_key_button
from handlers.payloads import encode
from handlers.stores.ids import StoreAction, StoreListRef
from handlers.templates.ids import TemplateAction, TemplatesRef
from handlers.texts import Texts
from tmon.dashboard.checklist import Checklist, Milestone
from tmon.models.stores import Store

NO_STEPS: Mapping[Milestone, bool] = dict.fromkeys(Milestone, False)
"""The steps of a store that does not exist yet."""


def steps_text(t: Texts, steps: Mapping[Milestone, bool], why: str = "") -> str:
    """Every step on a line of its own with its mark; the next one says what it is for. `why`: said instead of that."""
    waiting = next((step for step, done in steps.items() if not done), None)
    lines = []
    for step, done in steps.items():
        name = t.of("steps.name", step)
        if done:
            lines.append(t("steps.done", step=name))
        elif step is waiting:
            lines.append(t("steps.next", step=name, why=why or t.of("steps.why", step)))
        else:
            lines.append(t("steps.later", step=name))
    return "\n".join(lines)


def next_step_text(t: Texts, checklist: Checklist) -> str:
    """The next step in one line, with how far the store has come; empty if it is complete."""
    step = checklist.next
    if step is None:
        return ""
    place = {"done": checklist.done, "total": len(checklist.steps)}
    return t("steps.line", step=t.of("steps.name", step), why=t.of("steps.why", step), **place)


def next_step_buttons(t: Texts, checklist: Checklist, style: str | None = "primary") -> list[Block]:
    """The one button of the next step; empty if the store is complete. `style`: None where another one is primary."""
    store, step = checklist.store, checklist.next
    if step is None:
        return []
    if step is Milestone.KEY:
        return [fix_key_button(t, store, style=style)]
    if step is Milestone.APPROVAL:
        return [_step_button(t, step, store, StoreAction.RECHECK, encode(StoreListRef(store=store.id)), style)]
    if step is Milestone.FIRST_ORDER:
        return [_step_button(t, step, store, CommandAction.RUN, f"collect orders {store.id}", style)]
    action = TemplateAction.IMPORT_ADDRESSES if step is Milestone.ADDRESSES else TemplateAction.IMPORT
    return [_step_button(t, step, store, action, encode(TemplatesRef(store=store.id)), style)]


def _step_button(t: Texts, step: Milestone, store: Store, action: str, value: str, style: str | None) -> Block:
    return button_beside(t, t.of("steps.button", step), store.name, f"{action}#step_{store.id}", value, style=style)
