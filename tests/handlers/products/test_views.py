"""Every view and message about products, in both languages, within Slack's limits and without foreign markup."""

from typing import Any

import pytest

from bot.playground.tmon.deal_listings import NO_END
from handlers.products import page_views, views
from handlers.products.ids import DealRef, ProductsRef
from handlers.products.page_views import PageFacts
from handlers.texts import Texts
from tests.clock import TUESDAY
from tests.handlers.products.drawn import HUGE, LONG, deal, good_view, schedule, store
from tmon.api import SalesStatus
from tmon.models.products import (
    Deal,
    DealOption,
    SalePeriodSchedule,
)
from tmon.products.catalog import PAGE, DealPage, DealSummary
from tmon.products.detail import DealDetail


def options(count: int) -> list[DealOption]:
    place: dict[str, Any] = {"team_id": "T1", "store_id": "st_0123456789ab", "deal_no": HUGE}
    return [
        DealOption(**place, option_no=number, title=LONG, price=2**31 - 1, stock=2**31 - 1, display=number % 2 == 0)
        for number in range(count)
    ]


def page(t: Texts, one: Deal) -> dict[str, Any]:
    """The page of a deal without options."""
    return page_views.page(t, PageFacts(DealDetail(DealSummary(store(), one, []))), DealRef(store="st_1", deal=HUGE))


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
    text = good_view(page(t, one))
    assert views.status(t, one) in text


@pytest.mark.parametrize("by_us", [False, True])
def test_who_paused_a_deal(t: Texts, by_us: bool) -> None:
    one = deal(sales_status=SalesStatus.PAUSE, paused_by_us=by_us)
    text = good_view(page(t, one))
    assert (t("products.paused_by_us") in text) is by_us


@pytest.mark.parametrize("number", [0, 1, 9])
def test_a_deal_with_many_options(t: Texts, number: int) -> None:
    facts = PageFacts(DealDetail(DealSummary(store(), deal(), options(page_views.OPTIONS + 1))))
    ref = DealRef(store="st_1", deal=HUGE, page=number)
    text = good_view(page_views.page(t, facts, ref, t("products.reading")))
    assert t("products.runple") in text


def test_what_is_known_by_its_number_only_and_what_has_no_end(t: Texts) -> None:
    bare = Deal(team_id="T1", store_id="st_1", deal_no=1, known_since=TUESDAY)
    text = good_view(page(t, bare))
    assert t("products.unread") in text
    assert t("products.runple") not in text
    for end in (NO_END, None):
        assert t("products.no_end") in good_view(page(t, deal(sales_end=end)))
