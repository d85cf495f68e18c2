"""Cards, lists and forms about orders: within Slack's limits whatever an order holds, and free of foreign markup."""

import itertools
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playground.slack.blocks import check_message_blocks
from bot.playground.slack.views import check_view, too_large
from handlers.ids import OrderAction
from handlers.payloads import HoldRef, ListRef, pack
from handlers.texts import LANGUAGES, Texts
from handlers.views import orders as views
from handlers.views.blocks import section
from tests.clock import TUESDAY, MovableClock
from tmon.clock import KST
from tmon.orders.service import BatchFacts, OrderFacts, OrderPage
from tmon.orders.tables import Batch, DealState, Order, OrderDeal, OrderState
from tmon.stores.tables import Store

NASTY = "<!channel> & <@U1> *특가* _한정_ ~품절~ `코드` 🍊👨‍👩‍👧‍👦 <https://example.com|눌러>\n> 인용"
LONG = ("귤🍊&<>*_~" * 400)[:3000]
HUGE = 9_223_372_036_854_775_807
NOTES = [None, "orders.note_refused", "orders.note_partial", "orders.note_address_changed"]


def store(name: str = "한빛리빙") -> Store:
    return Store(
        team_id="T1",
        id="st_1",
        seller_id="s",
        name=name,
        name_key=name,
        channel_id="C1",
        registered_by="U1",
        created_at=TUESDAY,
        updated_at=TUESDAY,
    )


def order(state: OrderState = OrderState.NEW, number: int = 9100200301, **over: Any) -> Order:
    return Order(
        **{
            "team_id": "T1",
            "store_id": "st_1",
            "order_no": number,
            "state": state,
            "ordered_at": TUESDAY,
            "paid_at": TUESDAY,
            "confirm_by": TUESDAY + timedelta(hours=8),
            "ship_by": TUESDAY + timedelta(days=3),
            "amount": 12_300,
            "delivery_fee": 2500,
            "quantity": 2,
            "title": "귤 5kg",
            "acting": "U1",
            "confirmed_by": "U1",
            "confirmed_at": TUESDAY,
            "first_seen_at": TUESDAY,
            "updated_at": TUESDAY,
            **over,
        }
    )


def deal(number: int = 1, *, title: str = "귤 5kg", options: int = 1, option: str = "대과", **over: Any) -> OrderDeal:
    return OrderDeal(
        **{
            "team_id": "T1",
            "store_id": "st_1",
            "order_no": 9100200301,
            "deal_no": number,
            "title": title,
            "delivery_no": "1",
            "delivery_status": "D1",
            "options": [
                {"no": n, "title": option, "quantity": 2, "price": 1, "amount": 2, **({"cancelled": True} if n else {})}
                for n in range(options)
            ],
            "state": DealState.OPEN,
            **over,
        }
    )


def facts(about: Order, *deals: OrderDeal, name: str = "한빛리빙", **over: Any) -> OrderFacts:
    values: dict[str, Any] = {"receiver": "김*연", "hold_reason": "", **over}
    return OrderFacts(store=store(name), order=about, deals=deals or (deal(),), **values)


def batch(noted: tuple[Order, ...] = (), name: str = "한빛리빙", acting: str | None = None, **over: Any) -> BatchFacts:
    values: dict[str, Any] = {
        "total": 60,
        "waiting": 40,
        "held": 5,
        "busy": 5,
        "confirmed": 5,
        "cancelled": 5,
        "amount": 123_456_789,
        "waiting_amount": 100_000_000,
        "confirmed_by": (),
        "confirm_by": TUESDAY,
        **over,
    }
    made = Batch(team_id="T1", id="ba_1", store_id="st_1", created_at=TUESDAY, acting=acting, done=3, total=40)
    return BatchFacts(store=store(name), batch=made, noted=noted, **values)


def texts(language: str) -> Texts:
    return Texts(language, MovableClock(), KST)


def words(blocks: list[dict[str, Any]]) -> list[str]:
    """Every text with markup."""
    found = []
    for block in blocks:
        parts = [block.get("text"), *block.get("fields", []), *block.get("elements", [])]
        found += [part["text"] for part in parts if part and part.get("type") == "mrkdwn"]
    return found


def assert_slack_takes(blocks: list[dict[str, Any]], text: str = "글") -> None:
    assert list(check_message_blocks(blocks)) == []
    assert 0 < len(text) < 4000


