"""The five counters on the home tab and in the status, and their lists."""

import json
from datetime import date, datetime, timedelta
from typing import Any

from bot.playground.slack.demo import JUNHO, MINJI
from tests.flows.claims.claiming import add_claim
from tests.flows.home.tab import opened, press
from tests.flows.stores.registering import text_of
from tests.flows.world import World, at
from tmon.counters.definitions import Counter
from tmon.models.claims import ClaimEnd, ClaimKind

NAMES = ["발주확인 지연", "발송 지연", "취소 처리 지연", "반품 처리 지연", "교환 처리 지연"]


def labels(view: Any) -> list[str]:
    """What its buttons say."""
    elements = [e for block in view.blocks for e in [*block.get("elements", []), block.get("accessory", {})]]
    return [e["text"]["text"] for e in elements if e.get("type") == "button"]


async def test_all_five_stand_on_the_home_tab_and_each_leads_to_its_list(world: World) -> None:
    store = await world.add_store()
    await add_claim(world, store, ClaimKind.CANCEL, 1, at(10, day=4), end=ClaimEnd.AUTO_REFUNDED, ended_at=at(9))
    await add_claim(world, store, ClaimKind.RETURN, 2, at(10, day=2))
    view = await opened(world, JUNHO)
    assert [label for label in labels(view) if "지연" in label] == [
        "지연 1",
        "발주확인 지연 0건",
        "발송 지연 0건",
        "취소 처리 지연 1건",
        "반품 처리 지연 1건",
        "교환 처리 지연 0건",
    ]
    assert "3월 지연" in text_of(view)
    assert "아직 처리하지 않은 것 *1건*" in text_of(view)
    for counter, name in zip(Counter, NAMES, strict=True):
        await press(world, JUNHO, f"counter.open#{counter}")
        shown = world.modal(JUNHO)
        assert f'"text": "{name}"' in json.dumps(shown.title, ensure_ascii=False)
        assert ("9100200001" in text_of(shown)) is (counter is Counter.CANCEL)
        assert ("9100200002" in text_of(shown)) is (counter is Counter.RETURN)
        await world.slack.close(JUNHO, shown.id)


async def test_the_list_says_since_when_and_turns_to_other_months(world: World) -> None:
    store = await world.add_store()
    await add_claim(world, store, ClaimKind.RETURN, 2, at(10, day=2))
    await add_claim(
        world, store, ClaimKind.RETURN, 3, at(10, day=1, month=2), end=ClaimEnd.APPROVED, decided_at=at(11, day=9, month=2),
        ended_at=at(11, day=9, month=2),
    )  # fmt: skip
    await opened(world, JUNHO)
    await press(world, JUNHO, "counter.open#return")
    text = text_of(world.modal(JUNHO))
    assert "3월 9일(월) 10:00까지 (지남) · 아직 처리 전" in text
    assert "9100200003" not in text
    assert labels(world.modal(JUNHO))[-2:] == ["2월 보기", "목록 보기"]
    await world.slack.click(JUNHO, view_id=world.modal(JUNHO).id, action_id="counter.month#202602")
    await world.settle()
    text = text_of(world.modal(JUNHO))
    assert "기한 2월 8일(일) 10:00 · 처리 2월 9일(월) 11:00" in text
    assert "9100200002" not in text
    assert labels(world.modal(JUNHO))[-3:] == ["1월 보기", "3월 보기", "목록 보기"]


async def test_an_order_confirmed_too_late_counts_and_one_that_waits_leads_to_the_orders(world: World) -> None:
    store = await world.add_store()
    first, second = (world.tmon.new_order(store.seller_id, deals=1).order_no for _ in range(2))
    await world.collect()
    order = await world.order(store, first)
    world.clock.set(order.confirm_by + timedelta(hours=1))
    card = next(m for m in world.posts("주문") if f"`{first}`" in str(m.blocks))
    confirm = next(label for label in action_ids(card) if label.startswith("order.confirm"))
    await world.slack.click(MINJI, channel=card.channel, ts=card.ts, action_id=confirm)
    await world.settle()
    assert "발주확인 지연 2건" in labels(await opened(world, MINJI))
    await press(world, MINJI, "counter.open#confirm")
    text = text_of(world.modal(MINJI))
    assert "지연 처리 1건 · 기한 지난 미처리 1건" in text
    assert text.index(str(second)) < text.index(str(first)), "what is still open comes first"
    beside = next(one for one in action_ids(world.modal(MINJI)) if one.endswith(f"_{second}"))
    await world.slack.click(MINJI, view_id=world.modal(MINJI).id, action_id=beside)
    await world.settle()
    assert str(second) in text_of(world.modal(MINJI))


async def test_the_status_counts_all_stores_and_each(world: World) -> None:
    first, second = await world.add_store(), await world.add_store(partner=1)
    await add_claim(world, first, ClaimKind.CANCEL, 1, at(10, day=4), end=ClaimEnd.AUTO_REFUNDED, ended_at=at(9))
    await add_claim(world, second, ClaimKind.CANCEL, 2, at(10, day=4), end=ClaimEnd.AUTO_REFUNDED, ended_at=at(9))
    await world.command(JUNHO, "상태")
    view = world.modal(JUNHO)
    assert "취소 처리 지연 2건" in labels(view)
    assert text_of(view).count("취소 처리 지연 1") == 2
    await world.slack.click(JUNHO, view_id=view.id, action_id="counter.open#cancel")
    await world.settle()
    assert {"9100200001", "9100200002"} <= set(text_of(world.modal(JUNHO)).split("`"))
    await world.slack.click(JUNHO, view_id=world.modal(JUNHO).id, action_id=f"claim.see#{first.id}_1")
    await world.settle()
    assert "티몬 자동환불" in text_of(world.modal(JUNHO)), "the claim's details, above the list"
    await world.slack.close(JUNHO, world.modal(JUNHO).id)
    await world.slack.close(JUNHO, world.modal(JUNHO).id)
    await world.command(JUNHO, f"상태 {second.name}")
    await world.slack.click(JUNHO, view_id=world.modal(JUNHO).id, action_id="counter.open#cancel")
    await world.settle()
    assert "9100200002" in text_of(world.modal(JUNHO))
    assert "9100200001" not in text_of(world.modal(JUNHO))


async def test_the_year_is_named_where_it_is_another(world: World) -> None:
    store = await world.add_store()
    world.clock.set(datetime(2027, 1, 5, 1, tzinfo=at(10).tzinfo))
    ended = datetime(2026, 12, 31, 23, 5, tzinfo=at(10).tzinfo)
    requested = datetime(2026, 12, 30, 10, tzinfo=at(10).tzinfo)
    await add_claim(world, store, ClaimKind.CANCEL, 1, requested, end=ClaimEnd.AUTO_REFUNDED, ended_at=ended)
    assert "취소 처리 지연 0건" in labels(await opened(world, JUNHO))
    await press(world, JUNHO, "counter.open#cancel")
    assert "지연된 건이 없습니다" in text_of(world.modal(JUNHO))
    await world.slack.click(JUNHO, view_id=world.modal(JUNHO).id, action_id=f"counter.month#{date(2026, 12, 1):%Y%m}")
    await world.settle()
    assert "2026년 12월" in text_of(world.modal(JUNHO))
    assert "9100200001" in text_of(world.modal(JUNHO))


def action_ids(thing: Any) -> list[str]:
    elements = [e for block in thing.blocks for e in [*block.get("elements", []), block.get("accessory", {})]]
    return [e["action_id"] for e in elements if "action_id" in e]
