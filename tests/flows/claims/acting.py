"""Claims of every kind at TMON, their cards, and what people press and type there."""

from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.model import InteractionResult, Message, View
from bot.playground.tmon import BuyerClaim, buyer_claims
from handlers.claims.ids import ActAction
from tests.flows.cards import posted
from tests.flows.world import Scene, World
from tmon.claims.cards import claim_key
from tmon.codes.reader import CodeReader
from tmon.models.audit import Audit
from tmon.models.claims import Claim, ClaimKind
from tmon.models.stores import Store
from tmon.models.writes import WriteRecord

Kind = Literal["C", "R", "X", "D"]
PATHS = {"C": "cancellations", "R": "refunds", "X": "exchanges", "D": "redeliveries"}
NUMBER = "600100209999"
WORDS = "아직 반품 상품이 도착하지 않았습니다"
CARRIER = "10001"


async def claimed(world: World, kind: Kind, *, store: Store | None = None, **how: Any) -> tuple[Store, BuyerClaim]:
    """A store, and a claim of its buyer that is collected and has a card; codes are known."""
    if store is None:
        store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=how.pop("deals", 1))
    await world.collect()
    world.tmon.move_to(order.order_no, how.pop("status", "D2" if kind == "C" else "D5"))
    claim = buyer_claims(world.tmon, kind, order.order_no, **how)
    assert claim is not None
    await world.bot.services[CodeReader]()
    world.clock.advance(timedelta(minutes=5))
    await world.collect()
    await world.collect("claims")
    return store, claim


async def card(world: Scene, store: Store, claim: BuyerClaim) -> Message:
    """The card of a claim."""
    (found,) = await posted(world, claim_key(store.id, ClaimKind(claim.kind), claim.claim_no))
    return found


def acts_on(message: Message) -> list[str]:
    """The words of the buttons that decide, in their order."""
    return [
        element["text"]["text"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"].startswith(ActAction.PRESS)
    ]


def button_of(message: Message, words: str) -> dict[str, Any]:
    """The button with these words."""
    return next(
        element
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["text"]["text"] == words
    )


async def press(world: World, message: Message, words: str, user: str | None = None) -> InteractionResult:
    """Presses the button with these words, and lets happen what follows."""
    acted = await world.slack.click(
        user or world.owner,
        channel=message.channel,
        ts=message.ts,
        action_id=button_of(message, words)["action_id"],
    )
    await world.settle()
    return acted


def fields(view: View) -> dict[str, str]:
    """Block ids by the name of the field."""
    return {block["block_id"].partition("~")[0]: block["block_id"] for block in view.blocks if block["type"] == "input"}


def head(view: View) -> list[str]:
    """The title of a form, and the words of its submit button."""
    return [str(part["text"]) for part in (view.title, view.submit) if part is not None]


def labels(view: View) -> list[str]:
    """The labels of the inputs."""
    return [block["label"]["text"] for block in view.blocks if block["type"] == "input"]


async def choose_carrier(world: World, code: str, user: str | None = None, typed: dict[str, Any] | None = None) -> None:
    """Chooses a carrier in the form in front of somebody, after `typed` was entered in other fields."""
    user = user or world.owner
    view = world.modal(user)
    names = fields(view)
    options = await world.slack.suggest(user, view.id, names["carrier"], code)
    values = {names[name]: value for name, value in (typed or {}).items()}
    await world.slack.click(
        user,
        view_id=view.id,
        action_id=ActAction.CARRIER,
        block_id=names["carrier"],
        value=next(one["value"] for one in options if one["value"] == code),
        values=values,
    )
    await world.settle()


async def send(world: World, values: dict[str, Any], user: str | None = None) -> InteractionResult:
    """Types by field name and sends the form."""
    user = user or world.owner
    view = world.modal(user)
    names = fields(view)
    acted = await world.slack.submit(user, view.id, {names[name]: value for name, value in values.items()})
    await world.settle()
    return acted


async def row(world: Scene, store: Store, claim: BuyerClaim) -> Claim:
    """The claim as it is stored."""
    async with world.db.read() as session:
        return await session.get_one(Claim, (store.team_id, store.id, ClaimKind(claim.kind), claim.claim_no))


async def writes(world: Scene) -> list[WriteRecord]:
    """Every write, oldest first."""
    async with world.db.read() as session:
        return list(await session.scalars(select(WriteRecord).order_by(col(WriteRecord.created_at))))


async def audited(world: Scene, prefix: str = "claim.") -> list[str]:
    """What was recorded of decisions."""
    async with world.db.read() as session:
        rows = await session.scalars(select(Audit).order_by(col(Audit.at)))
        return [one.action for one in rows if one.action.startswith(prefix)]


def bodies(world: Scene, name: str) -> list[Any]:
    """What TMON was sent by calls of that name."""
    return [call.body for call in world.tmon.calls_of(name)]


async def settle_later(world: World, after: timedelta = timedelta(minutes=6)) -> None:
    """The job that settles doubts, some time later."""
    world.clock.advance(after)
    await world.run_job("settle writes")
    await world.settle()


def text_of(view: View) -> str:
    """Everything that is written in a view."""
    return str(view.blocks)