def assert_no_foreign_markup(blocks: list[dict[str, Any]]) -> None:
    for text in words(blocks):
        assert "<!" not in text
        assert "<http" not in text
        assert set(re.findall(r"<@\w+>", text)) <= {"<@U7>"}


def extremes(state: OrderState) -> list[OrderFacts]:
    """Orders at the ends of what TMON may send."""
    worst: dict[str, Any] = {
        "acting": "U7",
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
        facts(order(state, title="", note="orders.note_refused", note_detail=NASTY, acting="U7", confirmed_by="U7"), deal(options=0, title=""), receiver=""),
        facts(order(state, confirmed_by="tmon", acting="auto", confirmed_at=None)),
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
    items = tuple(itertools.islice(itertools.cycle(extremes(state)), 25))
    view = views.order_list(t, OrderPage(items, 1, 400_000, 10_000_000), ListRef(store="st_1", page=1))
    assert list(check_view(view, "modal")) == []
    assert not too_large(view)
    assert_no_foreign_markup(view["blocks"])
    pager = [e["action_id"] for e in view["blocks"][-1]["elements"]]
    assert pager == [f"{OrderAction.PAGE}#0", f"{OrderAction.PAGE}#2"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_list_says_so(language: str) -> None:
    view = views.order_list(texts(language), OrderPage((), 0, 1, 0), ListRef())
    assert list(check_view(view, "modal")) == []
    assert len(words(view["blocks"])) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("acting", [None, "U7", "auto"])
def test_every_batch_fits_on_a_card(language: str, acting: str | None) -> None:
    t = texts(language)
    noted = tuple(order(number=HUGE - n, note="orders.note_refused", note_detail=LONG) for n in range(10))
    for about in (
        batch(noted, NASTY, acting, total=HUGE, waiting=HUGE, amount=HUGE, confirmed_by=(("U7", HUGE, TUESDAY),) * 50),
        batch((order(note="orders.note_refused", note_detail=NASTY),), acting=acting),
        batch(acting=acting, waiting=0, held=0, busy=0, confirmed=60, cancelled=0, confirm_by=None),
    ):
        card, text = views.batch_card(t, about), views.batch_text(t, about)
        assert_slack_takes(card, text)
        assert_no_foreign_markup(card)


@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_reminders_and_the_hold_form_fit(language: str) -> None:
    t = texts(language)
    names = ("new", "auto_confirmed", "preparing", "confirmed_elsewhere", "changed", "cancelled")
    report = views.report_text(t, NASTY, dict.fromkeys(names, HUGE))
    people = tuple(f"U{n:09}" for n in range(100))
    reminder = views.reminder_text(t, people, HUGE, facts(order()))
    for text in (report, reminder):
        assert_slack_takes([section(text)], text)
    assert "<!" not in report
    assert report.count(f"{HUGE}") == len(names)
    metadata = pack(HoldRef(store="s" * 20, order=HUGE, list_view="V" * 20, list=ListRef(batch="b" * 20, page=HUGE)))
    assert list(check_view(views.hold_form(t, HUGE, metadata), "modal")) == []


@pytest.mark.parametrize("title", ["[특가] *한정* 귤", "~품절~ _재입고_ `SKU-1`", "*", "**굵게**"])
def test_a_title_cannot_break_the_markup_around_it(title: str) -> None:
    about = facts(order(title=title), deal(title=title, options=2, option=title))
    for text in [*words(views.order_card(texts("ko"), about)), *words(_listed(about)["blocks"])]:
        for line in text.splitlines():
            assert line.count("*") in (0, 2) or "김*연" in line, line
            assert line.count("~") in (0, 2), line
            assert line.count("`") in (0, 2), line
            assert "_" not in line, line


def _listed(about: OrderFacts) -> dict[str, Any]:
    return views.order_list(texts("ko"), OrderPage((about,), 0, 1, 1), ListRef())


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
        ({}, [OrderAction.CONFIRM, OrderAction.HOLD]),
        ({"held_at": TUESDAY}, [OrderAction.CONFIRM, OrderAction.RELEASE]),
        ({"state": OrderState.CONFIRMING}, []),
        ({"state": OrderState.UNKNOWN}, []),
        ({"state": OrderState.CONFIRMED}, []),
        ({"state": OrderState.CANCELLED}, []),
    ],
)
def test_the_buttons_are_those_that_the_state_allows(over: dict[str, Any], expected: list[str]) -> None:
    card = views.order_card(texts("ko"), facts(order(**over)))
    ids = [e["action_id"].partition("#")[0] for block in card if block["type"] == "actions" for e in block["elements"]]
    assert ids == expected
