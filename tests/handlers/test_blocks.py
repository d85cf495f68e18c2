"""The buttons that turn pages: which there are, what they carry, and how their ids are told apart."""

from typing import Any

import pytest

from handlers.blocks import button, pager
from handlers.payloads import Payload, decode
from handlers.samples.fixtures import MOMENT
from handlers.texts import Texts
from tmon.clock import KST
from tmon.pages import Page


class Ref(Payload):
    """A page of a store's list."""

    store: str
    page: int = 0


def rendered(number: int, pages: int, *buttons: dict[str, Any], in_heading: bool = False) -> list[dict[str, Any]]:
    page: Page[str] = Page((), number, pages, 0)
    return pager(Texts("ko", lambda: MOMENT, KST), "x.page", Ref(store="st_1"), page, *buttons, in_heading=in_heading)


@pytest.mark.parametrize(
    ("number", "turns"),
    [(0, {"x.page#after": 1}), (1, {"x.page#before": 0, "x.page#after": 2}), (2, {"x.page#before": 1})],
)
def test_pager_carries_the_list_and_the_number_of_the_next_page(number: int, turns: dict[str, int]) -> None:
    line, row = rendered(number, 3)
    assert line["elements"][0]["text"] == f"{number + 1}/3쪽"
    refs = {one["action_id"]: decode(Ref, one["value"]) for one in row["elements"]}
    assert refs == {action_id: Ref(store="st_1", page=page) for action_id, page in turns.items()}


def test_pager_of_one_page_is_empty_or_holds_the_other_buttons_only() -> None:
    assert rendered(0, 1) == []
    [row] = rendered(0, 1, button("처음으로", "x.back"))
    assert [one["action_id"] for one in row["elements"]] == ["x.back"]


def test_pager_below_a_heading_with_the_number_repeats_it_in_ids_only() -> None:
    line, row = rendered(1, 3, in_heading=True)
    assert line == {"type": "divider"}
    assert [one["action_id"] for one in row["elements"]] == ["x.page#0", "x.page#2"]
