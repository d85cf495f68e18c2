"""Samples of shipping: forms, results, tracking, recipients."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from handlers.feature import Sample
from handlers.orders.ids import ListRef, ListRow, Under
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, shipping_facts, worst_shipping
from handlers.samples.messages import message
from handlers.texts import Texts, escape
from handlers.waybills import views
from handlers.waybills.ids import FURTHER_LENGTH, ShippingRef
from handlers.waybills.parcel_form import with_parcel
from tmon.api import Parcel
from tmon.codes.tables import OWN, Carrier
from tmon.models.orders import BuyerRecord
from tmon.waybills.results import DealResult, Result

_DAY = date(2026, 3, 20)
_CARRIER = Carrier("10001", "CJ대한통운")
_MANY = Parcel(carrier="10001", number="9" * 40, more_numbers=tuple(f"{n:040}" for n in range(10)))


def samples(t: Texts) -> Iterator[Sample]:
    """Yield each view, ordinary and at its worst."""
    for name, facts, ref in (("", shipping_facts(), _ref()), (", worst", worst_shipping(), _worst_ref())):
        forms: dict[str, dict[str, Any]] = {
            "waybill form": {"chosen": None},
            "waybill form of own delivery": {"chosen": OWN},
            "waybill form again": {"chosen": _CARRIER, "values": _MANY, "said": escape((NASTY + LONG)[:500])},
            "correction form": {"chosen": _CARRIER, "values": _MANY, "corrects": True},
        }
        for form, over in forms.items():
            yield f"{form}{name}", views.waybill_form(t, facts, ref, facts.live, today=_DAY, **over)
        asked = with_parcel(ref, _MANY)
        yield f"claims unread{name}", views.unchecked_form(t, facts, asked)
        yield f"delay form{name}", views.delay_form(t, facts, ref, facts.live, proposed=_DAY)
        results = [
            DealResult(
                HUGE, "1", one.deal_no, result, "waybills.note_refused" if name else None, LONG if name else None
            )
            for result in Result
            for one in facts.live
        ]
        yield f"waybill result{name}", views.result_view(t, t("waybills.register"), facts, results)
        yield f"waybill result told{name}", message(views.told_text(t, t("waybills.delay"), facts, results))
        yield f"tracking{name}", views.tracking(t, facts)
        yield f"recipient{name}", views.recipient(t, facts, _buyer(NASTY * 50 if name else "김하늘"))
    yield "waybill being sent", views.progress(t, t("waybills.register"))
    yield "recipient destroyed", views.recipient(t, shipping_facts(buyer_destroyed_at=MOMENT), None)


def _ref() -> ShippingRef:
    return ShippingRef(store="st_0123456789ab", order=9100200301)


def _worst_ref() -> ShippingRef:
    rows = tuple(ListRow(store="s" * 20, order=HUGE - n, pending=True) for n in range(20))
    below = Under(view="V" * 20, list=ListRef(store="s" * 20, page=2**31 - 1, rows=rows))
    return ShippingRef(
        store="s" * 20,
        order=HUGE,
        under=below,
        delivery="9" * 40,
        carrier="10001",
        number="9" * 40,
        day=_DAY,
        draft='"' * FURTHER_LENGTH,
    )


def _buyer(text: str) -> BuyerRecord:
    names = ("receiver_name", "receiver_phone", "zip_code", "address", "address_detail", "street_address")
    texts = dict.fromkeys((*names, "delivery_memo", "additional_message", "safety_phone_expires"), text)
    return BuyerRecord.model_validate({**texts, "customs_ids": {"1": text}})
