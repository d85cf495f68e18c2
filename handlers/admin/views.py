"""Views for workspace admins: Runple marks, permissions, the audit log."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from handlers.admin.ids import AdminAction, AdminRef, AdminView, AuditRef, PrivacyRef, RunpleRef
from handlers.blocks import (
    Block,
    actions,
    button,
    button_beside,
    clip,
    confirm,
    context,
    divider,
    input_block,
    menu,
    modal,
    option,
    pager,
    section,
    text_input,
)
from handlers.common_views.incidents import incident_name
from handlers.common_views.orders import who
from handlers.common_views.stores import LABELS
from handlers.payloads import encode
from handlers.texts import LANGUAGES, Texts, entries, escape, mention
from tmon.audit import AuditPage
from tmon.errors import state_key
from tmon.models.audit import Audit
from tmon.models.incidents import Incident
from tmon.models.products import Deal
from tmon.models.stores import ConfirmMode, Store
from tmon.pages import Page
from tmon.permissions import managers
from tmon.products.catalog import DealPage
from tmon.products.runple import MarkResult

_DID = state_key("admin.did", "")
ACTIONS = tuple(key.removeprefix(_DID).replace("_", ".", 1) for key in entries() if key.startswith(_DID))
"""Audited actions that have words (text key `admin.did_<feature>_<what>`)."""
PAGE = 10
"""Stores on one page."""
EVERY_STORE = "all"
_MOST_STORES = 99
"""Slack allows 100 options in a menu; one of them is "every store"."""
_SEARCH_MAX = 100
_NUMBERS_MAX = 3000
_TITLE = 120
_SUBJECT = 60


def overview(t: Texts, language: str) -> Block:
    """The overview of the admin functions. `language`: of the workspace's channel messages."""
    ref = encode(AdminRef())
    entries = (
        ("admin.runple", "admin.runple_about", AdminAction.RUNPLE, ref),
        ("admin.rights", "admin.rights_about", AdminAction.RIGHTS, ref),
        ("admin.audit", "admin.audit_about", AdminAction.AUDIT, encode(AuditRef())),
        ("admin.privacy", "admin.privacy_about", AdminAction.PRIVACY, encode(PrivacyRef())),
    )
    blocks = [
        section(
            t.md("admin.entry", title=t(title), about=t(about)),
            accessory=button(t("admin.open"), action, value, label=t("admin.open_label", what=t(title))),
        )
        for title, about, action, value in entries
    ]
    blocks.append(
        section(
            t.md("admin.entry", title=t("admin.language"), about=t("admin.language_about")),
            accessory=menu(
                AdminAction.LANGUAGE,
                t("admin.language"),
                [option(t.of("admin.language", one), one) for one in LANGUAGES],
                language,
            ),
        )
    )
    return _modal(t, t("admin.title"), blocks, AdminView.OVERVIEW)


def runple_stores(t: Texts, stores: Sequence[Store], counts: Mapping[str, int], page: int) -> Block:
    """One page of stores with their Runple marks. `counts`: number of marked deals by store."""
    shown = Page.of(stores, page, PAGE)
    blocks: list[Block] = [context(t("admin.runple_note"))]
    for store in shown.items:
        blocks += _runple_store(t, store, counts.get(store.id, 0), shown.number)
    if not shown.items:
        blocks.append(section(t("common.no_stores")))
    blocks += pager(t, AdminAction.RUNPLE, AdminRef(), shown)
    return _modal(t, t("admin.runple"), [*blocks, _back(t)], AdminView.RUNPLE)


def _runple_store(t: Texts, store: Store, marked: int, page: int) -> list[Block]:
    state = t("admin.runple_store", n=marked) if store.runple else t("admin.not_runple_store")
    ref = encode(AdminRef(store=store.id, page=page))
    if not store.runple:
        return [
            section(
                t.md("admin.store", name=store.name, state=state),
                accessory=button(
                    t("admin.mark"),
                    f"{AdminAction.MARK_STORE}#{store.id}",
                    ref,
                    label=t("admin.mark_label", title=clip(store.name, 50)),
                ),
            )
        ]
    ends = store.confirm_mode is ConfirmMode.RUNPLE
    ask = confirm(
        t,
        title=t("admin.unmark"),
        text=t.md("admin.unmark_ends" if ends else "admin.unmark_text", name=clip(store.name, 60)),
        yes=t("admin.unmark"),
        danger=True,
    )
    buttons = [
        button_beside(
            t, t("admin.deals"), store.name, f"{AdminAction.DEALS}#{store.id}", encode(RunpleRef(store=store.id))
        ),
        button_beside(t, t("admin.unmark"), store.name, f"{AdminAction.UNMARK_STORE}#{store.id}", ref, confirm=ask),
    ]
    return [section(t.md("admin.store", name=store.name, state=state)), actions(*buttons)]


