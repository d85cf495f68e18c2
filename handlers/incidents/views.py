"""Incidents: the message that is edited while one lasts, its end, the list, the mails."""

from collections.abc import Callable, Sequence
from datetime import datetime

from handlers.blocks import Block, actions, button, confirm, context, header, modal, section
from handlers.common_views.mail import Letter
from handlers.incidents.ids import IncidentAction, IncidentRef, IncidentView
from handlers.orders.views import counts_text
from handlers.payloads import pack
from handlers.stores.ids import SetupAction, SetupRef
from handlers.texts import Markup, Texts, mention
from tmon.incidents.service import Reachable
from tmon.incidents.summary import IncidentFacts
from tmon.models.collection import ORDERS
from tmon.models.incidents import Cause, Ending, Incident
from tmon.models.stores import Store

_NAMES = 5
"""Stores named before the rest is counted."""
_WIDE = (Cause.VENDOR, Cause.TMON)
_AREA_WHYS = ("unavailable", "throttled", "rejected", "unexpected_answer")

Say = Callable[..., str]
"""`Texts.md` where Slack reads it, the `Texts` itself where a mail does."""


def card(t: Texts, facts: IncidentFacts, place: str) -> list[Block]:
    """The message in Slack; `place` is the end of its outbox key."""
    incident = facts.incident
    title, *lines = _lines(t, t.md, facts)
    blocks = [section(f"{_mark(incident)} *[{_names(t.md, facts.stores)}]* *{title}*")]
    if lines:
        blocks.append(section("\n".join(lines)))
    if incident.taken_by is not None and incident.taken_at is not None:
        blocks.append(
            context(t.md("incidents.taken", who=mention(incident.taken_by), moment=t.moment(incident.taken_at)))
        )
    if incident.closed_at is None and incident.hidden_by is None:
        blocks.append(actions(*_buttons(t, facts, place)))
    return blocks


def card_text(t: Texts, facts: IncidentFacts) -> str:
    """What a notification says: what happened and what it puts at risk."""
    lines = _lines(t, t.md, facts)
    return f"{_mark(facts.incident)} [{_names(t.md, facts.stores)}] {' '.join(lines[:2])}"


def resolved_text(t: Texts, facts: IncidentFacts) -> str:
    """The reply that says that it is over, to whoever took care of it if somebody did."""
    taken = facts.incident.taken_by
    return f"{mention(taken)} {card_text(t, facts)}" if taken else card_text(t, facts)


def incident_list(t: Texts, listed: Sequence[IncidentFacts], now: datetime) -> Block:
    """The modal of open and recent incidents."""
    blocks: list[Block] = []
    open_ = [facts for facts in listed if facts.incident.closed_at is None]
    recent = [facts for facts in listed if facts.incident.closed_at is not None]
    for heading, group in (("incidents.list_open", open_), ("incidents.list_recent", recent)):
        if group:
            blocks.append(header(t(heading)))
            blocks.extend(_list_item(t, facts, now) for facts in group)
    return modal(
        t("incidents.list_title"),
        blocks or [section(t("incidents.list_empty"))],
        callback_id=IncidentView.LIST,
        close=t("common.close"),
    )


def mobiles(t: Texts, found: Sequence[Reachable]) -> Block:
    """The modal with mobile numbers, for the one person who asked."""
    blocks = [
        section(t.md("incidents.mobile_of", store=one.store, name=one.name, mobile=one.mobile)) for one in found[:50]
    ]
    return modal(
        t("incidents.mobile_title"),
        [*blocks, context(t("incidents.mobile_note"))],
        callback_id=IncidentView.MOBILE,
        close=t("common.close"),
    )


def letter(t: Texts, facts: IncidentFacts) -> tuple[str, Letter]:
    """Subject and content of the mail to a contact."""
    over = facts.incident.closed_at is not None
    title, *paragraphs = _lines(t, t, facts)
    return _subject(t, facts), Letter(title, paragraphs, _rows(t, facts), t("incidents.mail_footer"), alarming=not over)


