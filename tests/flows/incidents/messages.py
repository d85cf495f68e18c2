"""Incidents as they are told in Slack."""

from datetime import timedelta
from typing import Any

from bot.playground.slack.model import Message
from tests.flows.world import World
from tmon.incidents.service import IncidentService
from tmon.models.incidents import Incident
from tmon.models.stores import Contact, Store

INTERVAL = timedelta(seconds=300)


async def add_store(world: World, *, email: str = "junho@example.com", **over: Any) -> Store:
    """A store whose contact is 이준호, found by e-mail."""
    for partner in world.tmon.partners.values():
        partner.orders.clear()
    contact = Contact(name="이준호", email=email, mobile="010-9876-5432")
    return await world.add_store(contact=contact, **over)


async def fail_runs(world: World, times: int) -> None:
    """So many rounds of collecting, an interval apart."""
    for _ in range(times):
        world.clock.advance(INTERVAL)
        await world.collect()


async def incident(world: World) -> Incident:
    """The newest one."""
    return (await world.bot.services[IncidentService].open_and_recent(world.slack.team_id))[0].incident


def in_channel(world: World) -> list[Message]:
    """What the bot wrote about incidents in the orders channel."""
    return [m for m in world.posts("주문") if m.user == world.slack.bot_user_id and m.ephemeral_for is None]


async def press(world: World, user: str, message: Message, action: str) -> None:
    """Presses a button, and lets happen what follows."""
    acted = await world.slack.click(user, channel=message.channel, ts=message.ts, action_id=action)
    assert acted.ok, acted.error
    await world.settle()


def heard(world: World, user: str) -> str:
    """The last thing that only `user` was told."""
    return world.posts("주문", user)[-1].text
