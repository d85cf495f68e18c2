"""Name and texts of an incident, for its messages, for mails and for the home tab."""

from collections.abc import Callable, Sequence
from datetime import datetime

from handlers.common_views.orders import counts_text
from handlers.texts import Texts
from tmon.incidents.summary import IncidentSummary
from tmon.models.collection import ORDERS
from tmon.models.incidents import Cause, Incident, Resolution
from tmon.models.stores import Store

_NAMES = 5
"""Number of stores that are named; the rest is counted."""
_AREA_WHYS = {
    "unavailable": "incidents.why_unavailable",
    "throttled": "incidents.why_throttled",
    "rejected": "incidents.why_rejected",
    "unreadable_answer": "incidents.why_unreadable_answer",
    "unexpected_answer": "incidents.why_unexpected_answer",
}
"""The reason why one area of a store fails, by error code."""

_UNREADABLE = ("unreadable_answer", "unexpected_answer")
"""Error codes of a TMON that answers, but with nothing that can be read."""

Say = Callable[..., str]
"""`Texts.md` for Slack, the `Texts` itself for mails."""


def card_text(t: Texts, facts: IncidentSummary) -> str:
    """The text for notifications: what happened, and what is at risk."""
    lines = sentences(t, t.md, facts)
    return f"{state_mark(facts.incident)} [{store_names(t.md, facts.stores)}] {' '.join(lines[:2])}"


def store_names(say: Say, stores: Sequence[Store]) -> str:
    """The names of the first few stores, and the number of the others."""
    names = ", ".join(store.name for store in stores[:_NAMES])
    if len(stores) > _NAMES:
        return say("incidents.stores_more", names=names, n=len(stores) - _NAMES)
    return say("incidents.stores", names=names)


def sentences(t: Texts, say: Say, facts: IncidentSummary, *, buttons: bool = True) -> list[str]:
    """The lines of an incident's message, most important first.

    `buttons`: whether its buttons are below it; a mail has none, and is read on other days too.
    """
    incident = facts.incident
    when = t.moment if buttons else t.dated
    since = when(incident.failing_since)
    if incident.resolution is Resolution.PAUSED:
        return [t("incidents.paused")]
    if incident.closed_at is not None:
        return _closed_lines(t, facts, incident.closed_at)
    area = area_other_than_orders(incident)
    opening = t("incidents.open", since=since) if area is None else t.of("incidents.open", area, since=since)
    if incident.suppressed_by is not None:
        wider = facts.wider
        if wider is None or wider.closed_at is not None:
            return [opening, t("incidents.hidden_over")]
        return [opening, say("incidents.hidden", wider=incident_name(t, wider))]
    lines = [opening]
    if area is None:
        lines.append(risk_text(t, facts, when))
    lines += [reason_text(t, incident), _what_to_do(t, incident, buttons=buttons)]
    if incident.message:
        lines.append(say("incidents.said", message=incident.message))
    return lines


def _closed_lines(t: Texts, facts: IncidentSummary, closed_at: datetime) -> list[str]:
    """The lines of a closed incident: never with 오늘, since nothing renders them again."""
    incident = facts.incident
    area = area_other_than_orders(incident)
    span = t.span(incident.failing_since, closed_at)
    if area is not None:
        return [t.of("incidents.closed", area, span=span)]
    lines = [t("incidents.closed", span=span)]
    if facts.recovered < len(facts.stores):
        lines.append(t("incidents.closed_some", n=facts.recovered, all=len(facts.stores)))
    if what := counts_text(t, facts.backfilled):
        lines.append(t("incidents.caught_up", what=what))
    elif facts.recovered == len(facts.stores):
        lines.append(t("incidents.caught_up_nothing"))
    return lines


def risk_text(t: Texts, facts: IncidentSummary, when: Callable[[datetime], str] | None = None) -> str:
    """What is at risk. `when`: how the time is said, by default with 오늘."""
    risk = facts.risk
    if not risk.waiting:
        return t("incidents.risk_none")
    if risk.urgent_at is None:
        return t("incidents.risk_past", n=risk.waiting)
    return t("incidents.risk", n=risk.waiting, moment=(when or t.moment)(risk.urgent_at))


def reason_text(t: Texts, incident: Incident) -> str:
    if incident.cause is Cause.KEY and incident.error == "vendor_rejected":
        return t("incidents.why_own_vendor")
    if incident.cause is Cause.KEY and incident.error == "vendor_missing":
        return t("common.tmon_vendor_missing")
    if incident.cause is Cause.AREA:
        return t(_AREA_WHYS.get(incident.error, "incidents.why_failed"))
    if incident.cause is Cause.TMON and incident.error in _UNREADABLE:
        return t("incidents.why_tmon_unreadable")
    return t.of("incidents.why", incident.cause)


def _what_to_do(t: Texts, incident: Incident, *, buttons: bool) -> str:
    if incident.cause is Cause.KEY:
        if not buttons:
            return t("incidents.mail_do_key" if incident.error == "key_rejected" else "incidents.mail_do_own")
        return t("incidents.do_key" if incident.error == "key_rejected" else "incidents.do_own")
    if incident.cause is Cause.DATA_KEY and incident.subject != Cause.DATA_KEY:
        return t("incidents.do_own" if buttons else "incidents.mail_do_own")
    if incident.cause in (Cause.VENDOR, Cause.DATA_KEY):
        return t("incidents.do_operator")
    return t("incidents.do_wait" if buttons else "incidents.mail_do_wait")


def incident_name(t: Texts, incident: Incident) -> str:
    return t.of("incidents.name", incident.area or incident.cause)


def area_other_than_orders(incident: Incident) -> str | None:
    """Return the failing area (the suffix of its text keys) if orders are still collected; None if orders are affected."""
    if incident.cause is Cause.DATA_KEY:
        return incident.cause.value
    return None if incident.area in (None, ORDERS) else incident.area


def state_mark(incident: Incident) -> str:
    if incident.resolution is Resolution.PAUSED:
        return "⏸"
    if incident.closed_at is not None:
        return "✅"
    return "⚪" if incident.suppressed_by is not None else "🔴" if incident.serious else "🟠"
