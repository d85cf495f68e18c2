"""1,000 messages to 20 places on SQLite, at Slack's pace: processor time; and what a look costs that finds nothing."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.fernet import Fernet
from sqlalchemy import func, select
from sqlmodel import col

from bot.db import migrate
from bot.logs import configure
from bot.playground.slack.model import Channel
from tests.bench.shop import NoLimits
from tests.clock import MovableClock
from tests.flows.world import World, world_on
from tmon.models.outbox import OutboxMessage as Row
from tmon.outbox import enqueue, new_message
from tmon.stores.messages import ChannelLost

MESSAGES, PLACES = 1_000, 20
LOOKS = 500
SECOND = timedelta(seconds=1)


async def main() -> None:
    """Prints milliseconds of processor time; Slack's are in them, for it runs in this process."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "data"
        folder.mkdir(mode=0o700)
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        await migrate(url)
        clock = MovableClock()
        async with world_on(url, Fernet.generate_key().decode(), clock) as world:
            world.slack.rates = NoLimits(clock)
            await _enqueue(world)
            begin, rounds = time.process_time(), 0
            while await _left(world):
                rounds += 1
                await world.bot.outbox.deliver()
                clock.advance(SECOND)
            taken = time.process_time() - begin
            begin = time.process_time()
            for _ in range(LOOKS):
                await world.bot.outbox.deliver()
            look = time.process_time() - begin
    print(f"(h) outbox: {taken / MESSAGES * 1000:.1f} ms of processor time per message, {rounds} rounds;", end=" ")
    print(f"a look that finds nothing {look / LOOKS * 1000:.2f} ms")


async def _enqueue(world: World) -> None:
    store = await world.add_store(channel_ok=False)
    rows = []
    for number in range(MESSAGES):
        place = f"C{number % PLACES:08}"
        world.slack.channels[place] = Channel(place, place.lower(), members={world.owner}, bot_is_member=True)
        args = ChannelLost(store=store.id, channel=store.channel_id)
        rows.append(new_message(args, team_id=store.team_id, key=f"n/{number}", to=place, now=world.clock()))
    async with world.db.write() as session:
        await enqueue(session, rows)


async def _left(world: World) -> int:
    async with world.db.read() as session:
        waiting = select(func.count()).where(col(Row.version) > col(Row.delivered_version))
        return await session.scalar(waiting) or 0


if __name__ == "__main__":
    configure("ERROR", "console")
    asyncio.run(main())