def runple_deals(t: Texts, page: DealPage, marked: int, ref: RunpleRef, note: str = "") -> Block:
    """One page of a store's known deals with their Runple marks. `note`: the result of marking a list."""
    here = ref.model_copy(update={"page": page.number, "deal": 0, "list_view": ""})
    field = text_input(max_length=_SEARCH_MAX, initial=ref.search)
    blocks = [
        section(
            t.md("admin.deals_heading", store=page.store.name, n=marked, known=t("admin.deals_known", n=page.known))
        ),
        context(t("admin.deals_note")),
        *([section(note)] if note else []),
        input_block("search", t("admin.search"), field, optional=True),
        actions(button(t("admin.numbers"), AdminAction.NUMBERS, encode(here))),
        divider(),
        *(_deal(t, deal, here) for deal in page.items),
    ]
    if not page.items:
        blocks.append(section(t("admin.no_deals")))
    blocks += pager(t, AdminAction.DEALS, here, page)
    blocks.append(actions(button(t("setup.back"), AdminAction.RUNPLE, encode(AdminRef()))))
    return modal(
        t("admin.deals"),
        blocks,
        callback_id=AdminView.DEALS,
        close=t("common.close"),
        submit=t("admin.find"),
        metadata=encode(here),
    )


def _deal(t: Texts, deal: Deal, here: RunpleRef) -> Block:
    title = clip(deal.title, _TITLE) if deal.title else t("products.untitled", no=deal.deal_no)
    action = AdminAction.UNMARK_DEAL if deal.runple else AdminAction.MARK_DEAL
    turn = button(
        t("admin.unmark" if deal.runple else "admin.mark"),
        f"{action}#{deal.deal_no}",
        encode(here.model_copy(update={"deal": deal.deal_no})),
        label=t("admin.unmark_label" if deal.runple else "admin.mark_label", title=clip(title, 50)),
    )
    key = "admin.deal_marked" if deal.runple else "admin.deal"
    return section(t.md(key, title=title, no=deal.deal_no), accessory=turn)


def numbers_form(t: Texts, store: Store, ref: RunpleRef) -> Block:
    """The form for a list of deal numbers."""
    marks = [option(t("admin.mark"), "on"), option(t("admin.unmark"), "off")]
    blocks = [
        context(t.md("settings.about", name=store.name)),
        input_block(
            "numbers",
            t("admin.numbers_label"),
            text_input(max_length=_NUMBERS_MAX, multiline=True),
            hint=t("admin.numbers_hint"),
        ),
        input_block(
            "mark", t("admin.numbers_mark"), {"type": "radio_buttons", "options": marks, "initial_option": marks[0]}
        ),
    ]
    return modal(
        t("admin.numbers"),
        blocks,
        callback_id=AdminView.NUMBERS,
        close=t("common.close"),
        submit=t("setup.save"),
        metadata=encode(ref),
    )


def marked_text(t: Texts, marked: MarkResult, *, on: bool) -> str:
    """The result of marking a list."""
    lines = [t("admin.numbers_marked" if on else "admin.numbers_unmarked", n=marked.changed)]
    if marked.same:
        lines.append(t("admin.numbers_same", n=marked.same))
    if marked.new:
        lines.append(t("admin.numbers_new", n=marked.new))
    return "\n".join(lines)


def rights(t: Texts, stores: Sequence[Store], page: int) -> Block:
    """One page of stores, each with the people who may manage, operate and view it."""
    shown = Page.of(stores, page, PAGE)
    blocks: list[Block] = [context(t("admin.rights_note"))]
    for store in shown.items:
        manage = mention(*managers(store))
        work = (
            t("admin.work_chosen", people=mention(*store.worker_ids))
            if store.worker_ids
            else t("admin.manage", people=manage)
        )
        lines = [
            f"*{escape(store.name)}*",
            t("admin.right_manage", who=t("admin.manage", people=manage)),
            t("admin.right_work", who=work),
            t("admin.right_see"),
        ]
        blocks.append(section("\n".join(lines)))
    if not shown.items:
        blocks.append(section(t("common.no_stores")))
    blocks += pager(t, AdminAction.RIGHTS, AdminRef(), shown)
    return _modal(t, t("admin.rights"), [*blocks, _back(t)], AdminView.RIGHTS)