def operator_letter(t: Texts, facts: IncidentFacts) -> tuple[str, Letter]:
    """Subject and content of the mail to whoever runs the bot."""
    incident = facts.incident
    over = incident.closed_at is not None
    title = _lines(t, t, facts)[0]
    paragraphs = [] if over else [_why(t, incident), t(f"incidents.operator_{incident.cause}")]
    if incident.message and not over:
        paragraphs.append(t("incidents.said", message=incident.message))
    return _subject(t, facts), Letter(title, paragraphs, _rows(t, facts), incident.id, alarming=not over)


def retried(t: Texts, stores: Sequence[Store], why: str) -> str:
    """What came of trying again for `stores`: `why` it failed (Slack markup), or empty."""
    names = Markup(_names(t.md, stores))
    if why:
        return t.md("incidents.retry_failed", stores=names, why=Markup(why))
    return t.md("incidents.retried", stores=names)


def _names(say: Say, stores: Sequence[Store]) -> str:
    """The first few stores by name, and how many more."""
    names = ", ".join(store.name for store in stores[:_NAMES])
    if len(stores) > _NAMES:
        return say("incidents.stores_more", names=names, n=len(stores) - _NAMES)
    return say("incidents.stores", names=names)


def _lines(t: Texts, say: Say, facts: IncidentFacts) -> list[str]:
    """What there is to say, most important first."""
    incident = facts.incident
    since = t.moment(incident.failing_since)
    if incident.ended is Ending.PAUSED:
        return [t("incidents.paused")]
    if incident.closed_at is not None:
        return _closed_lines(t, facts, incident.closed_at)
    aside = _aside(incident)
    opening = say("incidents.open" if aside is None else f"incidents.open_{aside}", since=since)
    if incident.hidden_by is not None:
        wider = facts.wider
        if wider is None or wider.closed_at is not None:
            return [opening, t("incidents.hidden_over")]
        return [opening, say("incidents.hidden", wider=_name(t, wider))]
    lines = [opening]
    if aside is None:
        lines.append(_risk(t, facts))
    lines += [_why(t, incident), _what_to_do(t, incident)]
    if incident.message:
        lines.append(say("incidents.said", message=incident.message))
    return lines


def _closed_lines(t: Texts, facts: IncidentFacts, closed_at: datetime) -> list[str]:
    """Read on other days too, and drawn no more: no 오늘."""
    incident = facts.incident
    aside = _aside(incident)
    key = "incidents.closed" if aside is None else f"incidents.closed_{aside}"
    since, until = t.dated(incident.failing_since), t.dated(closed_at)
    lines = [t(key, since=since, until=until, duration=t.duration(closed_at - incident.failing_since))]
    if aside is not None:
        return lines
    if facts.recovered < len(facts.stores):
        lines.append(t("incidents.closed_some", n=facts.recovered, all=len(facts.stores)))
    if what := counts_text(t, facts.caught_up):
        lines.append(t("incidents.caught_up", what=what))
    elif facts.recovered == len(facts.stores):
        lines.append(t("incidents.caught_up_nothing"))
    return lines


def _risk(t: Texts, facts: IncidentFacts) -> str:
    risk = facts.risk
    if not risk.waiting:
        return t("incidents.risk_none")
    if risk.urgent_at is None:
        return t("incidents.risk_past", n=risk.waiting)
    return t("incidents.risk", n=risk.waiting, moment=t.moment(risk.urgent_at))


def _why(t: Texts, incident: Incident) -> str:
    if incident.cause is Cause.KEY and incident.error == "vendor_rejected":
        return t("incidents.why_own_vendor")
    if incident.cause is Cause.AREA:
        return t(f"incidents.why_{incident.error if incident.error in _AREA_WHYS else 'failed'}")
    return t(f"incidents.why_{incident.cause}")


def _what_to_do(t: Texts, incident: Incident) -> str:
    if incident.cause is Cause.KEY:
        return t("incidents.do_key" if incident.error == "key_rejected" else "incidents.do_own")
    if incident.cause is Cause.DATA_KEY and incident.subject != Cause.DATA_KEY:
        return t("incidents.do_own")
    if incident.cause in (Cause.VENDOR, Cause.DATA_KEY):
        return t("incidents.do_operator")
    return t("incidents.do_wait")


