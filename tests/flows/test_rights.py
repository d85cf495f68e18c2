"""Rights are asked of Slack afresh before something is changed; what Slack does not say changes nothing."""

import time

import pytest

from bot.playground.slack.demo import JUNHO, MINJI, ORDERS
from handlers.orders.ids import OrderAction
from handlers.permissions import SlackUsers
from tests.flows.cards import card_of, press, told
from tests.flows.outbox.messages import shown
from tests.flows.world import World
from tmon.models.orders import OrderState
from tmon.stores.service import StoreService


async def known_to_the_bot(world: World, user: str) -> None:
    """The bot has asked about somebody a moment ago."""
    await world.command(user, "help")


@pytest.mark.parametrize("taken", ["is_restricted", "deleted"])
async def test_somebody_whose_rights_were_taken_a_moment_ago_confirms_nothing(world: World, taken: str) -> None:
    store, order, card = await shown(world, worker_ids=[JUNHO])
    await known_to_the_bot(world, JUNHO)
    setattr(world.slack.people[JUNHO], taken, True)
    await press(world, JUNHO, card)
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    assert "쓸 수 없습니다" in told(world, JUNHO, ORDERS)[-1]
    assert world.tmon.calls_of("orders.confirm") == []


async def test_an_admin_who_is_none_any_more_manages_nothing(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO)
    await world.command(MINJI, "stores")
    world.slack.people[MINJI].is_admin = world.slack.people[MINJI].is_owner = False
    await world.command(MINJI, "sync 끄기")
    assert (await world.bot.services[StoreService].get(store.team_id, store.id)).sync_on
    assert f"<@{JUNHO}>" in told(world, MINJI, ORDERS)[-1]
    await world.command(MINJI, "admin")
    assert "관리자" in told(world, MINJI, ORDERS)[-1]


@pytest.mark.parametrize("trouble", ["hang", "refuse", "drop"])
async def test_a_slack_that_does_not_confirm_the_rights_changes_nothing_and_it_is_said(
    world: World, trouble: str
) -> None:
    store, order, card = await shown(world)
    await known_to_the_bot(world, MINJI)
    world.bot.services[SlackUsers].recheck_seconds = SlackUsers.recheck_seconds
    faults = world.slack.faults
    if trouble == "refuse":
        faults.refuse("users.info", "internal_error", times=10)
    else:
        getattr(faults, trouble)("users.info", times=10)
    began = time.monotonic()
    acted = await press(world, MINJI, card)
    assert (acted.ok, acted.elapsed < 1, time.monotonic() - began < 3) == (True, True, True)
    assert "권한을 다시 확인하지 못했습니다" in told(world, MINJI, ORDERS)[-1]
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    faults.clear()
    await press(world, MINJI, await card_of(world, store.id, order))
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


async def test_what_is_only_read_does_not_wait_for_slack(world: World) -> None:
    await shown(world)
    await known_to_the_bot(world, MINJI)
    asked = len(world.slack.calls_of("users.info"))
    world.slack.faults.hang("users.info", times=3)
    await world.command(MINJI, "orders")
    assert len(world.slack.calls_of("users.info")) == asked
    assert world.modal(MINJI).type == "modal"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("user_not_found", "계정을 찾을 수 없어"),
        ("user_not_visible", "계정을 찾을 수 없어"),
        ("missing_scope", "봇 운영자에게 오류 코드 `missing_scope`"),
        ("invalid_auth", "봇 운영자에게 오류 코드 `invalid_auth`"),
        ("ratelimited", "Slack 응답이 늦어"),
        ("fatal_error", "Slack 응답이 늦어"),
        ("a_code_of_next_year", "`a_code_of_next_year`"),
    ],
)
async def test_each_reason_of_slack_has_a_sentence_of_its_own(world: World, code: str, sentence: str) -> None:
    world.slack.faults.refuse("users.info", code, times=3)
    await world.command(MINJI, "help")
    assert sentence in told(world, MINJI, ORDERS)[-1]


async def test_owner_and_registrant_confirm_beside_the_chosen_staff(world: World) -> None:
    store, order, card = await shown(world, worker_ids=[JUNHO])
    await press(world, MINJI, card, OrderAction.CONFIRM)
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
