"""Charts on the playground's page: where marks lie, what they are called, and the numbers beside them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.playground.page.chart import chart
from tests.playground.page.drawing import Tags, draw

DAYS = ["3/9", "3/10", "3/11"]


def plot(kind: str, *series: list[float], categories: list[str] = DAYS) -> dict[str, Any]:
    rows = [
        {
            "name": f"주 {number}",
            "data": [{"label": day, "value": value} for day, value in zip(categories, row, strict=True)],
        }
        for number, row in enumerate(series, 1)
    ]
    made = {
        "type": kind,
        "series": rows,
        "axis_config": {"categories": categories, "x_label": "날짜", "y_label": "주문"},
    }
    return {"type": "data_visualization", "title": "새 주문 <b>", "chart": made}


@pytest.mark.parametrize("kind", ["bar", "line", "area"])
def test_every_number_is_drawn_named_and_in_the_table(kind: str) -> None:
    html = draw(plot(kind, [3, 12, 0], [1, 1234567, 2]))
    drawn = Tags(html)
    assert "<b>" not in html
    for said in ("새 주문 &lt;b&gt;", "주 1 · 3/10 12", "주 2 · 3/10 1,234,567", "표로 보기", "날짜", "주문"):
        assert said in html
    assert html.count("<td>") == 6
    assert [one["aria-label"] for one in drawn.of("svg") if "role" in one] == ["새 주문 <b>"]
    assert not [name for _, attributes in drawn.found for name in attributes if name == "style"]


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0, 0, 0], ["1", "0"]),
        ([1, 0, 3], ["3", "2", "1", "0"]),
        ([7, 42, 99], ["100", "50", "0"]),
        ([-5, 0, 10], ["10", "5", "0", "-5"]),
        ([0.2, 0.4, 0.1], ["0.4", "0.3", "0.2", "0.1", "0"]),
        ([1_200_000, 900_000, 0], ["1,500,000", "1,000,000", "500,000", "0"]),
    ],
)
def test_lines_across_are_round_numbers(values: list[float], ticks: list[str]) -> None:
    drawn = chart(plot("bar", values))
    assert [name for name, _ in drawn.ticks] == ticks
    places = [place for _, place in drawn.ticks]
    assert (places[0], places[-1]) == (0, 100)


@pytest.mark.parametrize(
    ("label", "wide", "narrow"), [("3/{}", 10, 5), ("{}일 월요일", 5, 2), ("아주 긴 이름의 상품 {}", 3, 1)]
)
def test_as_many_categories_are_named_as_there_is_room_for_and_always_the_last(
    label: str, wide: int, narrow: int
) -> None:
    names = [label.format(day) for day in range(1, 21)]
    drawn = chart(plot("line", [1.0] * 20, categories=names))
    shown = [(name, on_phones) for name, on_phones in drawn.labels if name]
    assert len(drawn.labels) == 20
    assert (len(shown), sum(on_phones for _, on_phones in shown)) == (wide, narrow)
    assert shown[-1] == (names[-1], True)
    few = chart(plot("bar", [1.0, 2.0, 3.0])).labels
    assert few == [(day, True) for day in DAYS]


def test_a_pie_tells_shares() -> None:
    pie = {"type": "pie", "segments": [{"label": "수건", "value": 3}, {"label": "컵", "value": 1}]}
    html = draw({"type": "data_visualization", "title": "상품", "chart": pie})
    assert "수건 75%" in html
    assert "컵 25%" in html
    whole = {"type": "pie", "segments": [{"label": "수건", "value": 3}]}
    assert "수건 100%" in draw({"type": "data_visualization", "title": "상품", "chart": whole})
