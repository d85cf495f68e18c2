"""Views of incidents: the card, which is edited while one is open, the resolution, the list, the mails."""

from collections.abc import Sequence
from datetime import datetime

from handlers.blocks import Block, actions, button, confirm, context, header, modal, section
from handlers.common_views.incidents import (
    area_other_than_orders,
    card_text,
    incident_name,
    reason_text,
    risk_text,
    sentences,
    state_mark,
    store_names,
)
from handlers.common_views.mail import EmailContent
from handlers.incidents.ids import IncidentAction, IncidentRef, IncidentView
from handlers.payloads import encode
from handlers.stores.ids import SetupAction, SetupRef
from handlers.texts import Markup, Texts, mention
from tmon.incidents.service import ContactPhone
from tmon.incidents.summary import IncidentSummary
from tmon.models.incidents import Cause, Resolution
from tmon.models.stores import Store

_WIDE = (Cause.VENDOR, Cause.TMON)
_OPERATOR_TODO = {
    Cause.VENDOR: "incidents.operator_vendor",
    Cause.TMON: "incidents.operator_tmon",
    Cause.DATA_KEY: "incidents.operator_data_key",
}
"""What the operator must do, by cause."""


def card(t: Texts, facts: IncidentSummary, place: str) -> list[Block]:
    """The card. `place`: the end of its outbox key."""
    incident = facts.incident
    title, *lines = sentences(t, t.md, facts)
    blocks = [section(f"{state_mark(incident)} *[{store_names(t.md, facts.stores)}]* *{title}*")]
    if lines:
        blocks.append(section("\n".join(lines)))
    if incident.assignee is not None and incident.assigned_at is not None:
        blocks.append(
            context(t.md("incidents.taken", who=mention(incident.assignee), moment=t.moment(incident.assigned_at)))
        )
    if incident.closed_at is None and incident.suppressed_by is None:
        blocks.append(actions(*_buttons(t, facts, place)))
    return blocks


def resolved_text(t: Texts, facts: IncidentSummary) -> str:
    """The reply that the incident is resolved; it mentions the assignee."""
    taken = facts.incident.assignee
    return f"{mention(taken)} {card_text(t, facts)}" if taken else card_text(t, facts)


def incident_list(t: Texts, listed: Sequence[IncidentSummary], now: datetime) -> Block:
    """The modal with open and recent incidents."""
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


def mobiles(t: Texts, found: Sequence[ContactPhone]) -> Block:
    """The modal with the contacts' mobile numbers."""
    blocks = [
        section(t.md("incidents.mobile_of", store=one.store, name=one.name, mobile=one.mobile)) for one in found[:50]
    ]
    return modal(
        t("incidents.mobile_title"),
        [*blocks, context(t("incidents.mobile_note"))],
        callback_id=IncidentView.MOBILE,
        close=t("common.close"),
    )


def letter(t: Texts, facts: IncidentSummary) -> tuple[str, EmailContent]:
    """Subject and content of the mail to a contact."""
    over = facts.incident.closed_at is not None
    title, *paragraphs = sentences(t, t, facts)
    return _subject(t, facts), EmailContent(
        title, paragraphs, _rows(t, facts), t("incidents.mail_footer"), alarming=not over
    )


def operator_letter(t: Texts, facts: IncidentSummary) -> tuple[str, EmailContent]:
    """Subject and content of the mail to the operator."""
    incident = facts.incident
    over = incident.closed_at is not None
    title = sentences(t, t, facts)[0]
    paragraphs = [] if over else [reason_text(t, incident), t(_OPERATOR_TODO[incident.cause])]
    if incident.message and not over:
        paragraphs.append(t("incidents.said", message=incident.message))
    return _subject(t, facts), EmailContent(title, paragraphs, _rows(t, facts), incident.id, alarming=not over)


def retried(t: Texts, stores: Sequence[Store], why: str) -> str:
    """The result of a retry for `stores`. `why`: the reason of the failure (Slack markup), or empty."""
    names = Markup(store_names(t.md, stores))
    if why:
        return t.md("incidents.retry_failed", stores=names, why=Markup(why))
    return t.md("incidents.retried", stores=names)


def _buttons(t: Texts, facts: IncidentSummary, place: str) -> list[Block]:
    incident = facts.incident
    store = facts.stores[0] if _is_fixable(facts) else None
    value = encode(IncidentRef(incident=incident.id, place=place, store=store.id if store else None))
    buttons = [
        button(t("incidents.take"), IncidentAction.TAKE, value, style=None if incident.assignee else "primary"),
        button(t("incidents.retry"), IncidentAction.RETRY, value),
    ]
    if store is not None:
        buttons += [
            button(t("incidents.edit"), SetupAction.EDIT, encode(SetupRef(store=store.id))),
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


def _is_fixable(facts: IncidentSummary) -> bool:
    """Whether it concerns one store and may be fixed in its settings."""
    incident = facts.incident
    return incident.cause not in _WIDE and incident.subject != Cause.DATA_KEY and len(facts.stores) == 1


def _list_item(t: Texts, facts: IncidentSummary, now: datetime) -> Block:
    incident = facts.incident
    lines = [
        t.md(
            "incidents.list_item",
            mark=state_mark(incident),
            stores=Markup(store_names(t.md, facts.stores)),
            name=incident_name(t, incident),
        )
    ]
    if incident.closed_at is None:
        since = t.moment(incident.failing_since)
        lines.append(t("incidents.list_since", since=since, duration=t.duration(now - incident.failing_since)))
        lines += sentences(t, t.md, facts)[1:2]
    else:
        lines.append(t.span(incident.failing_since, incident.closed_at))
        lines += (
            sentences(t, t.md, facts)[1:] if incident.resolution is Resolution.RECOVERED else [t("incidents.paused")]
        )
    if incident.assignee is not None and incident.assigned_at is not None:
        lines.append(t.md("incidents.taken", who=mention(incident.assignee), moment=t.moment(incident.assigned_at)))
    return section("\n".join(lines))


def _rows(t: Texts, facts: IncidentSummary) -> list[tuple[str, str]]:
    incident = facts.incident
    rows = [
        (t("incidents.mail_cause"), incident_name(t, incident)),
        (t("incidents.mail_stores"), store_names(t, facts.stores)),
        (t("incidents.mail_since"), t.dated(incident.failing_since)),
    ]
    if incident.closed_at is not None:
        rows.append((t("incidents.mail_until"), t.dated(incident.closed_at)))
    elif area_other_than_orders(incident) is None:
        rows.append((t("incidents.mail_waiting"), risk_text(t, facts)))
    return rows


def _subject(t: Texts, facts: IncidentSummary) -> str:
    key = "incidents.mail_subject" if facts.incident.closed_at is None else "incidents.mail_subject_over"
    return t(key, stores=store_names(t, facts.stores), name=incident_name(t, facts.incident))
