"""What a report says, word for word: an ordinary, a busy and an empty day, in Korean and in English."""

from datetime import date

import pytest

from handlers.blocks import bar_chart, without_charts
from handlers.reports import views
from handlers.samples.fixtures import MOMENT, store
from handlers.texts import Texts
from tests.clock import MovableClock
from tmon.clock import KST
from tmon.counters.definitions import Counter
from tmon.counters.service import NONE, Tally
from tmon.models.reports import ReportKind
from tmon.models.stores import Store
from tmon.reports.figures import Due, Figures, Sales, StoreFigures
from tmon.reports.periods import Period, Span, earlier, period_of
from tmon.reports.service import Report

DAY = Period(date(2026, 3, 9), date(2026, 3, 9))
WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))
BEFORE = (Sales(10, 800_000), Sales(12, 950_000), Sales(9, 700_000), Sales(13, 990_000))
ORDINARY = StoreFigures(
    Figures(Sales(15, 1_234_000, 25_000), confirmed=12, shipped=10, cancelled=1, asked=3),
    BEFORE,
    NONE,
    Due(confirm=3, ship=5, claims=1, unanswered=2, waiting=20),
)
BUSY = StoreFigures(
    Figures(Sales(1_215, 98_765_000, 2_437_500), 1_180, 1_102, cancelled=31, returned=12, exchanged=4, asked=87),
    tuple(Sales(one.orders * 100, one.revenue * 100) for one in BEFORE),
    dict(zip(Counter, (Tally(3, 0), Tally(12, 2), Tally(1, 0), Tally(), Tally(0, 1)), strict=True)),
    Due(confirm=310, ship=402, claims=17, overdue=3, unanswered=41, waiting=1_500),
)
EMPTY = StoreFigures(earlier=(Sales(),) * 4)


def report(period: Period, *stores: tuple[Store, StoreFigures]) -> Report:
    return Report(period, earlier(period), stores, period.last.replace(day=1), MOMENT.date())


def said(language: str, made: Report, kind: ReportKind = ReportKind.DAILY, *, late: bool = False) -> list[str]:
    """The lines of a report in a channel."""
    t = Texts(language, MovableClock(), KST)
    message = views.channel_report(t, made, kind, late=late)
    lines = [
        line for block in message.blocks if block["type"] == "section" for line in block["text"]["text"].split("\n")
    ]
    assert message.text.replace("\n\n", "\n").split("\n") == lines, "the plain text says the same"
    return lines


def test_an_ordinary_day_without_amounts() -> None:
    made = report(DAY, (store(), ORDINARY))
    assert said("ko", made) == [
        "📊 *일일 리포트* · 3월 9일(월)",
        "*한빛리빙*",
        "새 주문 *15건* · 발주확인 12 · 발송 10 · 취소 1 · 반품 0 · 교환 0 · 문의 3",
        "지난 4주 같은 요일 새 주문 10 · 12 · 9 · 13 (평균 11건)",
        "오늘 기한 · 발주확인 3 · 발송 5 · 클레임 1 · 미답변 문의 2",
        "⏱️ *3월 지연* · 발주확인 지연 0 · 발송 지연 0 · 취소 처리 지연 0 · 반품 처리 지연 0 · 교환 처리 지연 0",
    ]
    assert said("en", made) == [
        "📊 *Daily report* · Mon, Mar 9",
        "*한빛리빙*",
        "New orders *15* · confirmed 12 · shipped 10 · cancels 1 · returns 0 · exchanges 0 · questions 3",
        "Same day of the last 4 weeks, new orders: 10 · 12 · 9 · 13 (mean 11)",
        "Due today · to confirm 3 · to ship 5 · claims 1 · unanswered questions 2",
        "⏱️ *Late in Mar* · Late confirmations 0 · Late shipments 0 · Late cancels 0 · Late returns 0 · Late exchanges 0",
    ]


