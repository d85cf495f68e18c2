"""What workspace admins see: Runple marks, rights, the audit list."""

from collections.abc import Mapping, Sequence

from handlers.admin.ids import AdminAction, AdminRef, AdminView, AuditRef, RunpleRef
from handlers.blocks import (
    Block,
    actions,
    button,
    clip,
    confirm,
    context,
    divider,
    input_block,
    modal,
    option,
    section,
    text_input,
)
from handlers.common_views.orders import who
from handlers.common_views.stores import LABELS
from handlers.payloads import encode
from handlers.texts import Texts, escape, mention
from tmon.audit import AuditPage
from tmon.models.audit import Audit
from tmon.models.products import Deal
from tmon.models.stores import ConfirmMode, Store
from tmon.permissions import managers
from tmon.products.catalog import DealPage
from tmon.products.runple import MarkResult

PAGE = 10
"""Stores on one page."""
EVERY_STORE = "all"
_MOST_STORES = 99
"""Slack takes 100 options in a menu."""
_SEARCH_MAX = 100
_NUMBERS_MAX = 3000
_TITLE = 120


def overview(t: Texts) -> Block:
    """What there is."""
    ref = encode(AdminRef())
    entries = (
        ("admin.runple", "admin.runple_about", AdminAction.RUNPLE, ref),
        ("admin.rights", "admin.rights_about", AdminAction.RIGHTS, ref),
        ("admin.audit", "admin.audit_about", AdminAction.AUDIT, encode(AuditRef())),
    )
    blocks = [
        section(
            t.md("admin.entry", title=t(title), about=t(about)),
            accessory=button(t("admin.open"), action, value, label=t("admin.open_label", what=t(title))),
        )
        for title, about, action, value in entries
    ]
    return _modal(t, t("admin.title"), blocks, AdminView.OVERVIEW)


def runple_stores(t: Texts, stores: Sequence[Store], counts: Mapping[str, int], page: int) -> Block:
    """One page of stores, each with its mark. `counts`: marked deals by store."""
    shown, page, pages = _page_of(stores, page)
    blocks: list[Block] = [context(t("admin.runple_note"))]
    for store in shown:
        blocks += _runple_store(t, store, counts.get(store.id, 0), page)
    if not shown:
        blocks.append(section(t("common.no_stores")))
    around = [encode(AdminRef(page=page + step)) for step in (-1, 1)]
    blocks += _turn(t, AdminAction.RUNPLE, page, pages, around)
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
        button(t("admin.deals"), f"{AdminAction.DEALS}#{store.id}", encode(RunpleRef(store=store.id))),
        button(t("admin.unmark"), f"{AdminAction.UNMARK_STORE}#{store.id}", ref, confirm=ask),
    ]
    return [section(t.md("admin.store", name=store.name, state=state)), actions(*buttons)]


def runple_deals(t: Texts, page: DealPage, marked: int, ref: RunpleRef, note: str = "") -> Block:
    """One page of a store's known deals, each with its mark. `note`: how marking a list ended."""
    here = ref.model_copy(update={"page": page.page, "deal": 0, "list_view": ""})
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
        *(_deal(t, deal, here) for deal in page.deals),
    ]
    if not page.deals:
        blocks.append(section(t("admin.no_deals")))
    around = [encode(here.model_copy(update={"page": page.page + step})) for step in (-1, 1)]
    blocks += _turn(t, AdminAction.DEALS, page.page, page.pages, around)
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
    """Asks for a list of deal numbers."""
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
    """How marking a list ended."""
    lines = [t("admin.numbers_marked" if on else "admin.numbers_unmarked", n=marked.changed)]
    if marked.same:
        lines.append(t("admin.numbers_same", n=marked.same))
    if marked.new:
        lines.append(t("admin.numbers_new", n=marked.new))
    return "\n".join(lines)


def rights(t: Texts, stores: Sequence[Store], page: int) -> Block:
    """One page of stores, each with who manages, works and sees."""
    shown, page, pages = _page_of(stores, page)
    blocks: list[Block] = [context(t("admin.rights_note"))]
    for store in shown:
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
    if not shown:
        blocks.append(section(t("common.no_stores")))
    around = [encode(AdminRef(page=page + step)) for step in (-1, 1)]
    blocks += _turn(t, AdminAction.RIGHTS, page, pages, around)
    return _modal(t, t("admin.rights"), [*blocks, _back(t)], AdminView.RIGHTS)


