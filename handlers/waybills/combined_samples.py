"""Samples of combined shipping."""

from collections.abc import Iterator
from datetime import date

from handlers.feature import Sample
from handlers.orders.ids import ListRef, ListRow, Under
from handlers.samples.fixtures import HUGE, LONG, shipping_facts, worst_shipping
from handlers.samples.messages import message
from handlers.texts import Texts
from handlers.waybills import combined_views
from handlers.waybills.ids import FURTHER_LENGTH, MOST_TOGETHER, CombinedRef
from handlers.waybills.parcel_form import with_parcel
from tmon.api import Parcel
from tmon.codes.tables import OWN, Carrier
from tmon.waybills.results import DealResult, Result

_DAY = date(2026, 3, 20)
_MANY = Parcel(carrier="10001", number="9" * 40, more_numbers=tuple(f"{n:040}" for n in range(10)))


def samples(t: Texts) -> Iterator[Sample]:
    """Yield each view, ordinary and at its worst."""
    rows = tuple(ListRow(store="s" * 20, order=HUGE - n, pending=True) for n in range(20))
    below = Under(view="V" * 20, list=ListRef(store="s" * 20, page=2**31 - 1, rows=rows))
    worst = CombinedRef(
        store="s" * 20,
        orders=(HUGE,) * MOST_TOGETHER,
        under=below,
        number="9" * 40,
        day=_DAY,
        draft='"' * FURTHER_LENGTH,
    )
    usual = CombinedRef(store="st_0123456789ab", orders=(9100200301,))
    for name, facts, ref in (("", shipping_facts(), usual), (", worst", worst_shipping(), worst)):
        offered = [facts] * len(ref.orders)
        yield f"combined form{name}", combined_views.combined_form(t, offered, ref, more=bool(name), today=_DAY)
        yield (
            f"combined form again{name}",
            combined_views.combined_form(
                t,
                offered,
                ref,
                chosen=Carrier("10001", "CJ대한통운"),
                ticked=(),
                values=_MANY,
                said=t("waybills.note_wrong_number"),
                today=_DAY,
            ),
        )
        yield (
            f"combined form of own delivery{name}",
            combined_views.combined_form(t, offered, ref, chosen=OWN, today=_DAY),
        )
        asked = with_parcel(ref, _MANY)
        yield f"combined, claims unread{name}", combined_views.combined_unchecked_form(t, asked)
        results = [
            DealResult(
                number, "1", deal.deal_no, result, "waybills.note_refused" if name else None, LONG if name else None
            )
            for number in (facts.order.order_no, 7)
            for result in Result
            for deal in facts.live
        ]
        orders = {facts.order.order_no: facts, 7: facts}
        yield f"combined result{name}", combined_views.combined_result(t, orders, results)
        yield f"combined result told{name}", message(combined_views.combined_told(t, orders, results))