def audit_list(
    t: Texts,
    page: Page[Audit],
    names: Mapping[str, str],
    ref: AuditRef,
    incidents: Mapping[str, Incident] = MappingProxyType({}),
) -> Block:
    """One page of the audit log with its filters.

    `names`: names of all stores by id, removed ones included; `incidents`: those that are named, by id.
    """
    here = ref.model_copy(update={"page": page.number})
    found, joined, older = page.total, dict[str, int](), False
    if isinstance(page, AuditPage):
        found, joined, older = page.rows, dict(page.joined), page.older
    blocks = [*_filters(t, names, here), divider(), context(t("admin.audit_found", n=found))]
    if not page.items:
        blocks.append(section(t("admin.audit_empty")))
    blocks += [section(_recorded(t, row, joined.get(row.id, 1), names, incidents)) for row in page.items]
    if older and page.number == page.pages - 1:
        blocks.append(context(t("admin.audit_older")))
    blocks += pager(t, AdminAction.AUDIT, here, page)
    unfiltered = encode(AuditRef(form_version=ref.form_version + 1))
    blocks.append(
        actions(
            button(t("admin.audit_export"), AdminAction.AUDIT_EXPORT, encode(here)),
            button(t("admin.audit_all"), AdminAction.AUDIT, unfiltered),
            _back_button(t),
        )
    )
    return modal(
        t("admin.audit"),
        blocks,
        callback_id=AdminView.AUDIT,
        close=t("common.close"),
        submit=t("admin.find"),
        metadata=encode(here),
    )


def _filters(t: Texts, names: Mapping[str, str], ref: AuditRef) -> list[Block]:
    listed = dict(sorted(names.items(), key=lambda item: item[1])[:_MOST_STORES])
    options = [option(t("admin.every_store"), EVERY_STORE), *(option(name, key) for key, name in listed.items())]
    chosen = next((one for one in options if one["value"] == (ref.store or EVERY_STORE)), options[0])
    user: Block = {"type": "users_select"} | ({"initial_user": ref.user} if ref.user else {})
    day: Block = {"type": "datepicker"} | ({"initial_date": ref.day.isoformat()} if ref.day else {})
    fields: list[tuple[str, str, Block]] = [
        ("store", "admin.audit_store", {"type": "static_select", "options": options, "initial_option": chosen}),
        ("user", "admin.audit_user", user),
        ("day", "admin.audit_day", day),
    ]
    return [
        input_block(f"{name}~{ref.form_version}", t(label), element, optional=True) for name, label, element in fields
    ]


def _recorded(t: Texts, row: Audit, count: int, names: Mapping[str, str], incidents: Mapping[str, Incident]) -> str:
    """One line: who did what and when, with numbers and names of fields but never a typed value.

    `count`: how many rows it stands for.
    """
    actor = t("admin.by_system") if row.user_id == "system" else who(t, row.user_id)
    parts = [t.md("admin.audit_row", moment=t.moment(row.at), who=actor, what=action_text(t, row.action))]
    if row.store_id is not None:
        parts.append(escape(names.get(row.store_id, row.store_id)))
    if row.subject is not None and row.subject in incidents:
        parts.append(escape(_incident(t, incidents[row.subject])))
    elif row.subject is not None:
        subject = t.md("admin.audit_subject", subject=clip(row.subject, _SUBJECT))
        more = count - 1
        parts.append(t("admin.audit_subject_more", subject=subject, n=more) if more else subject)
    if row.action == "store.edit":
        parts.append(", ".join(t(LABELS[name]) for name in row.details.get("fields", []) if name in LABELS))
    if row.action.startswith("product.runple_") and row.subject is None:
        parts.append(t("admin.audit_deals", n=len(row.details.get("deals", []))))
    return " · ".join(part for part in parts if part)


def audit_rows(
    t: Texts, rows: Iterable[Audit], names: Mapping[str, str], incidents: Mapping[str, Incident]
) -> Iterator[list[str]]:
    """Rows of the file of the audit log, one per action."""
    yield [t(name) for name in ("admin.column_at", "admin.column_account", "admin.column_action")] + [
        t(name) for name in ("admin.column_store", "admin.column_subject")
    ]
    for row in rows:
        store = names.get(row.store_id or "", row.store_id or "")
        subject = row.subject or ""
        if subject in incidents:
            subject = _incident(t, incidents[subject])
        yield [t.stamp(row.at), row.user_id, action_text(t, row.action), store, subject]


def action_text(t: Texts, action: str) -> str:
    """What was done, in words; an action that has none by its name."""
    return t.of("admin.did", action.replace(".", "_")) if action in ACTIONS else action


def _incident(t: Texts, incident: Incident) -> str:
    return t("admin.audit_incident", name=incident_name(t, incident), moment=t.dated(incident.failing_since))


def _back(t: Texts) -> Block:
    return actions(_back_button(t))


def _back_button(t: Texts) -> Block:
    return button(t("setup.back"), AdminAction.OVERVIEW)


def _modal(t: Texts, title: str, blocks: Sequence[Block], callback_id: str) -> Block:
    return modal(title, blocks, callback_id=callback_id, close=t("common.close"))
