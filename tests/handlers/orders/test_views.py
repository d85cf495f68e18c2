"""Cards, lists and forms about orders: within Slack's limits whatever an order holds, and free of foreign markup."""

import itertools
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playground.slack.rules.blocks import check_message_blocks
from bot.playground.slack.rules.views import check_view, too_large
from handlers.claims.ids import ActAction
from handlers.orders import list_views, views
from handlers.orders.ids import ListRef, ListRow, OrderAction
from handlers.products.ids import ProductAction
from handlers.samples.fixtures import HUGE, LONG, NASTY, deal, order
from handlers.samples.fixtures import order_facts as facts
from handlers.texts import LANGUAGES
from handlers.waybills.ids import WaybillAction
from tests.clock import TUESDAY
from tests.handlers.orders.drawn import texts
from tests.handlers.test_samples import markup
from tmon.models.orders import DealState, OrderState
from tmon.orders.order_list import PAGE, OrderPage
from tmon.orders.summaries import OrderSummary
from tmon.permissions import Person

MANAGER = Person("T1", "U7", is_admin=True)
NOTES = [None, "orders.note_refused", "orders.note_partial", "orders.note_address_changed"]


def assert_slack_takes(blocks: list[dict[str, Any]], text: str = "글") -> None:
    assert list(check_message_blocks(blocks)) == []
    assert 0 < len(text) < 4000


def assert_no_foreign_markup(blocks: list[dict[str, Any]]) -> None:
    for text in markup(blocks):
        assert "<!" not in text
        assert "<http" not in text
        assert set(re.findall(r"<@\w+>", text)) <= {"<@U7>"}


def extremes(state: OrderState) -> list[OrderSummary]:
    """Orders at the ends of what TMON may send."""
    worst: dict[str, Any] = {
        "pending_by": "U7",
        "confirmed_by": "U7",
        "held_by": "U7",
        "address_changed_at": TUESDAY,
        "title": LONG,
        "note_detail": LONG,
    }
    deals = [deal(n, title=LONG, options=4, option=LONG, refusal=LONG, state=s) for n, s in enumerate(DealState)]
    many = [deal(n, title=NASTY, options=1, option=NASTY) for n in range(50)]
    return [
        *(facts(order(state, note=note, **worst), *deals, name=NASTY, hold_reason=LONG) for note in NOTES),
        facts(order(state, held_at=TUESDAY, **worst), deal(options=200, option=NASTY), hold_reason=NASTY),
        facts(order(state, amount=HUGE, delivery_fee=HUGE, quantity=HUGE, number=HUGE, **worst), *many, name=NASTY),
        facts(order(state, title="", note="orders.note_refused", note_detail=NASTY, pending_by="U7", confirmed_by="U7"), deal(options=0, title=""), receiver=""),
        facts(order(state, confirmed_by="tmon", pending_by="auto", confirmed_at=None)),
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", OrderState)
def test_every_order_fits_on_a_card(state: OrderState, language: str) -> None:
    t = texts(language)
    for about in extremes(state):
        card, text = views.order_card(t, about), views.order_text(t, about)
        assert_slack_takes(card, text)
        assert_no_foreign_markup(card)
        assert "<!" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", OrderState)
def test_every_order_fits_in_a_list(state: OrderState, language: str) -> None:
    t = texts(language)
    items = tuple(
        replace(one, order=one.order.model_copy(update={"order_no": HUGE - n}))
        for n, one in enumerate(itertools.islice(itertools.cycle(extremes(state)), PAGE))
    )
    rows = tuple(ListRow(store="s" * 20, order=HUGE - n, pending=True) for n in range(PAGE))
    ref = ListRef(store="st_1", page=1, rows=rows)
    view = list_views.order_list(t, MANAGER, OrderPage(items, PAGE, 10_000_000, 9_999_999), ref, [], [])
    assert list(check_view(view, "modal")) == []
    assert not too_large(view)
    assert_no_foreign_markup(view["blocks"])
    pager = [e["action_id"] for e in view["blocks"][-1]["elements"]]
    assert pager == [f"{OrderAction.PAGE}#0", f"{OrderAction.PAGE}#2"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_list_says_so(language: str) -> None:
    view = list_views.order_list(texts(language), MANAGER, OrderPage((), 0, 0, 0), ListRef(), [], [])
    assert list(check_view(view, "modal")) == []
    assert len(markup(view["blocks"])) == 1


@pytest.mark.parametrize("title", ["[특가] *한정* 귤", "~품절~ _재입고_ `SKU-1`", "*", "**굵게**"])
def test_a_title_cannot_break_the_markup_around_it(title: str) -> None:
    about = facts(order(title=title), deal(title=title, options=2, option=title))
    for text in [*markup(views.order_card(texts("ko"), about)), *markup(_listed(about)["blocks"])]:
        for line in text.splitlines():
            assert line.count("*") in (0, 2) or "김*연" in line, line
            assert line.count("~") in (0, 2), line
            assert line.count("`") in (0, 2), line
            assert "_" not in line, line


def _listed(about: OrderSummary) -> dict[str, Any]:
    return list_views.order_list(texts("ko"), MANAGER, OrderPage((about,), 0, 1, 1), ListRef(), [], [])


@settings(max_examples=150, deadline=None)
@given(title=st.text(max_size=3000), option=st.text(max_size=3000), name=st.text(max_size=60), detail=st.text(max_size=3000))  # fmt: skip
def test_whatever_tmon_writes_slack_takes_it(title: str, option: str, name: str, detail: str) -> None:
    about = facts(
        order(note="orders.note_refused", note_detail=detail, title=title),
        deal(title=title, option=option, options=3, refusal=detail, state=DealState.REFUSED),
        name=name,
        receiver=name[:5],
    )
    assert_slack_takes(views.order_card(texts("ko"), about))
    assert list(check_view(_listed(about), "modal")) == []


def test_more_options_than_fit_are_counted() -> None:
    card = views.order_card(texts("ko"), facts(order(), deal(options=150), deal(2, options=50)))
    assert "외 옵션 194개" in str(card)


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({}, [OrderAction.CONFIRM, OrderAction.HOLD, ActAction.SOLD_OUT, ProductAction.OPEN]),
        ({"held_at": TUESDAY}, [OrderAction.CONFIRM, OrderAction.RELEASE, ActAction.SOLD_OUT, ProductAction.OPEN]),
        ({"state": OrderState.CONFIRMING}, []),
        ({"state": OrderState.UNKNOWN}, []),
        ({"state": OrderState.CONFIRMED}, [WaybillAction.RECIPIENT, ProductAction.OPEN]),
        ({"state": OrderState.CANCELLED}, []),
    ],
)
def test_the_buttons_are_those_that_the_state_allows(over: dict[str, Any], expected: list[str]) -> None:
    card = views.order_card(texts("ko"), facts(order(**over)))
    ids = [e["action_id"].partition("#")[0] for block in card if block["type"] == "actions" for e in block["elements"]]
    assert ids == expected
