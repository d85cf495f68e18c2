"""Samples of the views and messages about records that could not be read."""

from collections.abc import Iterator

from handlers.feature import Sample
from handlers.samples.fixtures import HUGE, MOMENT, NASTY, store
from handlers.texts import Texts
from handlers.unread import views
from tmon.models.collection import Unread, UnreadRecord, UnreadWhy
from tmon.pages import Page
from tmon.unread.service import PAGE

_FIELDS = (
    *("deals.0.dealOptions.0.qty", "deals.0.dealOptions.0.salesPrice", "deals.0.dealOptions.0.purchasePrice"),
    *(
        "orderDate",
        "depositDate",
        "deals.0.deliveryNo",
        "deals.0.deliveryFee.userAmount",
        "deals",
        "deals.0.dealOptions",
    ),
    *("tmonOrderNo", "(answer)", "", "salesPeriod.end", "salesStatus", "dealOptions.1.stock"),
)


def _record(number: int, what: Unread, why: UnreadWhy, field: str) -> UnreadRecord:
    return UnreadRecord(
        team_id="T1",
        store_id="st_1",
        what=what,
        number=str(number) if number else "",
        field=field,
        why=why,
        first_seen_at=MOMENT,
        last_seen_at=MOMENT,
    )


def samples(t: Texts) -> Iterator[Sample]:
    """All of them."""
    one = _record(9100200310, Unread.ORDER, UnreadWhy.MISSING, _FIELDS[0])
    kinds, whys = list(Unread), list(UnreadWhy)
    many = [
        _record(HUGE * (n % 5), kinds[n % len(kinds)], whys[n % len(whys)], _FIELDS[n % len(_FIELDS)])
        for n in range(60)
    ]
    yield "unread records, none", views.unread_list(t, store(), Page.of([], 0, PAGE), t("unread.read_some", n=1))
    yield "unread records", views.unread_list(t, store(), Page.of([one], 0, PAGE), t("unread.read_none"))
    yield "unread records, busy", views.unread_list(t, store(), Page.of([one], 0, PAGE), t("unread.reading"), busy=True)
    for page in (0, 1, 2, 3):
        yield f"unread records, worst, page {page}", views.unread_list(t, store(NASTY), Page.of(many, page, PAGE))
    named = [(record.what, record.number) for record in many[:10]]
    for name, records, more, still in (
        ("one", [(Unread.ORDER, "9100200310")], 0, {(Unread.ORDER, "9100200310")}),
        ("read by now", [(Unread.ORDER, "9100200310"), (Unread.CS, "1")], 0, set[tuple[Unread, str]]()),
        ("worst", named, HUGE, set(named[:5])),
    ):
        text, blocks = views.message(t, store(NASTY), records, more, still)
        yield f"unread message, {name}", {"text": text, "blocks": blocks}
