"""Many workspaces: one that has a lot to send does not hold up the others."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlmodel import col

from bot.playground.slack.model import Channel
from bot.runtime import DELIVER_SECONDS
from tests.flows.outbox.messages import add_rows
from tests.flows.world import World
from tmon.models.outbox import OutboxMessage as Row
from tmon.models.stores import Store
from tmon.outbox import new_message
from tmon.stores.messages import ChannelLost

MINUTE = timedelta(minutes=1)
OTHERS = [f"T{number:05}" for number in range(499)]
PLACES = [f"C{number:08}" for number in range(50)]
BACKLOG = 10_000
WAIT_SECONDS = 2


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_499_workspaces_do_not_wait_for_one_with_10_000_messages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await world.add_store(channel_ok=False)
    # Slack counts for each workspace, the one here for all of them together
    monkeypatch.setattr(world.slack.rates, "wait", lambda _: 0)
    monkeypatch.setattr(world.slack.rates, "wait_to_post", lambda _: 0)
    for place in PLACES:
        world.slack.channels[place] = Channel(place, place.lower(), members={world.owner}, bot_is_member=True)
    await world.install(*OTHERS)
    async with world.db.write() as session:
        values = store.model_dump()
        await session.execute(insert(Store), [{**values, "team_id": team_id} for team_id in OTHERS])

    def message(team_id: str, number: int, place: str) -> dict[str, object]:
        args = ChannelLost(store=store.id, channel=store.channel_id)
        return new_message(args, team_id=team_id, key=f"n/{number}", to=place, now=world.clock(), store_id=store.id)

    await add_rows(world, *(message(store.team_id, n, PLACES[n % len(PLACES)]) for n in range(BACKLOG)))
    world.clock.advance(MINUTE)
    await add_rows(world, *(message(team_id, 0, store.channel_id) for team_id in OTHERS))

    for _ in range(int(WAIT_SECONDS / DELIVER_SECONDS)):
        for task in (await world.bot.outbox.begin()).values():
            await task
    async with world.db.read() as session:
        sent = Counter(await session.scalars(select(col(Row.team_id)).where(col(Row.ts).is_not(None))))
    assert sent.keys() >= set(OTHERS)
    assert sent[store.team_id] > 0
