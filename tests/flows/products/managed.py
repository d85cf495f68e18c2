"""A product that was registered here, and what a person does on its page."""

from typing import Any

from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import InteractionResult, View
from bot.playground.tmon.deal_listings import Listing
from handlers.listings.ids import ListingView
from handlers.products.ids import ProductAction, ProductView
from tests.flows.listings.uploading import goods_shop, listed, register
from tests.flows.products.deals import press
from tests.flows.world import World
from tmon.models.stores import Store


async def managed(world: World, number: str = "A-1", **over: Any) -> tuple[Store, Listing]:
    """A store with a product of two options, `A-1-M` and `A-1-L`; its page is open."""
    store = await goods_shop(world, **over)
    await register(world, store, number)
    deal = listed(world, store, number)
    await open_page(world, deal)
    world.tmon.calls.clear()
    return store, deal


async def open_page(world: World, deal: Listing, user: str = MINJI) -> View:
    """`/tmon products` with the number of a deal."""
    await world.command(user, f"products {deal.deal_no}")
    view = world.modal(user)
    assert view.callback_id == ProductView.DEAL
    return view


async def fill_in(world: World, values: dict[str, Any], user: str = MINJI) -> InteractionResult:
    """Submits the form in front."""
    acted = await world.slack.submit(user, world.modal(user).id, values)
    await world.settle()
    return acted


async def accept(world: World, **values: Any) -> View:
    """반영하기 of the preview in front, and what is then there."""
    assert world.modal(MINJI).callback_id == ListingView.PREVIEW
    assert (await fill_in(world, values)).ok
    return world.modal(MINJI)


async def act(world: World, action: ProductAction, user: str = MINJI) -> View:
    """Presses something on the page."""
    await press(world, action, user)
    return world.modal(user)


def option_no(deal: Listing, name: str) -> int:
    """TMON's number of an option, by the end of the seller's."""
    return next(no for no, one in deal.options.items() if str(one.vendor_option_no).endswith(f"-{name}"))
