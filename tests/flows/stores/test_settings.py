"""A store's own view through real sockets: each part edited alone, told, and taking effect with the next call."""

from datetime import datetime, timedelta

import pytest

from bot.playground.slack.demo import JUNHO, MINJI
from tests.flows.stores.editing import LIVING, audits, edit, look, the_store, told
from tests.flows.stores.registering import click, submit, text_of
from tests.flows.stores.test_setup import buttons
from tests.flows.world import World, until
from tmon.models.stores import PendingReason, Store, StoreState


async def test_the_view_shows_what_is_set_and_nothing_secret(world: World) -> None:
    await world.add_store()
    shown = text_of(await look(world))
    for said in (
        "한빛리빙",
        "승인 완료",
        LIVING.partner_id,
        "사용: 상품 API, 주문 API, CS API",
        "사용 안 함: 진열/판매상태/재고연동 API",
        "자동 발주확인: 수동",
        "주문 수집",
    ):
        assert said in shown
    for secret in (LIVING.token, "contact@example.com", "010-1234-5678", "박담당"):
        assert secret not in shown
    await click(world, MINJI, "stores.page")
    assert "연동 중지" in text_of(world.modal(MINJI))


async def test_who_does_not_manage_sees_no_button_and_cannot_send_a_form(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO)
    await look(world, JUNHO)
    await click(world, JUNHO, "settings.edit#3")
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).registered_by = MINJI
    acted = await submit(world, JUNHO, {"order": "off"})
    assert f"<@{MINJI}>" in str(acted.errors)
    assert (await the_store(world)).order_on


def asked(world: World) -> int:
    """How often TMON was asked about the key: the first collection has longer windows."""
    calls = [call.query for call in world.tmon.calls_of("orders.list")]
    spans = [datetime.fromisoformat(one["endDate"]) - datetime.fromisoformat(one["startDate"]) for one in calls]
    return spans.count(timedelta(hours=1))


async def test_saving_a_waiting_store_unchanged_asks_tmon_again(world: World) -> None:
    await world.add_store(state=StoreState.PENDING, pending_reason=PendingReason.KEY_REFUSED, category="생활·주방")
    await look(world)
    await edit(world, 1, {})
    assert asked(world) == 1
    assert (await the_store(world)).state is StoreState.APPROVED
    assert told(world) == []


@pytest.mark.parametrize("part", [1, 2, 3])
async def test_saving_any_part_of_a_waiting_store_unchanged_asks_tmon_again(world: World, part: int) -> None:
    await world.add_store(state=StoreState.PENDING, pending_reason=PendingReason.KEY_REFUSED, category="생활·주방")
    await look(world)
    assert (await edit(world, part, {})).errors == {}
    assert asked(world) == 1
    assert (await the_store(world)).state is StoreState.APPROVED


async def test_wrong_fields_are_told_at_their_place_and_nothing_is_saved(world: World) -> None:
    await world.add_store(category="생활·주방")
    await world.add_store(partner=1)
    await world.command(MINJI, "stores")
    view = world.modal(MINJI)
    row = next(block for block in view.blocks if "settings.open" in str(block))
    await world.slack.click(MINJI, view_id=view.id, action_id="settings.open", block_id=row["block_id"])
    await world.settle()
    name = "한빛리빙" if "한빛리빙" in text_of(world.modal(MINJI).blocks[0]) else "소담마켓"
    other = "소담마켓" if name == "한빛리빙" else "한빛리빙"
    acted = await edit(world, 1, {"store_name": other, "category": "생활·주방"})
    assert "이름이 같습니다" in acted.errors["store_name"]
    acted = await submit(world, MINJI, {"store_name": name, "api_key": "한글 키", "category": "생활·주방"})
    assert set(acted.errors) == {"api_key"}
    assert told(world) == []


async def test_the_contact_is_shown_on_request_and_told_by_name_only(world: World) -> None:
    await world.add_store()
    await look(world)
    await click(world, MINJI, "settings.edit#2")
    assert "010-1234-5678" in text_of(world.modal(MINJI))
    assert [row.action for row in await audits(world)] == ["store.see_contact"]
    await submit(world, MINJI, {"contact_mobile": "010 9876 5432", "contact_user": JUNHO})
    assert world.modal(MINJI).callback_id == "settings.store"
    assert f"<@{JUNHO}>" in text_of(world.modal(MINJI))
    (said,) = told(world)
    assert "담당자 휴대폰번호, 담당자 Slack 계정" in said
    assert "9876" not in said + str((await audits(world))[-1].details)
    assert not world.tmon.calls


async def test_the_view_opened_from_the_home_tab_has_no_way_back_to_the_list(world: World) -> None:
    store = await world.add_store()
    await world.slack.open_home(MINJI)
    await until(lambda: world.slack.home(MINJI) is not None)
    home = world.slack.home(MINJI)
    assert home is not None
    await world.slack.click(MINJI, view_id=home.id, action_id=f"settings.open#{store.id}")
    await world.settle()
    assert "stores.page" not in buttons(world.modal(MINJI))
