"""The top of the home tab: the stages of the day with their lists, and the next step of a store that is not complete."""

from datetime import timedelta
from typing import Any

from bot.playground.slack.demo import JUNHO, MINJI, ORDERS
from bot.playground.slack.model import View
from bot.playground.tmon import buyer_claims, new_question
from bot.playground.tmon.demo import DEMO_PARTNERS
from tests.flows.home.tab import opened, press, tab
from tests.flows.stores.registering import REQUIRED, click, set_up, submit, text_of
from tests.flows.world import World
from tmon.claims.collector import CLAIMS
from tmon.inquiries.collector import INQUIRIES
from tmon.models.claims import ClaimKind

LIVING, MARKET = DEMO_PARTNERS[:2]
OPENS = {
    "order.list#stage_confirm": "order.list_view",
    "order.list#stage_ship": "order.list_view",
    "command.run#stage_claims": "claim.list_view",
    "command.run#stage_answers": "inquiry.list_view",
    "counter.overdue#stage_late": "counter.overdue_list",
}


def tiles(view: View) -> list[str]:
    """What stands on the buttons below the heading."""
    assert view.blocks[0]["text"]["text"] in ("오늘 할 일", "TMON today")
    return [one["text"]["text"] for one in view.blocks[1]["elements"]]


def next_step(view: View, place: int = 0) -> dict[str, Any]:
    """The button of the checklist at `place`."""
    steps = [block for block in view.blocks if block["type"] == "section" and "👉" in block["text"]["text"]]
    accessory: dict[str, Any] = steps[place]["accessory"]
    return accessory


async def test_the_stages_stand_first_with_the_sums_of_all_stores_and_open_their_lists(world: World) -> None:
    living, market = await world.add_store(), await world.add_store(partner=1)
    for store, count in ((living, 2), (market, 1)):
        for _ in range(count):
            world.tmon.new_order(store.seller_id, deals=1)
    shipping = world.tmon.new_order(market.seller_id, deals=1)
    claimed = world.tmon.new_order(living.seller_id, deals=1)
    world.tmon.move_to(shipping.order_no, "D2")
    world.tmon.move_to(claimed.order_no, "D5")
    buyer_claims(world.tmon, ClaimKind.RETURN.value, claimed.order_no)
    world.clock.advance(timedelta(minutes=31))
    for store in (living, market):
        new_question(world.tmon, store.seller_id)
    for kind in ("orders", CLAIMS, INQUIRIES):
        await world.collect(kind)
    view = await opened(world, MINJI)
    assert tiles(view) == ["발주 대기 3", "발송 대기 1", "취소/반품/교환 1", "미답변 2", "지연 0"]
    for action, opens in OPENS.items():
        await press(world, MINJI, action)
        assert world.modal(MINJI).callback_id == opens
        await world.slack.close(MINJI, world.modal(MINJI).id)
    await press(world, MINJI, "order.list#stage_ship")
    assert str(shipping.order_no) in text_of(world.modal(MINJI))
    await world.slack.close(MINJI, world.modal(MINJI).id)

    world.clock.advance(timedelta(days=9))
    view = await opened(world, MINJI)
    late = tiles(view)[-1]
    assert late == "지연 5"  # three confirmations, a shipment, a return
    await press(world, MINJI, "counter.overdue#stage_late")
    shown = text_of(world.modal(MINJI))
    assert "*5건*" in shown
    assert (shown.count("발주확인 지연"), shown.count("발송 지연"), shown.count("반품 처리 지연")) == (3, 1, 1)
    assert shown.index("발주확인 지연") < shown.index("반품 처리 지연")
    await click(world, MINJI, f"command.run#{market.id}_{shipping.order_no}")
    assert world.modal(MINJI).callback_id == "order.order_view"


