"""Views of incidents: the card, which is edited while one is open, the resolution, the list, the mails."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from handlers.blocks import (
    Block,
    actions,
    button,
    context,
    header,
    input_block,
    modal,
    option,
    overflow,
    section,
)
from handlers.common_views.ids import StoreRef, StoreRemedy
from handlers.common_views.incidents import (
    card_text,
    incident_name,
    reason_text,
    risk_text,
    sentences,
    state_mark,
    store_names,
)
from handlers.common_views.mail import EmailContent, without_links
from handlers.common_views.partner_center import partner_center_buttons
from handlers.incidents.ids import IncidentAction, IncidentRef, IncidentView
from handlers.payloads import encode
from handlers.stores.ids import PartRef, SettingsAction, SetupAction, SetupRef
from handlers.texts import Markup, Texts, mention
from tmon.incidents.deployment import Reach
from tmon.incidents.service import ContactPhone
from tmon.incidents.summary import IncidentSummary
from tmon.models.incidents import Cause, Incident, Resolution
from tmon.models.stores import Store
from tmon.stores.settings import Part

_WIDE = (Cause.VENDOR, Cause.TMON)
_OPERATOR_TODO = {
    Cause.VENDOR: "incidents.operator_vendor",
    Cause.TMON: "incidents.operator_tmon",
    Cause.DATA_KEY: "incidents.operator_data_key",
}
"""What the operator must do, by cause."""


def card(t: Texts, facts: IncidentSummary, place: str, contacts: Sequence[str] = ()) -> list[Block]:
    """The card. `place`: the end of its outbox key; `contacts`: accounts of the stores' contacts, to mention them."""
    incident = facts.incident
    title, *lines = sentences(t, t.md, facts)
    blocks = [section(f"{state_mark(incident)} *[{store_names(t.md, facts.stores)}]* *{title}*")]
    if lines:
        blocks.append(section("\n".join(lines)))
    if incident.assignee is not None and incident.closed_at is not None:
        blocks.append(context(t.md("incidents.was_taken", who=mention(incident.assignee))))
    elif incident.assignee is not None and incident.assigned_at is not None:
        blocks.append(
            context(t.md("incidents.taken", who=mention(incident.assignee), moment=t.moment(incident.assigned_at)))
        )
    elif contacts and incident.closed_at is None:
        blocks.append(context(t.md("incidents.contacts", who=mention(*contacts))))
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


def letter(t: Texts, facts: IncidentSummary, link: str | None = None) -> tuple[str, EmailContent]:
    """Subject and content of the mail to a contact. `link`: the address of the message in Slack."""
    over = facts.incident.closed_at is not None
    where = without_links(store_names(t, facts.stores))
    title, *paragraphs = sentences(t, _unlinked(t), facts, buttons=False)
    footer = "incidents.mail_footer" if link else "incidents.mail_footer_no_link"
    content = EmailContent(
        t("incidents.mail_heading", stores=where, sentence=title),
        paragraphs,
        _rows(t, facts, where),
        t("incidents.mail_footer_over" if over else footer),
        alarming=not over,
        link=(t("incidents.mail_open"), link) if link else None,
    )
    return _subject(t, facts, where), content


def _unlinked(t: Texts) -> Callable[..., str]:
    """Say sentences whose values are no links: what TMON and shops write may look like one."""

    def say(key: str, **values: Any) -> str:
        return t(key, **{name: without_links(v) if isinstance(v, str) else v for name, v in values.items()})

    return say


def operator_letter(t: Texts, facts: IncidentSummary, reach: Reach | None) -> tuple[str, EmailContent]:
    """Subject and content of the mail to the operator. `reach`: None for a mail that a version before installations put into the outbox."""
    incident = facts.incident
    over = incident.closed_at is not None
    where = without_links(store_names(t, facts.stores)) if reach is None else _reach(t, reach)
    title = t("incidents.mail_heading", stores=where, sentence=sentences(t, t, facts, buttons=False)[0])
    paragraphs = [] if over else [reason_text(t, incident), t(_OPERATOR_TODO[incident.cause])]
    if incident.message and not over:
        paragraphs.append(t("incidents.said", message=incident.message))
    content = EmailContent(title, paragraphs, _rows(t, facts, where), incident.id, alarming=not over)
    return _subject(t, facts, where), content


def _reach(t: Texts, reach: Reach) -> str:
    if reach.workspaces > 1:
        return t("incidents.reach", workspaces=reach.workspaces, n=reach.stores)
    return t("incidents.reach_one", n=reach.stores)


def retried(t: Texts, stores: Sequence[Store], why: str) -> str:
    """The result of a retry for `stores`. `why`: the reason of the failure (Slack markup), or empty."""
    names = Markup(store_names(t.md, stores))
    if why:
        return t.md("incidents.retry_failed", stores=names, why=Markup(why))
    return t.md("incidents.retried", stores=names)