def test_a_busy_week_of_two_stores_of_which_one_shows_its_amounts() -> None:
    made = report(WEEK, (store(report_revenue=True), BUSY), (store("귤나라", id="st_2"), EMPTY))
    lines = said("ko", made, ReportKind.WEEKLY)
    assert lines == [
        "📊 *주간 리포트* · 3월 2일(월)~3월 8일(일)",
        "*스토어 2곳 합계*",
        "새 주문 *1,215건* · 발주확인 1,180 · 발송 1,102 · 취소 31 · 반품 12 · 교환 4 · 문의 87",
        "지난 4주 새 주문 1,000 · 1,200 · 900 · 1,300 (평균 1,100건)",
        "오늘 기한 · 발주확인 310 · 발송 402 · 클레임 17 · 미답변 문의 41",
        "⏱️ *3월 지연* · 발주확인 지연 3 · 발송 지연 14 · 취소 처리 지연 1 · 반품 처리 지연 0 · 교환 처리 지연 1",
        "기한이 지났는데 아직 처리하지 않은 것 *3건*",
        "*한빛리빙*",
        "새 주문 *1,215건* · 발주확인 1,180 · 발송 1,102 · 취소 31 · 반품 12 · 교환 4 · 문의 87",
        "매출 *98,765,000원* · 배송비 2,437,500원",
        "지난 4주 새 주문 1,000 · 1,200 · 900 · 1,300 (평균 1,100건)",
        "지난 4주 매출 80,000,000원 · 95,000,000원 · 70,000,000원 · 99,000,000원 (평균 86,000,000원)",
        "오늘 기한 · 발주확인 310 · 발송 402 · 클레임 17 · 미답변 문의 41",
        "⏱️ *3월 지연* · 발주확인 지연 3 · 발송 지연 14 · 취소 처리 지연 1 · 반품 처리 지연 0 · 교환 처리 지연 1",
        "기한이 지났는데 아직 처리하지 않은 것 *3건*",
        "*귤나라*",
        "새 주문과 기다리는 일이 없습니다.",
    ]
    assert "Revenue *₩98,765,000* · delivery fees ₩2,437,500" in said("en", made, ReportKind.WEEKLY)
    assert "No new orders, and nothing waits." in said("en", made, ReportKind.WEEKLY)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ko", "📊 *일일 리포트* · 3월 9일(월) · 새 주문과 기다리는 일이 없습니다."),
        ("en", "📊 *Daily report* · Mon, Mar 9 · No new orders, and nothing waits."),
    ],
)
def test_an_empty_day_is_one_line(language: str, line: str) -> None:
    assert said(language, report(DAY, (store(), EMPTY), (store("귤나라"), EMPTY))) == [line]


def test_a_late_report_says_so() -> None:
    made = report(DAY, (store(), ORDINARY))
    assert said("ko", made, late=True)[0] == "📊 *늦은 리포트* · 일일 리포트 · 3월 9일(월)"
    assert said("en", made, late=True)[0] == "📊 *Late report* · Daily report · Mon, Mar 9"


def test_the_chart_shows_amounts_only_if_every_store_shows_them_and_all_its_numbers_stand_in_the_text() -> None:
    t = Texts("ko", MovableClock(), KST)
    open_ones = [(store(f"가게 {n}", id=f"st_{n}", report_revenue=True), ORDINARY) for n in range(7)]
    for stores, values in (
        (open_ones[:2], [[800_000, 950_000, 700_000, 990_000, 1_234_000]] * 2),
        ([*open_ones[:1], (store(), ORDINARY)], [[10, 12, 9, 13, 15]] * 2),
        (open_ones, [[5_600_000, 6_650_000, 4_900_000, 6_930_000, 8_638_000]]),
    ):
        message = views.channel_report(t, report(DAY, *stores), ReportKind.DAILY, late=False)
        (chart,) = [block for block in message.blocks if block["type"] == "data_visualization"]
        shown = [[point["value"] for point in series["data"]] for series in chart["chart"]["series"]]
        assert shown == values
        assert chart["chart"]["axis_config"]["categories"] == ["2/9", "2/16", "2/23", "3/2", "3/9"]
        text = "\n".join(block["text"]["text"] for block in message.blocks if block["type"] == "section")
        assert all(t.number(value) in text for series in shown for value in series)
        assert len(without_charts(message.blocks)) == len(message.blocks) - 1


