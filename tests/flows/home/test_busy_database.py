"""The home tabs of many people who do something at once, when the database is slow."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.playground.slack.demo import MINJI, ORDERS
from tests.flows.home.tab import opened
from tests.flows.world import World, until
from tmon.dashboard.tabs import AT_ONCE

PEOPLE = 8
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_drawing_them_anew_leaves_connections_to_what_people_do(world: World) -> None:
    people = [MINJI]
    for number in range(1, PEOPLE):
        person = replace(world.slack.people[MINJI], id=f"U0STAFF{number:03d}", email=f"staff{number}@example.com")
        world.slack.people[person.id] = person
        world.slack.channels[ORDERS].members.add(person.id)
        people.append(person.id)
    for user in people:
        await opened(world, user)
    drawn = len(world.slack.calls_of("views.publish"))

    async with world.db.write() as session:
        await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await session.execute(text("LOCK TABLE home_tab IN ACCESS EXCLUSIVE MODE"))
        acted = await asyncio.gather(*(world.slack.slash(user, ORDERS, "/tmon", "guide") for user in people))
        assert all(one.ok for one in acted)
        await until(lambda: all(world.slack.open_modal(user) for user in people), 30)

        async def waiting() -> int:
            async with world.db.read() as other:
                return int(await other.scalar(WAITING) or 0)

        async with asyncio.timeout(30):
            while await waiting() < AT_ONCE:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.05)
        assert await waiting() == AT_ONCE
    await world.settle()
    assert len(world.slack.calls_of("views.publish")) == drawn + PEOPLE
