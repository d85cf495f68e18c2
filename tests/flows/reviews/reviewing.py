"""Reviews at TMON, as they are collected, shown and replied to."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.model import InteractionResult
from bot.playground.tmon import BuyerReview, new_review
from tests.flows.stores.registering import click
from tests.flows.world import Scene, World
from tmon.models.reviews import Review
from tmon.models.stores import Store
from tmon.reviews.collector import REVIEWS

HOUR = timedelta(hours=1)
REPLY = "불편을 드려 죄송합니다. 새 상품으로 바꿔 드리겠습니다."
REPORT = "report new reviews"


async def reviewed(world: World, *, score: int = 2, cs: Sequence[str] = (), **how: Any) -> tuple[Store, BuyerReview]:
    """A store, and a review of it that is collected."""
    store = await world.add_store(cs_worker_ids=list(cs))
    review = new_review(world.tmon, store.seller_id, score=score, **how)
    await world.collect(REVIEWS)
    return store, review


async def rows(world: Scene) -> list[Review]:
    """What is kept, by number."""
    async with world.db.read() as session:
        return list(await session.scalars(select(Review).order_by(col(Review.review_no))))


def words_of(blocks: list[dict[str, Any]]) -> list[str]:
    """The words of all buttons of a view or message."""
    found = [element for block in blocks for element in block.get("elements", ()) if element.get("type") == "button"]
    found += [block["accessory"] for block in blocks if "accessory" in block]
    return [element["text"]["text"] for element in found]


def action_of(blocks: list[dict[str, Any]], words: str) -> str:
    """The action id of the first button with these words."""
    found = [element for block in blocks for element in block.get("elements", ()) if element.get("type") == "button"]
    found += [block["accessory"] for block in blocks if "accessory" in block]
    return next(str(element["action_id"]) for element in found if element["text"]["text"] == words)


async def press(world: World, words: str, user: str | None = None) -> None:
    """Presses the button with these words in the modal in front of somebody."""
    user = user or world.owner
    await click(world, user, action_of(world.modal(user).blocks, words))


async def send(world: World, text: str = REPLY, user: str | None = None) -> InteractionResult:
    """Types a reply into the form in front of somebody, and sends it."""
    user = user or world.owner
    acted = await world.slack.submit(user, world.modal(user).id, {"reply": text})
    await world.settle()
    return acted


async def later(world: World, after: timedelta = timedelta(minutes=6)) -> None:
    """The job that settles doubts, some time later."""
    world.clock.advance(after)
    await world.run_job("settle writes")
    await world.settle()
