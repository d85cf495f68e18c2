"""Whatever stands anywhere in a record, the others of its list are read, and what is read can be stored."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handlers.samples.fixtures import store as a_store
from tests.tmon.api.examples import KEY, cancellation, deal, exchange, option, order
from tmon.api.claims import read_claim
from tmon.api.deals import _read_page
from tmon.api.decoding import decode
from tmon.api.orders import _read_order
from tmon.api.personal_data import Decryptor
from tmon.api.wire import MalformedResponse, read_each
from tmon.orders import mapping

GARBAGE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([2**31, 2**63 - 1, 2**63, -(2**63), 10**40]),
        st.floats(),
        st.text(),
        st.sampled_from(["\ud83d", "\x00", "\u202e수건", "x" * 10_000, "0001-01-01T00:00", "2199-12-31T23:59", "D9"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def paths(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a document."""
    steps = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for step, value in steps:
        yield (*at, step)
        yield from paths(value, (*at, step))


def with_garbage(document: Any, path: tuple[Any, ...], garbage: Any) -> Any:
    """The document with something else at this place."""
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = garbage
    return document


def sent(*documents: Any) -> Any:
    """The documents as they come off the wire."""
    return decode(json.dumps(documents).encode())


@given(st.sampled_from(sorted(paths(order()), key=str)), GARBAGE)
def test_order(path: tuple[Any, ...], garbage: Any) -> None:
    good = order() | {"tmonOrderNo": 9100200399}
    listed = read_each(
        sent(with_garbage(order(), path, garbage), good), lambda one: _read_order(one, Decryptor(KEY)), "tmonOrderNo"
    )
    assert listed[-1].order_no == 9100200399
    assert len(listed) + len(listed.unread) == 2
    now = datetime(2024, 3, 5, 12, tzinfo=UTC)
    store = a_store()
    for one in listed:
        row = mapping.order_row(store, one, sealed_buyer=mapping.buyer_of(one).model_dump_json(), now=now)
        json.dumps([row, *mapping.deal_rows(store, one)], default=str, ensure_ascii=False).encode()
        assert all(abs(row[name]) < 2**63 for name in ("amount", "delivery_fee", "quantity"))


def claim() -> dict[str, Any]:
    """A claim with what only some have."""
    pictures = {"7700112233": ["https://img.tmon.kr/1.jpg"]}
    return exchange() | {"pictures": pictures, "refundAmount": 1, "completedDate": "2024-03-10T18:00"}


@given(st.sampled_from(sorted(paths(claim()), key=str)), GARBAGE)
def test_claim(path: tuple[Any, ...], garbage: Any) -> None:
    good = cancellation() | {"claimNo": 550009999}
    bad = with_garbage(claim(), path, garbage)
    found = read_each(sent(bad, good), lambda one: read_claim(one, Decryptor(KEY)), "claimNo")
    assert found[-1].claim_no == 550009999
    assert len(found) + len(found.unread) == 2


def a_deal() -> dict[str, Any]:
    """A deal with option groups."""
    return deal() | {"dealOptions": [option(sections=["네이비", "L"])]}


NEEDED = {"tmonDealNo", "salesStatus", "salesPeriod", "dealOptions", "dealOptionsPageInfo"}
"""Fields of a deal without which it is of no use."""


@given(st.sampled_from(sorted(paths(a_deal()), key=str)), GARBAGE)
def test_deal(path: tuple[Any, ...], garbage: Any) -> None:
    (bad,) = sent(with_garbage(a_deal(), path, garbage))
    try:
        one, _ = _read_page(bad)
    except MalformedResponse:
        assert path[0] in NEEDED
        return
    json.dumps(one.model_dump(), default=str, ensure_ascii=False).encode()
    numbers = (one.deal_no, one.category_no, one.max_purchase_qty, one.delivery_template_no)
    assert all(abs(number or 0) < 2**63 for number in numbers)
