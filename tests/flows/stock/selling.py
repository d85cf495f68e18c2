"""What is turned off and on."""

from collections.abc import Sequence
from typing import Any

from bot.playground.tmon.deal_listings import ListedOption, Listing
from tests.flows.stock.shop import Shop
from tmon.models.products import Deal, DealOption

WRITES = {"deals.stock", "deals.display", "deals.pause", "deals.resume"}


def options(deal: Listing) -> list[ListedOption]:
    return list(deal.options.values())


def keys(deal: Listing) -> list[str]:
    return [option.vendor_option_no or "" for option in options(deal)]


async def sell(shop: Shop, *wanted: ListedOption, selling: bool) -> None:
    """The seller's word on what these options sell."""
    for option in wanted:
        await shop.count(option.stock, option, selling=selling)


def written(shop: Shop) -> list[str]:
    """Names of the calls that change something."""
    return [call.name for call in shop.world.tmon.calls if call.name in WRITES]


def displayed(shop: Shop) -> list[dict[str, bool]]:
    """What the display calls have asked for, by the option's key."""
    bodies: Sequence[Any] = [call.body for call in shop.world.tmon.calls_of("deals.display")]
    return [{row["vendorDealOptionNo"]: row["display"] for row in body["dealOptions"]} for body in bodies]


async def remembered(shop: Shop, deal: Listing) -> tuple[bool, list[bool]]:
    """Whether we paused the deal, and which of its options we hid."""
    place = (shop.store.team_id, shop.store.id, deal.deal_no)
    async with shop.world.db.read() as session:
        rows = [await session.get_one(DealOption, (*place, number)) for number in deal.options]
        return (await session.get_one(Deal, place)).paused_by_us, [row.hidden_by_us for row in rows]


def single(shop: Shop) -> Listing:
    """A deal on sale whose only option can be synchronised."""
    deal = next(deal for deal in shop.world.tmon.deals.values() if len(deal.options) == 1 and all(keys(deal)))
    deal.paused = False
    return deal
