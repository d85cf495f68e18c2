"""Every view and message about products, in both languages, within Slack's limits and without foreign markup."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from bot.playground.slack.rules.blocks import check_message_blocks
from bot.playground.slack.rules.views import check_view, too_large
from bot.playground.tmon.deal_listings import NO_END
from handlers.products import sale_period_views, views
from handlers.products.ids import DealRef, ExtensionRef, ProductsRef
from handlers.texts import LANGUAGES, Texts
from tests.clock import TUESDAY, MovableClock
from tmon.api import SalesStatus
from tmon.clock import KST
from tmon.models.products import (
    Deal,
    DealOption,
    ExtensionNote,
    ExtensionState,
    SalePeriodExtension,
    SalePeriodSchedule,
)
from tmon.models.stores import Store
from tmon.products.catalog import PAGE, DealPage, DealSummary
from tmon.products.sale_period.service import ExtensionDay

NASTY = "<!channel> & *굵게* `코드` <https://example.com|눌러> 🍊👨‍👩‍👧‍👦"
LONG = NASTY * 60
SENTENCE = "<!channel> & <https://example.com|눌러>" * 60
HUGE = 2**63 - 1
DAY = date(2026, 3, 11)


@pytest.fixture(params=LANGUAGES)
def t(request: pytest.FixtureRequest) -> Texts:
    return Texts(request.param, MovableClock(), KST)


def store(**over: Any) -> Store:
    values = {
        "team_id": "T1",
        "id": "st_0123456789ab",
        "seller_id": "s",
        "name": "&" * 60,
        "name_key": "n",
        "channel_id": "C1",
        "registered_by": "U1",
        "extend_days": 90,
        "created_at": TUESDAY,
        "updated_at": TUESDAY,
        **over,
    }
    return Store(**values)


def deal(number: int = HUGE, **over: Any) -> Deal:
    values = {
        "team_id": "T1",
        "store_id": "st_0123456789ab",
        "deal_no": number,
        "title": LONG,
        "vendor_deal_no": "`" * 50,
        "sales_status": SalesStatus.ON_SALE,
        "sales_start": TUESDAY,
        "sales_end": TUESDAY + timedelta(days=400),
        "runple": True,
        "known_since": TUESDAY,
        "read_at": TUESDAY,
        **over,
    }
    return Deal(**values)


def options(count: int) -> list[DealOption]:
    place: dict[str, Any] = {"team_id": "T1", "store_id": "st_0123456789ab", "deal_no": HUGE}
    return [
        DealOption(**place, option_no=number, title=LONG, price=2**31 - 1, stock=2**31 - 1, display=number % 2 == 0)
        for number in range(count)
    ]


def schedule(**over: Any) -> SalePeriodSchedule:
    return SalePeriodSchedule(team_id="T1", store_id="st_0123456789ab", due_at=TUESDAY, **over)


def day(count: int, *, ran: bool = False, **over: Any) -> ExtensionDay:
    rows = [
        (
            SalePeriodExtension(
                **{
                    "team_id": "T1",
                    "store_id": "st_0123456789ab",
                    "day": DAY,
                    "deal_no": HUGE - number,
                    "old_end": TUESDAY,
                    "target": TUESDAY + timedelta(days=90),
                    "due_at": TUESDAY,
                    **over,
                }
            ),
            deal(HUGE - number),
        )
        for number in range(count)
    ]
    return ExtensionDay(store(), DAY, rows, schedule(ran_for=DAY if ran else None))


def markup(thing: Any) -> list[str]:
    if isinstance(thing, list):
        return [text for part in thing for text in markup(part)]
    if not isinstance(thing, dict):
        return []
    if thing.get("type") == "mrkdwn":
        return [thing["text"]]
    return [text for part in thing.values() for text in markup(part)]


def harmless(blocks: Any) -> str:
    for text in markup(blocks):
        assert "<!channel>" not in text
        assert "<https" not in text
        assert "*굵게*" not in text
    return json.dumps(blocks, ensure_ascii=False)


def good_view(view: dict[str, Any]) -> str:
    """Asserts that Slack takes `view`; returns its text."""
    view = json.loads(json.dumps(view, ensure_ascii=False))
    assert [str(complaint) for complaint in check_view(view, "modal")] == []
    assert not too_large(view)
    return harmless(view["blocks"])


def good_message(blocks: list[dict[str, Any]]) -> str:
    blocks = json.loads(json.dumps(blocks, ensure_ascii=False))
    assert [str(complaint) for complaint in check_message_blocks(blocks)] == []
    return harmless(blocks)


@pytest.mark.parametrize("page", [0, 1, 2])
@pytest.mark.parametrize("standing", [None, schedule(), schedule(not_offered_at=TUESDAY)])
def test_the_list(t: Texts, page: int, standing: SalePeriodSchedule | None) -> None:
    shown = DealPage([deal(HUGE - n) for n in range(PAGE)], page, 3, 30, store=store(product_on=False), known=12345)
    text = good_view(views.deal_list(t, shown, standing, ProductsRef(store="st_0123456789ab", search="&" * 100)))
    assert t("products.no_list") in text
    assert t.number(12345) in text
    good_view(
        views.deal_list(t, DealPage([], 0, 1, 0, store=store(extend_days=0), known=0), None, ProductsRef(store="st_1"))
    )
    good_view(views.add_form(t, ProductsRef(store="st_0123456789ab", search="&" * 100, list_view="V0123456789")))


@pytest.mark.parametrize("over", [{"sales_status": status} for status in SalesStatus] + [{"deleted_at": TUESDAY}])
def test_every_status(t: Texts, over: dict[str, Any]) -> None:
    one = deal(**over)
    text = good_view(views.deal(t, DealSummary(store(), one, []), DealRef(store="st_1", deal=HUGE)))
    assert views.status(t, one) in text


@pytest.mark.parametrize("by_us", [False, True])
def test_who_paused_a_deal(t: Texts, by_us: bool) -> None:
    one = deal(sales_status=SalesStatus.PAUSE, paused_by_us=by_us)
    text = good_view(views.deal(t, DealSummary(store(), one, []), DealRef(store="st_1", deal=HUGE)))
    assert (t("products.paused_by_us") in text) is by_us


@pytest.mark.parametrize("page", [-1, 0, 1, 9])
def test_a_deal_with_many_options(t: Texts, page: int) -> None:
    facts = DealSummary(store(), deal(), options(views.OPTIONS + 1))
    text = good_view(views.deal(t, facts, DealRef(store="st_1", deal=HUGE, page=page), t("products.reading")))
    assert t("products.runple") in text


def test_what_is_known_by_its_number_only_and_what_has_no_end(t: Texts) -> None:
    bare = Deal(team_id="T1", store_id="st_1", deal_no=1, known_since=TUESDAY)
    text = good_view(views.deal(t, DealSummary(store(), bare, []), DealRef(store="st_1", deal=1)))
    assert t("products.unread") in text
    assert t("products.runple") not in text
    for end in (NO_END, None):
        facts = DealSummary(store(), deal(sales_end=end), [])
        assert t("products.no_end") in good_view(views.deal(t, facts, DealRef(store="st_1", deal=1)))


@pytest.mark.parametrize("count", [0, 1, 15, 16, 300])
@pytest.mark.parametrize("state", ExtensionState)
def test_previews_and_reports(t: Texts, count: int, state: ExtensionState) -> None:
    note = {ExtensionState.FAILED: ExtensionNote.REFUSED, ExtensionState.SKIPPED: ExtensionNote.CHANGED}.get(state)
    for ran in (False, True):
        some = day(count, ran=ran, state=state, note=note, detail=SENTENCE, excluded_by="U1")
        assert sale_period_views.preview_text(t, some)
        good_message(sale_period_views.preview(t, some))
        good_message(sale_period_views.result(t, some))
        for page in (0, 1, 99):
            good_view(sale_period_views.day_list(t, some, ExtensionRef(store="st_0123456789ab", day=DAY, page=page)))


@pytest.mark.parametrize("note", ExtensionNote)
def test_every_reason(t: Texts, note: ExtensionNote) -> None:
    some = day(1, ran=True, state=ExtensionState.FAILED, note=note)
    assert t(f"products.note_{note}") in good_message(sale_period_views.result(t, some))
