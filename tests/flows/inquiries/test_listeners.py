"""The list of what waits for an answer."""

from datetime import timedelta
from typing import Any

import pytest

from bot.playground.slack.demo import DANIEL, MINJI
from bot.playground.tmon import new_cs_inquiry, new_question
from handlers.inquiries.ids import InquiryAction, InquiryView
from tests.flows.cards import press, told
from tests.flows.inquiries.collecting import SWITCHES, cards, see_button
from tests.flows.stores.registering import click, private, text_of
from tests.flows.switches import turn
from tests.flows.world import World
from tmon.inquiries.collector import INQUIRIES
from tmon.models.stores import ApiGroup


@SWITCHES
async def test_while_off_the_list_shows_what_there_was_and_says_so(world: World, group: ApiGroup | None) -> None:
    store = await world.add_store()
    new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    await turn(world, store, group, on=False)
    world.tmon.calls.clear()
    (card,) = await cards(world)
    await press(world, MINJI, card, InquiryAction.LIST)
    shown = text_of(world.modal(MINJI))
    assert "새 문의를 수집하지 않습니다" in shown
    assert "전체 1건" in shown
    await click(world, MINJI, see_button(world, MINJI))
    assert world.modal(MINJI).callback_id == InquiryView.WHOLE
    assert list(world.tmon.calls) == []


async def test_pages_urgent_ones_first(world: World) -> None:
    store, other = await world.add_store(), await world.add_store(partner=1)
    for hours in range(20):
        new_question(world.tmon, store.seller_id, asked_at=world.clock() - timedelta(hours=hours))
    new_cs_inquiry(world.tmon, other.seller_id, emergency=True)
    await world.collect(INQUIRIES)
    await world.command(MINJI, "cs")
    first = world.modal(MINJI)
    assert "전체 21건 · 1/2쪽" in text_of(first)
    assert "🚨 긴급" in next(block["text"]["text"] for block in first.blocks if block["type"] == "section")
    await click(world, MINJI, f"{InquiryAction.PAGE}#1")
    assert "2/2쪽" in text_of(world.modal(MINJI))
    assert "🚨" not in text_of(world.modal(MINJI))
    await click(world, MINJI, f"{InquiryAction.PAGE}#0")
    assert text_of(world.modal(MINJI)) == text_of(first)
    await world.command(MINJI, "cs 소담마켓")
    assert "전체 1건" in text_of(world.modal(MINJI))


@pytest.mark.parametrize(
    ("user", "says"), [(MINJI, "답변을 기다리는 문의가 없습니다"), (DANIEL, "No inquiry is waiting")]
)
async def test_nothing_waits(world: World, user: str, says: str) -> None:
    await world.add_store()
    await world.command(user, "cs")
    assert says in text_of(world.modal(user))


async def test_without_a_store_setup_is_named(world: World) -> None:
    await world.command(MINJI, "cs")
    assert "/tmon setup" in private(world, MINJI)[-1]


@pytest.mark.parametrize(
    ("over", "says"), [({}, "새 문의 1건"), ({"state": "pending"}, "/tmon status"), ({"cs_on": False}, "CS API")]
)
async def test_collecting_by_hand_says_what_came_of_it(world: World, over: dict[str, Any], says: str) -> None:
    store = await world.add_store(**over)
    new_question(world.tmon, store.seller_id)
    await world.command(world.owner, "collect cs")
    assert says in told(world, world.owner, world.channel("주문").id)[-1]