def _buttons(t: Texts, facts: IncidentFacts, place: str) -> list[Block]:
    incident = facts.incident
    store = facts.stores[0] if _mendable(facts) else None
    value = pack(IncidentRef(incident=incident.id, place=place, store=store.id if store else None))
    buttons = [
        button(t("incidents.take"), IncidentAction.TAKE, value, style=None if incident.taken_by else "primary"),
        button(t("incidents.retry"), IncidentAction.RETRY, value),
    ]
    if store is not None:
        buttons += [
            button(t("incidents.edit"), SetupAction.EDIT, pack(SetupRef(store=store.id))),
            button(
                t("incidents.pause"),
                IncidentAction.PAUSE,
                value,
                style="danger",
                confirm=confirm(
                    t,
                    title=t("incidents.pause"),
                    text=t.md("incidents.pause_ask", store=store.name),
                    yes=t("incidents.pause"),
                    danger=True,
                ),
            ),
        ]
    if incident.serious:
        buttons.append(button(t("incidents.mobile"), IncidentAction.MOBILE, value))
    return buttons


def _mendable(facts: IncidentFacts) -> bool:
    """Whether it is about one store, whose settings may mend it."""
    incident = facts.incident
    return incident.cause not in _WIDE and incident.subject != Cause.DATA_KEY and len(facts.stores) == 1


def _list_item(t: Texts, facts: IncidentFacts, now: datetime) -> Block:
    incident = facts.incident
    since = t.moment(incident.failing_since)
    lines = [
        t.md(
            "incidents.list_item",
            mark=_mark(incident),
            stores=Markup(_names(t.md, facts.stores)),
            name=_name(t, incident),
        )
    ]
    if incident.closed_at is None:
        lines.append(t("incidents.list_since", since=since, duration=t.duration(now - incident.failing_since)))
        lines += _lines(t, t.md, facts)[1:2]
    else:
        span = t.duration(incident.closed_at - incident.failing_since)
        lines.append(t("incidents.list_span", since=since, until=t.moment(incident.closed_at), duration=span))
        lines += _lines(t, t.md, facts)[1:] if incident.ended is Ending.RECOVERED else [t("incidents.paused")]
    if incident.taken_by is not None and incident.taken_at is not None:
        lines.append(t.md("incidents.taken", who=mention(incident.taken_by), moment=t.moment(incident.taken_at)))
    return section("\n".join(lines))


def _rows(t: Texts, facts: IncidentFacts) -> list[tuple[str, str]]:
    incident = facts.incident
    rows = [
        (t("incidents.mail_cause"), _name(t, incident)),
        (t("incidents.mail_stores"), _names(t, facts.stores)),
        (t("incidents.mail_since"), t.dated(incident.failing_since)),
    ]
    if incident.closed_at is not None:
        rows.append((t("incidents.mail_until"), t.dated(incident.closed_at)))
    elif _aside(incident) is None:
        rows.append((t("incidents.mail_waiting"), _risk(t, facts)))
    return rows


def _subject(t: Texts, facts: IncidentFacts) -> str:
    key = "incidents.mail_subject" if facts.incident.closed_at is None else "incidents.mail_subject_over"
    return t(key, stores=_names(t, facts.stores), name=_name(t, facts.incident))


def _name(t: Texts, incident: Incident) -> str:
    return t(f"incidents.name_{incident.area or incident.cause}")


def _aside(incident: Incident) -> str | None:
    """What is concerned where orders are collected all the same, as its sentences are named; None: orders are not."""
    if incident.cause is Cause.DATA_KEY:
        return incident.cause
    return None if incident.area in (None, ORDERS) else incident.area


def _mark(incident: Incident) -> str:
    if incident.ended is Ending.PAUSED:
        return "⏸"
    if incident.closed_at is not None:
        return "✅"
    return "⚪" if incident.hidden_by is not None else "🔴" if incident.serious else "🟠"
