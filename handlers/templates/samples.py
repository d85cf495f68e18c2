"""Samples of the address book and the delivery templates."""

from collections.abc import Iterator, Sequence
from typing import Any

from handlers.blocks import Block, section
from handlers.feature import Sample
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, store
from handlers.templates import address_views, delivery_views, views
from handlers.templates.ids import AddressRef, PolicyRef
from handlers.texts import Texts
from tmon.api import AddressType, NewAddress, NewTemplate
from tmon.models.templates import AddressChange, DeliveryTemplate, WriteState
from tmon.products.repository import TemplateDeals
from tmon.templates.address_book import AddressBook, KnownAddress
from tmon.templates.address_form import ADDRESS_MAX, AddressForm
from tmon.templates.policy import NAME_MAX, PolicyForm, policy_key
from tmon.templates.template_list import TemplateList

_STORE = store()
_FORMS = {
    "free": PolicyForm(),
    "conditional": PolicyForm(
        name="5만원 이상 무료",
        fee_policy="CONDITION",
        fee="3000",
        free_from="50000",
        islands="yes",
        jeju="3000",
        other_islands="5000",
        ship_from="1",
        return_to="2",
    ),
    "islands paid apart": PolicyForm(
        name="착불", fee_policy="AFTER", fee="4000", islands="yes", islands_prepaid="no", surcharge_from="0"
    ),
    "same day": PolicyForm(name="가" * NAME_MAX, fee_policy="PER", fee="2500", delivery_type="DD", cut_off="14:00"),
}


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view and message about templates."""
    for name, book in (("empty", _book(0)), ("usual", _book(2)), ("worst", _book(200, NASTY))):
        yield from _of_book(t, name, book)
    for name, form in _FORMS.items():
        for unlisted, suffix in ((False, ""), (True, ", not listed")):
            ref = PolicyRef(store=_STORE.id, form=form, form_version="f_0123456789ab")
            yield (
                f"policy form {name}{suffix}",
                delivery_views.policy_form(t, ref, _book(200, LONG), list_not_offered=unlisted),
            )
    for name, row in _rows().items():
        yield from _of_template(t, name, row)
    for state in WriteState:
        text = address_views.ended(t, _change(state))
        yield f"address message {state}", {"text": text, "blocks": [section(text)]}
    full = AddressForm(**{field: "가" * length for field, length in ADDRESS_MAX.items()})
    yield "address form full", address_views.address_form(t, AddressRef(store=_STORE.id), full)
    yield "asking TMON", views.progress(t)
    yield "address missing", delivery_views.no_addresses(t, _STORE.id, [AddressType.SHIP_FROM, AddressType.RETURN_TO])
    yield "template number", delivery_views.number_form(t, _STORE)
    yield "address name", address_views.named_form(t, _STORE)


def _of_book(t: Texts, name: str, book: AddressBook) -> Iterator[Sample]:
    rows = list(_rows().values())
    for listed, suffix in ((True, ""), (False, ", not listed")):
        shelf = TemplateList(rows[:1] * 30, rows[1:2] * 12, MOMENT if listed else None, list_not_offered=not listed)
        changes = [_change(WriteState.UNKNOWN)] * 12
        notice = [section(t.md("templates.address_saved", name="x"))]
        yield f"templates {name}{suffix}", views.overview(t, _STORE, book, changes, shelf, notice)
        yield f"template list {name}{suffix}", delivery_views.template_list(t, _STORE, shelf, book, _deals(), 1)
    yield f"address list {name}", address_views.address_list(t, _STORE, book, 1)
    for known in book.addresses[:1]:
        form = AddressForm.of(known.address)
        ref = AddressRef(store=_STORE.id, no=known.no)
        for used_by in (0, 12):
            yield f"address form {name}, used by {used_by}", address_views.address_form(t, ref, form, used_by=used_by)
        for state in WriteState:
            yield f"address {state} {name}", address_views.saved(t, _change(state), known)


def _of_template(t: Texts, name: str, row: DeliveryTemplate) -> Iterator[Sample]:
    book = _book(2, NASTY)
    typed = PolicyRef(store=_STORE.id, form=_FORMS["same day"])
    yield f"template already there {name}", delivery_views.already_there(t, row, book, typed)
    yield f"template number known {name}", delivery_views.is_there_form(t, row)
    for decide, suffix in ((False, ""), (True, ", to be decided")):
        yield f"template registered {name}{suffix}", delivery_views.registered(t, row, book, decide=decide)
        yield f"template in doubt {name}{suffix}", _message(row.name, views.doubt(t, row, decide=decide))
    if row.policy is not None:
        ref = PolicyRef(store=_STORE.id, form=_FORMS["same day"])
        policy = NewTemplate.model_validate(row.policy)
        yield f"template preview {name}", delivery_views.preview(t, ref, policy, book, list_not_offered=True)


def _message(text: str, blocks: Sequence[Block]) -> dict[str, Any]:
    return {"text": text[:100], "blocks": list(blocks)}


def _book(count: int, name: str = "김포 창고") -> AddressBook:
    known = [
        KnownAddress(
            no=number,
            address=NewAddress(
                type=AddressType.SHIP_FROM if number % 2 else AddressType.RETURN_TO,
                name=f"{name} {number}",
                zip_code="10045",
                address="경기도 김포시 가상동 34-5",
                address_detail=name,
                manager_name=name,
                manager_phone="031-998-7654",
                default=number == 1,
            ),
            available=number < 150,
            used_by=number,
            read_at=MOMENT,
        )
        for number in range(1, count + 1)
    ]
    return AddressBook(known, MOMENT if count == 2 else None, list_not_offered=count > 2)


def _deals() -> dict[int, TemplateDeals]:
    return {612345: TemplateDeals(HUGE, (NASTY, LONG, "아사면 이불"))}


def _change(state: WriteState) -> AddressChange:
    return AddressChange(
        team_id="T1",
        id="ac_0123456789ab",
        store_id=_STORE.id,
        is_new=True,
        name=NASTY,
        state=state,
        pending_by="U1",
        pending_since=MOMENT,
        note="templates.refused",
        note_detail=LONG,
    )


def _rows() -> dict[str, DeliveryTemplate]:
    rows = {}
    for state in WriteState:
        policy = NewTemplate.model_validate(
            {
                "delivery_template_name": NASTY,
                "bundled_delivery_able": True,
                "delivery_fee_policy": "CONDITION",
                "delivery_fee": 3000,
                "delivery_fee_free_price": 50000,
                "product_type": "DP07",
                "delivery_type": "DD",
                "dday_delivery_time": "14:00",
                "long_distance_delivery_available": True,
                "long_distance_delivery_prepay": False,
                "long_distance_delivery_discription_min": 0,
                "long_distance_delivery_discription_max": 300_000,
                "partner_delivery_address_no": 1,
                "partner_return_address_no": 2,
                "tmon_return_cargo_using": True,
            }
        )
        rows[state.value] = DeliveryTemplate(
            team_id="T1",
            id="dt_0123456789ab",
            store_id=_STORE.id,
            no=612345,
            name=LONG,
            policy=policy.model_dump(mode="json"),
            policy_key=policy_key(policy),
            state=state,
            note_detail=LONG,
            known_since=MOMENT,
        )
    rows["by number"] = DeliveryTemplate(
        team_id="T1", id="dt_1", store_id=_STORE.id, no=1, name="배송 템플릿 1", known_since=MOMENT
    )
    return rows
