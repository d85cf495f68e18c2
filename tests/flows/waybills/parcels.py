"""One parcel: a confirmed order with its card, and the form with which it is shipped."""

import json
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.model import InteractionResult, Message, View
from bot.playground.tmon import PlacedOrder
from handlers.form_values import read_form
from handlers.orders.ids import OrderAction
from handlers.waybills.ids import WaybillAction, WaybillView
from tests.flows.cards import press
from tests.flows.orders.pressing import card, one_order
from tests.flows.world import World
from tmon.models.audit import Audit
from tmon.models.orders import OrderDeal
from tmon.models.stores import Store
from tmon.models.waybills import DelayNotice, Waybill

REGISTER, CORRECT, DELAY = "orders.invoice", "orders.change_invoice", "orders.delay"
"""Names of the calls at the sandbox."""
NUMBER, OTHER = "6001-0020-0300", "600100200999"
CARRIER = "10001"


async def confirmed(world: World, deals: int = 1, *, parcels: int = 1) -> tuple[Store, PlacedOrder]:
    """A store with a confirmed order that has a card of its own, all of it in so many parcels."""
    store, order, _ = await one_order(world, deals)
    for index, deal in enumerate(order.deals):
        deal.delivery_no = order.deals[index % parcels].delivery_no
    world.tmon.calls.clear()
    await world.collect()
    await press(world, world.owner, card(world, order), OrderAction.CONFIRM)
    assert {deal.status for deal in order.deals} == {"D2"}
    world.tmon.calls.clear()
    return store, order


async def opened(
    world: World, order: PlacedOrder, wanted: str = WaybillAction.REGISTER, user: str | None = None
) -> View:
    """The form that a button of the card opens."""
    await press(world, user or world.owner, card(world, order), wanted)
    return world.modal(user or world.owner)


async def choose_carrier(world: World, view: View, carrier: str = CARRIER, **typed: Any) -> View:
    """Chooses a carrier in the form, in which something was `typed` before; the form afterwards."""
    block = carrier_block(view)
    assert await world.slack.suggest(view.user, view.id, block, carrier)
    action = next(iter(one["element"]["action_id"] for one in view.blocks if one.get("block_id") == block))
    await world.slack.click(view.user, view_id=view.id, action_id=action, block_id=block, value=carrier, values=typed)
    await world.settle()
    return world.modal(view.user)


async def submit(world: World, view: View, **values: Any) -> InteractionResult:
    """Sends the form; what follows has happened afterwards."""
    acted = await world.slack.submit(view.user, view.id, values)
    await world.settle()
    return acted


async def ship(
    world: World, order: PlacedOrder, number: str = NUMBER, *, user: str | None = None, **values: Any
) -> InteractionResult:
    """송장 등록 on the card, and the form sent with a number."""
    view = await choose_carrier(world, await opened(world, order, user=user))
    return await submit(world, view, number=number, **values)


def carrier_block(view: View) -> str:
    """The block id of the menu of carriers."""
    return next(str(block["block_id"]) for block in view.blocks if str(block.get("block_id")).startswith("carrier"))


def fields_of(view: View) -> list[str]:
    """The names of the inputs of a form."""
    return [str(block["block_id"]).partition("~")[0] for block in view.blocks if block["type"] == "input"]


def entered(view: View) -> dict[str, Any]:
    """What stands in the inputs of a form, but for the carrier."""
    values = read_form({"state": {"values": view.state}})
    return {name: value for name, value in values.items() if name != "carrier"}


def said(world: World, user: str | None = None) -> str:
    """Everything in the modal in front."""
    return json.dumps(world.modal(user or world.owner).blocks, ensure_ascii=False)


def result(world: World, user: str | None = None) -> str:
    """The result in front."""
    view = world.modal(user or world.owner)
    assert view.callback_id == WaybillView.RESULT
    return json.dumps(view.blocks, ensure_ascii=False)


def labels(message: Message) -> list[str]:
    """The buttons of a card, as people read them."""
    return [e["text"]["text"] for block in message.blocks if block["type"] == "actions" for e in block["elements"]]


async def waybills(world: World) -> list[Waybill]:
    """All rows."""
    async with world.db.read() as session:
        return list(await session.scalars(select(Waybill).order_by(col(Waybill.order_no), col(Waybill.deal_no))))


async def notices(world: World) -> list[DelayNotice]:
    """All rows."""
    async with world.db.read() as session:
        return list(await session.scalars(select(DelayNotice).order_by(col(DelayNotice.deal_no))))


async def deals_of(world: World, order: PlacedOrder) -> list[OrderDeal]:
    """The stored deals of an order."""
    async with world.db.read() as session:
        rows = await session.scalars(
            select(OrderDeal).where(col(OrderDeal.order_no) == order.order_no).order_by(col(OrderDeal.position))
        )
        return list(rows)


async def audited(world: World, prefix: str) -> list[Audit]:
    """Audit rows of a feature, oldest first."""
    async with world.db.read() as session:
        rows = await session.scalars(select(Audit).where(col(Audit.action).startswith(prefix)).order_by(col(Audit.at)))
        return list(rows)


async def settle_writes(world: World) -> None:
    """What a lost answer or a crash left is asked about."""
    await world.run_job("settle writes")
    await world.settle()
