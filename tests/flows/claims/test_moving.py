"""Open claims follow their store to a channel that works again, and the old messages point there."""

from datetime import timedelta

import pytest

from bot.playground.slack.demo import MINJI, ORDERS
from bot.playground.tmon import withdraw_claim
from handlers.claims.ids import ClaimAction
from handlers.stores.ids import StoreAction
from tests.flows.cards import buttons, posted, press, shows
from tests.flows.claims.claiming import card, claim_of, claimed, collect
from tests.flows.stores.registering import text_of
from tests.flows.world import World
from tmon.stores.messages import ChannelLost


@pytest.mark.parametrize("count", [1, 6])
async def test_a_mended_channel_gets_open_claims_in_one_message(world: World, count: int) -> None:
    store = await world.add_store()
    await collect(world)
    ended = await claimed(world, store, "R")
    await collect(world)
    withdraw_claim(world.tmon, ended.claim_no)
    await collect(world, timedelta(minutes=35))
    stayed = await card(world, store, ended)
    world.slack.faults.kick_bot(ORDERS)
    found = [await claimed(world, store, "R") for _ in range(count)]
    await collect(world)
    old = [m for m in [*await posted(world, "claim/"), *await posted(world, "claims/")] if m.channel != ORDERS]
    assert len(old) == 1
    world.slack.faults.invite_bot(ORDERS)
    [lost] = await posted(world, ChannelLost.kind)
    await press(world, MINJI, lost, StoreAction.RECHECK)
    [anew] = [m for m in await posted(world, "claims/") if m.channel == ORDERS]
    assert f"새 클레임 {count}건" in shows(anew)
    [pointer] = [m for m in world.slack.messages(old[0].channel, MINJI) if m.ts == old[0].ts]
    assert (buttons(pointer.blocks), f"<#{ORDERS}>" in shows(pointer)) == ([], True)
    assert (await card(world, store, ended)).blocks == stayed.blocks
    await press(world, MINJI, anew, ClaimAction.LIST)
    assert all(str(claim.claim_no) in text_of(world.modal(MINJI)) for claim in found)
    assert str(ended.claim_no) not in text_of(world.modal(MINJI))
    for claim in found:
        withdraw_claim(world.tmon, claim.claim_no)
    await collect(world)
    [anew] = [m for m in await posted(world, "claims/") if m.channel == ORDERS]
    assert "모두 끝났습니다" in shows(anew)
    assert (await claim_of(world, found[0])).ended_at is not None
