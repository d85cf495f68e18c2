"""`/tmon templates` as a person works it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import InteractionResult, View
from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.playground.tmon.seed_shop import open_shop
from tests.flows.stores.registering import click, submit
from tests.flows.stores.test_setup import buttons
from tests.flows.world import World
from tmon.models.audit import Audit
from tmon.models.stores import Store
from tmon.models.templates import AddressChange, DeliveryTemplate, PartnerAddress

LIVING = DEMO_PARTNERS[0]
ADDRESS = {
    "name": "김포 제2창고",
    "kind": "D",
    "zip_code": "10045",
    "street_address": "경기도 김포시 가상로 77",
    "address": "경기도 김포시 가상동 34-5",
    "address_detail": "2층",
    "manager_name": "한출고",
    "manager_phone": "031-998-7654",
}
LIST_CALLS = {"templates.list", "templates.get"}
CONDITION = {
    "name": "5만원 이상 무료",
    "fee": "3,000",
    "free_from": "50000",
    "jeju": "3000",
    "other_islands": "5,000원",
}


async def new_store(world: World, **over: Any) -> Store:
    """A store whose shop at TMON has two addresses and a few templates."""
    open_shop(world.tmon, world.tmon.partners[LIVING.partner_id])
    return await world.add_store(registered_by=MINJI, **over)


async def press(world: World, action: str, user: str = MINJI) -> InteractionResult:
    """Presses the first button of the modal whose action id begins with `action`."""
    found = next(name for name in buttons(world.modal(user)) if name == action or name.startswith(f"{action}#"))
    return await click(world, user, found)


async def opened(world: World, user: str = MINJI) -> View:
    """The overview, addresses imported."""
    await world.command(user, "templates")
    await press(world, "templates.import_addresses", user)
    return world.modal(user)


async def type_in(world: World, values: dict[str, str], user: str = MINJI) -> InteractionResult:
    """Types by field name and sends the form."""
    names = {block["block_id"].partition("~")[0]: block["block_id"] for block in world.modal(user).blocks}
    return await submit(world, user, {names[field]: value for field, value in values.items()})


async def choose(world: World, field: str, value: str, user: str = MINJI) -> None:
    """Chooses what the form grows with."""
    view = world.modal(user)
    await world.slack.click(user, view_id=view.id, action_id=f"templates.changed#{field}", value=value)
    await world.settle()


async def fill_policy(world: World, user: str = MINJI, **over: str) -> InteractionResult:
    """A conditional policy, typed from a fresh form up to the preview."""
    await choose(world, "fee_policy", "CONDITION", user)
    await choose(world, "islands", "yes", user)
    return await type_in(world, {**CONDITION, **over}, user)


async def previewed(world: World, user: str = MINJI) -> InteractionResult:
    """From the command to the preview of a conditional policy; the store is there already."""
    await opened(world, user)
    await press(world, "templates.new", user)
    return await fill_policy(world, user)


async def register(world: World, user: str = MINJI) -> InteractionResult:
    """The second confirmation."""
    return await submit(world, user, {"sure": ["yes"]})


async def templates(world: World) -> list[DeliveryTemplate]:
    async with world.db.read() as session:
        return list(await session.scalars(select(DeliveryTemplate)))


async def addresses(world: World) -> list[PartnerAddress]:
    async with world.db.read() as session:
        return list(await session.scalars(select(PartnerAddress)))


async def audited(world: World) -> list[str]:
    async with world.db.read() as session:
        return [row.action for row in await session.scalars(select(Audit))]


def made(world: World) -> list[str]:
    """Names of the templates at TMON that this test made."""
    return [template.name for template in world.tmon.templates.values() if template.name == CONDITION["name"]]


async def settle_later(world: World, after: timedelta = timedelta(minutes=6)) -> None:
    """The job that settles doubts, some time later."""
    world.clock.advance(after)
    await world.run_job("settle writes")
    await world.settle()


async def changes(world: World) -> list[AddressChange]:
    async with world.db.read() as session:
        return list(await session.scalars(select(AddressChange)))
