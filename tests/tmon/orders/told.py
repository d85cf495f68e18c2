"""Orders as TMON tells them."""

from typing import Any

from tests.clock import TUESDAY
from tmon import api
from tmon.api import DeliveryStatus
from tmon.models.orders import Order, OrderDeal
from tmon.models.stores import Store
from tmon.orders import mapping
from tmon.sealing import Sealer

STORE = Store(
    team_id="T1",
    id="st_1",
    seller_id="s",
    name="한빛리빙",
    name_key="한빛리빙",
    channel_id="C1",
    registered_by="U1",
    created_at=TUESDAY,
    updated_at=TUESDAY,
)


def option(number: int = 1, quantity: int = 2, price: int = 1500) -> api.OrderOption:
    return api.OrderOption(
        option_no=number, title=f"옵션 {number}", price=price, amount=price * quantity, quantity=quantity
    )


def deal(number: int = 1, status: str = "D1", *, parcel: str = "P1", fee: int = 2500, **over: Any) -> api.OrderDeal:
    return api.OrderDeal(
        **{
            "deal_no": number,
            "title": f"상품 {number}",
            "delivery_no": parcel,
            "status": DeliveryStatus(status),
            "delivery_fee": api.DeliveryFee(amount=fee + 500, user_amount=fee, partner_amount=500),
            "options": (option(),),
            **over,
        }
    )


def order(*deals: api.OrderDeal, **over: Any) -> api.Order:
    return api.Order(
        **{
            "order_no": 9100200301,
            "ordered_at": TUESDAY,
            "paid_at": TUESDAY,
            "deals": deals,
            "buyer": api.Buyer(receiver_name="김서연", zip_code="04001", street_address="가상로 12"),
            **over,
        }
    )


def stored(told: api.Order, sealer: Sealer) -> tuple[Order, dict[int, OrderDeal]]:
    row = mapping.order_row(STORE, told, sealed_buyer=sealer.seal(mapping.buyer_of(told)), now=TUESDAY)
    return Order(**row), {deal["deal_no"]: OrderDeal(**deal) for deal in mapping.deal_rows(STORE, told)}