def audit_list(t: Texts, page: AuditPage, names: Mapping[str, str], ref: AuditRef) -> Block:
    """One page of what was recorded, and the fields that narrow it. `names`: of all stores, removed ones included."""
    here = ref.model_copy(update={"page": page.page})
    blocks = [*_filters(t, names, here), divider(), context(t("admin.audit_found", n=page.found))]
    if not page.rows:
        blocks.append(section(t("admin.audit_empty")))
    blocks += [section(_recorded(t, row, names)) for row in page.rows]
    around = [encode(here.model_copy(update={"page": page.page + step})) for step in (-1, 1)]
    blocks += _turn(t, AdminAction.AUDIT, page.page, page.pages, around)
    anew = encode(AuditRef(form_version=ref.form_version + 1))
    blocks.append(actions(button(t("admin.audit_all"), AdminAction.AUDIT, anew), _back_button(t)))
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


def _recorded(t: Texts, row: Audit, names: Mapping[str, str]) -> str:
    """Who did what when: numbers and names of fields, never a value that was typed."""
    actor = t("admin.by_system") if row.user_id == "system" else who(t, row.user_id)
    what = t(ACTIONS[row.action]) if row.action in ACTIONS else row.action
    parts = [t.md("admin.audit_row", moment=t.moment(row.at), who=actor, what=what)]
    if row.store_id is not None:
        parts.append(escape(names.get(row.store_id, row.store_id)))
    if row.subject is not None:
        parts.append(f"`{escape(row.subject)}`")
    if row.action == "store.edit":
        parts.append(", ".join(t(LABELS[name]) for name in row.details.get("fields", []) if name in LABELS))
    if row.action.startswith("product.runple_") and row.subject is None:
        parts.append(t("admin.audit_deals", n=len(row.details.get("deals", []))))
    return " · ".join(part for part in parts if part)


def _page_of(stores: Sequence[Store], page: int) -> tuple[Sequence[Store], int, int]:
    pages = max(1, -(-len(stores) // PAGE))
    page = min(max(page, 0), pages - 1)
    return stores[page * PAGE : (page + 1) * PAGE], page, pages


def _turn(t: Texts, action_id: str, page: int, pages: int, values: Sequence[str]) -> list[Block]:
    """Buttons to the pages around; `values`: what they carry."""
    buttons = []
    if page > 0:
        buttons.append(button(t("stores.page_before"), f"{action_id}#before", values[0]))
    if page < pages - 1:
        buttons.append(button(t("stores.page_after"), f"{action_id}#after", values[1]))
    if not buttons:
        return []
    return [context(t("stores.page", page=page + 1, pages=pages)), actions(*buttons)]


def _back(t: Texts) -> Block:
    return actions(_back_button(t))


def _back_button(t: Texts) -> Block:
    return button(t("setup.back"), AdminAction.OVERVIEW)


def _modal(t: Texts, title: str, blocks: Sequence[Block], callback_id: str) -> Block:
    return modal(title, blocks, callback_id=callback_id, close=t("common.close"))


ACTIONS = {
    "store.register": "admin.did_store_register",
    "store.edit": "admin.did_store_edit",
    "store.pause": "admin.did_store_pause",
    "store.resume": "admin.did_store_resume",
    "store.remove": "admin.did_store_remove",
    "store.start_auto": "admin.did_store_start_auto",
    "store.see_contact": "admin.did_store_see_contact",
    "store.test_contact": "admin.did_store_test_contact",
    "store.runple_on": "admin.did_store_runple_on",
    "store.runple_off": "admin.did_store_runple_off",
    "order.confirm": "admin.did_order_confirm",
    "order.confirm_failed": "admin.did_order_confirm_failed",
    "order.hold": "admin.did_order_hold",
    "order.release": "admin.did_order_release",
    "buyer.destroy": "admin.did_buyer_destroy",
    "inquiry.see": "admin.did_inquiry_see",
    "inquiry.destroy": "admin.did_inquiry_destroy",
    "incident.take": "admin.did_incident_take",
    "incident.see_mobile": "admin.did_incident_see_mobile",
    "address.see": "admin.did_address_see",
    "address.import": "admin.did_address_import",
    "address.register": "admin.did_address_register",
    "address.edit": "admin.did_address_edit",
    "address.failed": "admin.did_address_failed",
    "template.import": "admin.did_template_import",
    "template.add": "admin.did_template_add",
    "template.register": "admin.did_template_register",
    "template.failed": "admin.did_template_failed",
    "product.add": "admin.did_product_add",
    "product.exclude": "admin.did_product_exclude",
    "product.include": "admin.did_product_include",
    "product.extend": "admin.did_product_extend",
    "product.runple_on": "admin.did_product_runple_on",
    "product.runple_off": "admin.did_product_runple_off",
    "sku.count": "admin.did_sku_count",
    "sku.remove": "admin.did_sku_remove",
    "sku.map": "admin.did_sku_map",
    "sku.settle": "admin.did_sku_settle",
}
"""What was done, in words."""
