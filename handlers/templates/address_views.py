"""Views of the address book: the list, the form of one address, the result of saving."""

from handlers.blocks import (
    Block,
    button,
    button_beside,
    clip,
    context,
    divider,
    escape_title,
    input_block,
    modal,
    option,
    pager,
    section,
    text_input,
)
from handlers.payloads import encode
from handlers.templates.ids import AddressRef, TemplateAction, TemplatesRef, TemplateView
from handlers.templates.views import SENTENCE, result, to_overview
from handlers.texts import Texts
from tmon.api import AddressType
from tmon.models.stores import Store
from tmon.models.templates import AddressChange, WriteState
from tmon.pages import Page
from tmon.templates.address_book import AddressBook, KnownAddress
from tmon.templates.address_form import ADDRESS_MAX, OPTIONAL, AddressForm

PAGE = 10
"""Addresses on one page."""
KINDS = {AddressType.SHIP_FROM: "templates.ship_from", AddressType.RETURN_TO: "templates.return_to"}
_LABELS = {
    "name": "templates.address_name",
    "zip_code": "templates.zip_code",
    "street_address": "templates.street_address",
    "address": "templates.lot_address",
    "address_detail": "templates.address_detail",
    "manager_name": "templates.manager_name",
    "manager_phone": "templates.manager_phone",
}
_HINTS = {"name": "templates.address_name_hint", "manager_phone": "templates.manager_phone_hint"}


def address_list(t: Texts, store: Store, book: AddressBook, page: int) -> Block:
    """The list of addresses, the default one first."""
    shown = Page.of(book.addresses, page, PAGE)
    blocks = [section(t.md("templates.addresses_of", name=escape_title(store.name, 60), n=len(book.addresses)))]
    for known in shown.items:
        blocks += [divider(), _entry(t, store.id, known)]
    blocks += pager(t, TemplateAction.ADDRESSES, TemplatesRef(store=store.id), shown, to_overview(t, store.id))
    return modal(t("templates.address_book"), blocks, callback_id=TemplateView.ADDRESSES, close=t("common.close"))


def _entry(t: Texts, store_id: str, known: KnownAddress) -> Block:
    ref = encode(AddressRef(store=store_id, no=known.no))
    edit = button_beside(
        t, t("templates.edit_address"), known.address.name, f"{TemplateAction.EDIT_ADDRESS}#{known.no}", ref
    )
    return section(describe(t, known), accessory=edit)


def describe(t: Texts, known: KnownAddress) -> str:
    """Describe an address in a few lines, as markup."""
    address = known.address
    marks = [t(KINDS[address.type])] if address.type in KINDS else []
    if address.default:
        marks.append(t("templates.default"))
    if not known.available:
        marks.append(t("templates.not_available"))
    return t.md(
        "templates.address",
        name=escape_title(address.name, 60),
        marks=" · ".join(marks),
        no=str(known.no),
        zip=escape_title(address.zip_code, 10),
        place=escape_title(address.street_address or address.address, 200),
        detail=escape_title(address.address_detail, 100),
        manager=escape_title(address.manager_name, 30),
        phone=escape_title(address.manager_phone, 20),
        used=known.used_by,
    )


def address_form(t: Texts, ref: AddressRef, form: AddressForm, *, used_by: int = 0) -> Block:
    """The form of one address. `used_by`: number of delivery templates that an edit affects."""
    form_version = ref.change or ref.no or "new"
    kinds = [option(t(key), kind.value) for kind, key in KINDS.items()]
    kind: Block = {"type": "radio_buttons", "options": kinds}
    chosen = next((one for one in kinds if one["value"] == form.kind), None)
    if chosen is not None:
        kind["initial_option"] = chosen
    is_default = option(t("templates.default_address"), "yes", t("templates.default_address_text"))
    default: Block = {"type": "checkboxes", "options": [is_default]}
    if form.default == "yes":
        default["initial_options"] = [is_default]
    if ref.no is None:
        consequence = t("templates.at_once")
    else:
        consequence = t("templates.edit_touches", n=used_by) if used_by else t("templates.edit_touches_none")
    blocks = [section(consequence)]
    for field, label in _LABELS.items():
        element = text_input(max_length=ADDRESS_MAX[field] + 20, initial=getattr(form, field))
        hint = t(_HINTS[field]) if field in _HINTS else None
        optional = field in OPTIONAL
        blocks.append(input_block(f"{field}~{form_version}", t(label), element, hint=hint, optional=optional))
        if field == "name":
            blocks.append(input_block(f"kind~{form_version}", t("templates.address_kind"), kind))
    blocks.append(input_block(f"default~{form_version}", t("templates.default"), default, optional=True))
    return modal(
        t("templates.new_address") if ref.no is None else t("templates.edit_address"),
        blocks,
        callback_id=TemplateView.ADDRESS,
        close=t("common.close"),
        submit=t("templates.save"),
        metadata=encode(ref),
    )


def named_form(t: Texts, store: Store) -> Block:
    """The form that asks for the name of an address that exists at TMON."""
    return modal(
        t("templates.import_named_address"),
        [
            section(t("templates.addresses_not_offered")),
            input_block("name", t("templates.address_name"), text_input(max_length=ADDRESS_MAX["name"] + 20)),
        ],
        callback_id=TemplateView.NAMED_ADDRESS,
        close=t("common.close"),
        submit=t("templates.import"),
        metadata=encode(TemplatesRef(store=store.id)),
    )


def saved(t: Texts, change: AddressChange, existing: KnownAddress | None) -> Block:
    """The result of saving. `existing`: the address that already has this name."""
    to_list = button(t("templates.list"), TemplateAction.ADDRESSES, encode(TemplatesRef(store=change.store_id)))
    lines = [section(ended(t, change))]
    if change.state is not WriteState.FAILED:
        return result(t, change.store_id, lines, to_list)
    again = AddressRef(store=change.store_id, no=None if change.is_new else change.address_no, change=change.id)
    retry = button(t("templates.type_again"), TemplateAction.RETRY_ADDRESS, encode(again), style="primary")
    if existing is None:
        return result(t, change.store_id, lines, retry)
    offer = [section(describe(t, existing)), context(t("templates.use_existing"))]
    ref = encode(AddressRef(store=change.store_id, no=existing.no))
    edit = button(t("templates.edit_existing"), f"{TemplateAction.EDIT_ADDRESS}#{existing.no}", ref)
    return result(t, change.store_id, [*lines, *offer], edit, retry)


def ended(t: Texts, change: AddressChange) -> str:
    """Describe the state of an attempt to save, as markup."""
    if change.state is WriteState.DONE:
        return t.md("templates.address_saved", name=escape_title(change.name, 60))
    if change.state is WriteState.FAILED:
        reason = t("templates.not_arrived") if change.note is None else t(change.note)
        if change.note_detail:
            reason = f"{reason}\n{t.md('common.tmon_said', message=clip(change.note_detail, SENTENCE))}"
        return t.md("templates.address_not_saved", name=escape_title(change.name, 60)) + "\n" + reason
    waits = f"\n{t(change.note)}" if change.note else ""
    return t.md("templates.address_in_doubt", name=escape_title(change.name, 60)) + waits
