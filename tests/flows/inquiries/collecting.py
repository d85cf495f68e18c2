"""Inquiries collected, and the cards about them."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.model import Message
from handlers.inquiries.ids import InquiryAction
from tests.flows.cards import action, posted
from tests.flows.world import World
from tmon.inquiries.collector import INQUIRIES
from tmon.models.inquiries import Inquiry
from tmon.models.stores import ApiGroup

EVERY = timedelta(minutes=10)
DAY = timedelta(days=1)
SWITCHES = pytest.mark.parametrize("group", [ApiGroup.CS, None], ids=["cs", "master"])


async def inquiries(world: World) -> list[Inquiry]:
    """What is kept, oldest first."""
    async with world.db.read() as session:
        return list(await session.scalars(select(Inquiry).order_by(col(Inquiry.asked_at), col(Inquiry.number))))


async def waiting(world: World) -> list[int]:
    """Numbers of what waits."""
    return [one.number for one in await inquiries(world) if one.answered_at is None]


async def again(world: World, after: timedelta = EVERY) -> None:
    """The next run, when it is due."""
    world.clock.advance(after)
    await world.collect(INQUIRIES)


async def cards(world: World) -> list[Message]:
    """The cards, oldest first."""
    return await posted(world, "inquiries/")


def see_button(world: World, user: str) -> str:
    """The first 전체 보기 in the modal in front of somebody."""
    return action(world.modal(user).blocks, InquiryAction.SEE)
