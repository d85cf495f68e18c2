"""Creation of an order's deals from listings: quantities, parcels, fees and stock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from bot.playground.tmon.buyers import BuyerGenerator
from bot.playground.tmon.deal_listings import DeliveryTerms, ListedOption, Listing
from bot.playground.tmon.models import OrderedDeal, OrderedOption, ParcelFee, PlacedOrder


class NothingOnSale(ValueError):
    """The partner has nothing to order: everything is sold out, hidden, paused or ended."""


@dataclass(frozen=True)
class ChosenDeal:
    """A deal and the options that a buyer orders of it."""

    listing: Listing
    options: list[OrderedOption]

    @property
    def amount(self) -> int:
        """Total in KRW without delivery."""
        return sum(option.price * option.qty for option in self.options)


def choose_deals(shelf: Sequence[Listing], count: int, at: datetime, rng: Random) -> list[ChosenDeal]:
    """Choose `count` different deals that can be ordered at that moment, or all if there are fewer.

    Raises NothingOnSale.
    """
    for_sale = [listing for listing in shelf if listing.for_sale(at)]
    if not for_sale:
        raise NothingOnSale("nothing can be ordered")
    chosen = rng.sample(for_sale, min(count, len(for_sale)))
    return [ChosenDeal(listing, _options(listing, at, rng)) for listing in chosen]


def _options(listing: Listing, at: datetime, rng: Random) -> list[OrderedOption]:
    options = listing.for_sale(at)
    picked = rng.sample(options, min(rng.choices((1, 2), (4, 1))[0], len(options)))
    return [
        order_line(listing, option, min(rng.choices((1, 2, 3), (7, 2, 1))[0], option.stock), rng) for option in picked
    ]


def order_line(listing: Listing, option: ListedOption, qty: int, rng: Random) -> OrderedOption:
    """`qty` of an option as a line of an order."""
    return OrderedOption(
        option_no=option.option_no,
        title=option.title,
        price=option.price,
        qty=qty,
        additional_message=rng.choice(("서연이네", "Home Sweet Home", "가상로 12번지"))
        if listing.document.get("additionalInput")
        else None,
        discount=1000 if rng.random() < 0.2 else 0,
    )


def build_deals(
    chosen: Sequence[ChosenDeal],
    order: PlacedOrder,
    next_delivery_no: Callable[[], str],
    rng: Random,
    buyers: BuyerGenerator,
) -> list[OrderedDeal]:
    """Build the order's deals and take them out of stock. Bundled deals share a delivery and its fee."""
    bundle = [item for item in chosen if item.listing.terms.bundled]
    parcels = ([bundle] if bundle else []) + [[item] for item in chosen if not item.listing.terms.bundled]
    deals = {}
    for parcel in parcels:
        delivery_no = next_delivery_no()
        fee = _fee([item.listing.terms for item in parcel], sum(item.amount for item in parcel), rng)
        fee.island_amount = order.address.surcharge
        for item in parcel:
            listing = item.listing
            for option in item.options:
                listing.options[option.option_no].stock -= option.qty
            deals[listing.deal_no] = OrderedDeal(
                partner_id=listing.partner_id,
                deal_no=listing.deal_no,
                title=listing.title,
                product_type=listing.product_type,
                delivery_no=delivery_no,
                status="D1",
                updated_at=order.deposited_at,
                fee=fee,
                options=item.options,
                customs_id=buyers.customs_id() if listing.document.get("useCustomsIdNo") else None,
            )
    return [deals[item.listing.deal_no] for item in chosen]


def _fee(parcel: list[DeliveryTerms], amount: int, rng: Random) -> ParcelFee:
    """The highest fee in the parcel; free once a threshold is reached; sometimes borne by TMON."""
    dearest = max(parcel, key=lambda item: item.fee)
    if any(item.fee == 0 or (item.free_from and amount >= item.free_from) for item in parcel):
        return ParcelFee()
    return ParcelFee(dearest.fee, tmon_amount=dearest.fee if rng.random() < 0.1 else 0)