async def test_every_step_of_a_new_store_is_one_press_until_it_is_complete(world: World) -> None:
    view = await opened(world, MINJI)
    assert "👉 *API 인증 Key 등록*" in text_of(view)
    await press(world, MINJI, "setup.new")
    await submit(world, MINJI, REQUIRED)
    await world.slack.close(MINJI, world.modal(MINJI).id)

    assert "작성 중" in text_of(tab(world, MINJI))
    assert next_step(tab(world, MINJI))["text"]["text"] == "이어서 설정"
    await press(world, MINJI, next_step(tab(world, MINJI))["action_id"])
    assert world.modal(MINJI).callback_id == "setup.contact"
    await submit(world, MINJI, {})
    await submit(world, MINJI, {"channel": ORDERS})
    result = world.modal(MINJI)
    assert "다음 단계 (2/5 완료): *주소록 가져오기*" in text_of(result)

    step = next_step(tab(world, MINJI))
    assert step["text"]["text"] == "주소록 가져오기"
    named = [one for block in result.blocks for one in block.get("elements", ()) if one.get("style") == "primary"]
    assert [(one["action_id"], one["text"]) for one in named] == [(step["action_id"], step["text"])]
    await click(world, MINJI, step["action_id"])
    assert "개를 가져왔습니다" in text_of(world.modal(MINJI))
    await world.slack.close(MINJI, world.modal(MINJI).id)

    assert next_step(tab(world, MINJI))["text"]["text"] == "배송 템플릿 가져오기"
    await press(world, MINJI, next_step(tab(world, MINJI))["action_id"])
    assert world.modal(MINJI).callback_id == "templates.overview_view"
    await world.slack.close(MINJI, world.modal(MINJI).id)

    world.tmon.new_order(LIVING.partner_id, deals=1)
    world.clock.advance(timedelta(minutes=31))
    await press(world, MINJI, "home.refresh")
    assert "4/5 완료" in text_of(tab(world, MINJI))
    assert next_step(tab(world, MINJI))["text"]["text"] == "지금 주문 수집"
    await press(world, MINJI, next_step(tab(world, MINJI))["action_id"])
    await press(world, MINJI, "home.refresh")
    assert "👉" not in text_of(tab(world, MINJI))
    assert "스토어 시작하기" not in text_of(tab(world, MINJI))


async def test_a_refused_key_is_the_first_step_again_and_others_see_no_steps(world: World) -> None:
    world.tmon.partners[MARKET.partner_id].token = "another-token-of-this-seller"
    await set_up(world, seller_id=LIVING.partner_id)
    store = await world.add_store(partner=1, registered_by=MINJI)
    view = await opened(world, MINJI)
    assert sum("👉" in str(block) for block in view.blocks) == 2
    world.tmon.faults.reject_partners.add(MARKET.partner_id)
    await world.collect()
    await press(world, MINJI, "home.refresh")
    shown = next(block for block in tab(world, MINJI).blocks if "/5 완료" in str(block) and store.name in str(block))
    assert shown["accessory"]["text"]["text"] == "Key 고치기"
    await press(world, MINJI, shown["accessory"]["action_id"])
    assert world.modal(MINJI).callback_id == "setup.key"
    assert "👉" not in text_of(await opened(world, JUNHO))


async def test_what_a_switch_turns_off_is_no_step(world: World) -> None:
    await world.add_store(registered_by=MINJI, product_on=False)
    view = await opened(world, MINJI)
    assert "2/3 완료" in text_of(view)
    assert next_step(view)["text"]["text"] == "지금 주문 수집"
    await world.add_store(partner=1, registered_by=MINJI, product_on=False, order_on=False)
    await press(world, MINJI, "home.refresh")
    assert sum("👉" in str(block) for block in tab(world, MINJI).blocks) == 1


async def test_the_checklists_of_many_stores_stay_short(world: World) -> None:
    for number in range(5):
        await world.add_store(
            name=f"가게 {number}", name_key=f"가게 {number}", seller_id=f"seller{number}", registered_by=MINJI
        )
    view = await opened(world, MINJI)
    assert sum("👉" in str(block) for block in view.blocks) == 3
    assert "이 밖에 설정을 마치지 않은 스토어 2곳" in text_of(view)
