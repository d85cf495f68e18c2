"""From a partner's goods to the deals of an order: quantities, parcels, fees."""

from collections.abc import Callable
from random import Random

from tmon.sandbox.buyers import Buyers
from tmon.sandbox.goods import Goods
from tmon.sandbox.records import DeliveryFee, Partner, SandboxDeal, SandboxOption, SandboxOrder


def place_deals(
    seller: Partner,
    count: int,
    order: SandboxOrder,
    next_delivery_no: Callable[[], str],
    rng: Random,
    buyers: Buyers,
) -> list[SandboxDeal]:
    """`count` different deals of `seller`: bundled ones share a delivery and its fee, the others have their own."""
    goods = rng.sample(seller.goods, min(count, len(seller.goods)))
    chosen = {item: _options(item, rng) for item in goods}
    bundle = [item for item in goods if item.bundled]
    parcels = ([bundle] if bundle else []) + [[item] for item in goods if not item.bundled]
    deals = {}
    for parcel in parcels:
        delivery_no = next_delivery_no()
        fee = _fee(parcel, sum(option.price * option.qty for item in parcel for option in chosen[item]), rng)
        fee.island_amount = order.address.surcharge
        for item in parcel:
            deals[item] = SandboxDeal(
                partner_id=seller.partner_id,
                deal_no=item.deal_no,
                title=item.title,
                product_type=item.product_type,
                delivery_no=delivery_no,
                status="D1",
                updated_at=order.deposited_at,
                fee=fee,
                options=chosen[item],
                customs_id=buyers.customs_id() if item.product_type == "DP03" else None,
            )
    return [deals[item] for item in goods]


def _options(item: Goods, rng: Random) -> list[SandboxOption]:
    picked = rng.sample(item.options, min(rng.choices((1, 2), (4, 1))[0], len(item.options)))
    return [
        SandboxOption(
            option_no=option.option_no,
            title=option.title,
            price=option.price,
            qty=rng.choices((1, 2, 3), (7, 2, 1))[0],
            additional_message=rng.choice(("서연이네", "Home Sweet Home", "가상로 12번지"))
            if item.product_type == "DP05"
            else None,
            discount=1000 if rng.random() < 0.2 else 0,
        )
        for option in picked
    ]


def _fee(parcel: list[Goods], amount: int, rng: Random) -> DeliveryFee:
    """The dearest fee of the parcel; nothing once a threshold is reached; sometimes TMON bears it."""
    dearest = max(parcel, key=lambda item: item.fee)
    if any(item.fee == 0 or (item.free_from and amount >= item.free_from) for item in parcel):
        return DeliveryFee()
    return DeliveryFee(dearest.fee, tmon_amount=dearest.fee if rng.random() < 0.1 else 0)