def test_nothing_but_zeros_is_no_chart() -> None:
    waits = StoreFigures(Figures(Sales(), asked=1), (Sales(),) * 4, NONE, Due(unanswered=1, waiting=1))
    message = views.channel_report(
        Texts("ko", MovableClock(), KST), report(DAY, (store(), waits)), ReportKind.DAILY, late=False
    )
    assert without_charts(message.blocks) == message.blocks
    assert "문의 1" in message.text


def test_a_posted_period_in_which_nothing_happened_has_no_chart_of_those_before() -> None:
    before = StoreFigures(earlier=(Sales(orders=3, revenue=9000),) * 4)
    message = views.posted_report(Texts("ko", MovableClock(), KST), report(DAY, (store(), before)), "U1")
    assert without_charts(message.blocks) == message.blocks


def test_the_file_of_one_day_names_that_day() -> None:
    assert [views.period_numbers(one) for one in (DAY, WEEK)] == ["2026-03-09", "2026-03-02~2026-03-08"]


def test_labels_of_a_chart_differ_though_slack_has_room_for_twenty_letters() -> None:
    names = [
        "아주 긴 이름을 가진 스토어 번호 하나",
        "아주 긴 이름을 가진 스토어 번호 하나",
        "아주 긴 이름을 가진 스토어 번호 하나 둘 셋",
    ]
    made = bar_chart("주문", ["월"], {f"{name}{'!' * n}": [n] for n, name in enumerate(names)})
    shown = [series["name"] for series in made["chart"]["series"]]
    assert len(set(shown)) == 3
    assert all(len(name) <= 20 for name in shown)


@pytest.mark.parametrize(
    ("today", "span", "period"),
    [
        (date(2027, 1, 1), Span.YESTERDAY, (date(2026, 12, 31), date(2026, 12, 31))),
        (date(2027, 1, 1), Span.LAST_MONTH, (date(2026, 12, 1), date(2026, 12, 31))),
        (date(2027, 1, 1), Span.MONTH, (date(2027, 1, 1), date(2027, 1, 1))),
        (date(2028, 3, 31), Span.LAST_MONTH, (date(2028, 2, 1), date(2028, 2, 29))),
        (date(2026, 3, 3), Span.WEEK, (date(2026, 2, 25), date(2026, 3, 3))),
    ],
)
def test_periods_across_the_ends_of_months_and_years(today: date, span: Span, period: tuple[date, date]) -> None:
    assert period_of(span, today) == Period(*period)


def test_a_period_is_held_against_the_same_days_of_earlier_weeks_or_months() -> None:
    new_year = earlier(Period(date(2027, 1, 1), date(2027, 1, 1)))
    assert [one.first for one in new_year] == [date(2026, 12, day) for day in (4, 11, 18, 25)]
    whole = earlier(Period(date(2027, 2, 1), date(2027, 2, 28)))
    assert [(one.first, one.last.day) for one in whole] == [
        (date(2026, 10, 1), 31),
        (date(2026, 11, 1), 30),
        (date(2026, 12, 1), 31),
        (date(2027, 1, 1), 31),
    ]
    begun = earlier(Period(date(2027, 3, 1), date(2027, 3, 30)))
    assert [one.last for one in begun] == [date(2026, 11, 30), date(2026, 12, 30), date(2027, 1, 30), date(2027, 2, 28)]
    ten = Period(date(2026, 3, 10), date(2026, 3, 19))
    assert [one.first.weekday() for one in earlier(ten)] == [ten.first.weekday()] * 4
    assert all(one.days == 10 and one.last < ten.first for one in earlier(ten))
