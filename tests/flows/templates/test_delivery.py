"""`/tmon templates` through real sockets: address book and delivery templates, each path and each answer of TMON's."""

import pytest

from bot.playground.slack.demo import MINJI
from tests.flows.stores.registering import labels, text_of
from tests.flows.stores.test_setup import buttons
from tests.flows.templates.steps import (
    CONDITION,
    audited,
    choose,
    fill_policy,
    made,
    new_store,
    opened,
    press,
    previewed,
    register,
    templates,
    type_in,
)
from tests.flows.world import World
from tmon.models.templates import WriteState


# --- delivery templates ---
async def test_the_form_grows_with_the_policy(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    plain = ["템플릿 이름", "묶음배송", "배송비 정책", "반품 편도 배송비 (원)", "상품 유형", "배송 유형"]
    end = ["출고지", "반품지", "티몬지정 반품택배"]
    assert labels(world.modal(MINJI)) == [*plain, "제주·도서산간 배송", *end]
    await choose(world, "fee_policy", "CONDITION")
    assert "무료배송 기준 금액 (원)" in labels(world.modal(MINJI))
    await choose(world, "fee_policy", "PER")
    assert "무료배송 기준 금액 (원)" not in labels(world.modal(MINJI))
    assert "배송비 (원)" in labels(world.modal(MINJI))
    await choose(world, "delivery_type", "DD")
    assert "당일발송 마감시간" in labels(world.modal(MINJI))
    await choose(world, "islands", "yes")
    assert "제주 추가 배송비 (원)" in labels(world.modal(MINJI))
    await choose(world, "islands_prepaid", "no")
    assert "제주 추가 배송비 (원)" not in labels(world.modal(MINJI))
    assert "추가 배송비 최대 (원)" in labels(world.modal(MINJI))


async def test_registered_after_a_preview_in_words_and_a_second_confirmation(world: World) -> None:
    await new_store(world)
    acted = await previewed(world)
    assert acted.errors == {}
    shown = text_of(world.modal(MINJI))
    assert "5만원 이상 무료, 미만 3,000원, 제주 +3,000원, 그 외 도서산간 +5,000원" in shown
    assert "수정하거나 삭제할 수 없습니다" in shown
    assert world.tmon.calls_of("templates.create") == []
    refused = await world.slack.submit(MINJI, world.modal(MINJI).id, {})
    assert "sure" in refused.errors
    await register(world)
    assert "등록했습니다" in text_of(world.modal(MINJI))
    assert len(world.tmon.calls_of("templates.create")) == 1
    (row,) = [one for one in await templates(world) if one.name == CONDITION["name"]]
    assert (row.state, row.pending_by) == (WriteState.DONE, MINJI)
    at_tmon = world.tmon.templates[row.no or 0].policy
    assert (at_tmon["deliveryFeeFreePrice"], at_tmon["longDistanceDeliveryFeeExcludingJeju"]) == (50000, 5000)
    assert "template.register" in await audited(world)


async def test_back_from_the_preview_keeps_what_was_typed(world: World) -> None:
    await new_store(world)
    await previewed(world)
    await press(world, "templates.back")
    acted = await type_in(world, {"fee": "2500"})
    assert acted.errors == {}
    assert "5만원 이상 무료, 미만 2,500원" in text_of(world.modal(MINJI))


async def test_a_template_is_never_edited_but_copied(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.import")
    await press(world, "templates.list")
    assert "수정하거나 삭제할 수 없습니다" in text_of(world.modal(MINJI))
    assert {name.partition("#")[0] for name in buttons(world.modal(MINJI))} == {"templates.copy", "templates.overview"}
    await press(world, "templates.copy")
    await type_in(world, {"name": "복사본", "fee": "7777"})
    await register(world)
    assert "복사본" in {template.name for template in world.tmon.templates.values()}


@pytest.mark.parametrize(("free_from", "warned"), [("3,000", True), ("2,999", True), ("3,001", False)])
async def test_a_threshold_that_is_not_above_the_fee_is_pointed_out(world: World, free_from: str, warned: bool) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    assert (await fill_policy(world, free_from=free_from)).errors == {}
    assert ("무료 기준이 배송비보다" in text_of(world.modal(MINJI))) is warned
    await register(world)
    assert len(made(world)) == 1