def _buttons(t: Texts, facts: IncidentSummary, place: str) -> list[Block]:
    """What people can do, first what mends it; what is seldom needed and costs something is in a menu."""
    incident = facts.incident
    store = facts.stores[0] if _is_fixable(facts) else None
    ref = IncidentRef(incident=incident.id, place=place, store=store.id if store else None)
    buttons, first = [], "primary"
    if store is not None and incident.cause is Cause.KEY:
        buttons.append(_edit_key(t, incident, store))
        buttons += partner_center_buttons(t)
        first = ""
    if incident.assignee is None:
        buttons.append(button(t("incidents.take"), IncidentAction.TAKE, encode(ref), style=first or None))
    else:
        buttons.append(button(t("incidents.reassign"), IncidentAction.REASSIGN, encode(ref)))
    buttons.append(button(t("incidents.retry"), IncidentAction.RETRY, encode(ref)))
    if store is not None and incident.cause is not Cause.KEY:
        buttons.append(button(t("incidents.edit"), SetupAction.EDIT, encode(SetupRef(store=store.id))))
    menu = []
    if store is not None:
        menu.append(_entry(t("incidents.pause"), ref, IncidentView.ASK_PAUSE))
    if incident.serious:
        menu.append(_entry(t("incidents.mobile"), ref, IncidentView.ASK_MOBILE))
    if menu:
        buttons.append(overflow(IncidentAction.MORE, *menu))
    return buttons


def _edit_key(t: Texts, incident: Incident, store: Store) -> Block:
    """The button that mends refused credentials: the form with the key only, or all of the store's own ones."""
    if incident.error == "key_rejected":
        ref, action = encode(StoreRef(store=store.id)), f"{StoreRemedy.FIX_KEY}#{store.id}"
    else:
        ref, action = encode(PartRef(store=store.id, part=Part.API)), f"{SettingsAction.EDIT}#{Part.API}"
    return button(t("incidents.edit"), action, ref, style="primary")


def _entry(text: str, ref: IncidentRef, view: IncidentView) -> Block:
    return option(text, encode(ref.model_copy(update={"view": view})))


def pause_form(t: Texts, facts: IncidentSummary, store: Store, ref: IncidentRef) -> Block:
    """The view that confirms 연동 중지, with what it costs."""
    return modal(
        t("incidents.pause"),
        [section(t.md("incidents.pause_ask", store=store.name)), section(risk_text(t, facts))],
        callback_id=IncidentView.ASK_PAUSE,
        close=t("common.close"),
        submit=t("incidents.pause"),
        metadata=encode(ref),
    )


def mobile_form(t: Texts, facts: IncidentSummary, ref: IncidentRef) -> Block:
    """The view that confirms the look at the mobile numbers, which is recorded."""
    names = Markup(store_names(t.md, facts.stores))
    return modal(
        t("incidents.mobile_title"),
        [section(t.md("incidents.mobile_ask", stores=names)), context(t("incidents.mobile_note"))],
        callback_id=IncidentView.ASK_MOBILE,
        close=t("common.close"),
        submit=t("incidents.mobile_show"),
        metadata=encode(ref),
    )


def assign_form(t: Texts, facts: IncidentSummary, user_id: str, ref: IncidentRef) -> Block:
    """The form that hands the incident to somebody else, at first to `user_id`, who opens it."""
    select: Block = {"type": "users_select", "initial_user": user_id}
    return modal(
        t("incidents.reassign"),
        [
            section(card_text(t, facts)),
            input_block("assignee", t("incidents.assignee"), select, hint=t("incidents.assignee_hint")),
        ],
        callback_id=IncidentView.ASSIGN,
        close=t("common.close"),
        submit=t("incidents.assign"),
        metadata=encode(ref),
    )


def assigned_text(t: Texts, facts: IncidentSummary, who: str) -> str:
    """The direct message to somebody to whom `who` has handed an incident."""
    return t.md("incidents.assigned", who=mention(who), what=Markup(card_text(t, facts)))


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


def _rows(t: Texts, facts: IncidentSummary, where: str) -> list[tuple[str, str]]:
    incident = facts.incident
    rows = [
        (t("incidents.mail_cause"), incident_name(t, incident)),
        (t("incidents.mail_stores"), where),
        (t("incidents.mail_since"), t.dated(incident.failing_since)),
    ]
    if incident.closed_at is not None:
        rows.append((t("incidents.mail_until"), t.dated(incident.closed_at)))
    return rows


def _subject(t: Texts, facts: IncidentSummary, where: str) -> str:
    key = "incidents.mail_subject" if facts.incident.closed_at is None else "incidents.mail_subject_over"
    return t(key, stores=where, name=incident_name(t, facts.incident))
