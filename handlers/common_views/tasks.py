"""Texts about what else waits for a person, on the home tab and in the status."""

from handlers.texts import Markup, Texts
from tmon.dashboard.home import PendingTask


def task_text(t: Texts, one: PendingTask, store: str = "") -> str:
    """What waits, and since when or until when, as markup. `store`: the store's name, to be named too."""
    what = t.md_of("home.task", one.task, n=one.count, store=one.store.name)
    if store:
        what = t.md("home.task_of", what=Markup(what), store=store)
    if one.at is None:
        return what
    if one.task == "extension":
        return t("home.task_until", what=what, moment=t.moment(one.at))
    if one.has_deadline:
        return t("home.task_due", what=what, until=t.until(one.at))
    return t("home.task_since", what=what, moment=t.moment(one.at))
