"""What is kept of an order: its facts, the buyer's data sealed apart, and where its confirmation stands."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic import Field as Part
from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel

from tmon.database import Choice
from tmon.sealing import Sealed


class OrderState(StrEnum):
    """Where an order stands with us. TMON's own states (D1…D5) live on its deals (docs/tmon-api.md, ch. 9.1)."""

    NEW = "new"  # waits for confirmation (a held one too: see `held_at`)
    CONFIRMING = "confirming"  # somebody pressed; the write may be under way
    UNKNOWN = "unknown"  # a write's answer never came: TMON has to be asked
    CONFIRMED = "confirmed"  # D2 or later
    CANCELLED = "cancelled"  # every deal cancelled before it was shipped


OPEN_STATES = (OrderState.NEW, OrderState.CONFIRMING, OrderState.UNKNOWN)
"""States of an order that is not settled."""


class DealState(StrEnum):
    """Where the confirmation of one deal of an order stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class BuyerRecord(BaseModel):
    """Everything personal in an order, sealed as one value."""

    user_id: str | None = Part(default=None, repr=False)
    user_name: str | None = Part(default=None, repr=False)
    user_phone: str | None = Part(default=None, repr=False)
    receiver_name: str | None = Part(default=None, repr=False)
    receiver_phone: str | None = Part(default=None, repr=False)
    zip_code: str | None = Part(default=None, repr=False)
    address: str | None = Part(default=None, repr=False)
    address_detail: str | None = Part(default=None, repr=False)
    street_address: str | None = Part(default=None, repr=False)
    delivery_memo: str | None = Part(default=None, repr=False)
    additional_message: str | None = Part(default=None, repr=False)
    option_messages: dict[str, str] = Part(default_factory=dict, repr=False)
    customs_ids: dict[str, str] = Part(default_factory=dict, repr=False)
    safety_phone_expires: str | None = None


class Order(SQLModel, table=True):
    """One TMON order as one store sees it."""

    __tablename__ = "orders"  # ORDER is a word of SQL
    __table_args__ = (
        Index("orders_by_state", "team_id", "store_id", "state"),
        Index("orders_by_batch", "team_id", "batch_id"),
        Index("orders_to_settle", "state", "pending_since"),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    order_no: int = Field(primary_key=True, sa_type=BigInteger)
    state: OrderState = Field(sa_type=Choice(OrderState))
    ordered_at: datetime
    paid_at: datetime
    """When it was paid; the time of ordering where TMON leaves it out."""
    confirm_by: datetime
    ship_by: datetime
    amount: int
    """Goods, KRW: the sum of `purchasePrice`."""
    delivery_fee: int
    """What the buyer pays for delivery, KRW, counted once per `deliveryNo`, surcharges included."""
    quantity: int
    title: str
    """Title of the first deal: what a list shows."""
    buyer: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `BuyerRecord`; NULL once destroyed."""
    buyer_unreadable: bool = False
    """TMON sent personal data that did not decrypt."""
    address_changed_at: datetime | None = None
    batch_id: str | None = Field(default=None, max_length=20)
    """The batch card that shows it; NULL: a card of its own, or none (`has_card`)."""
    has_card: bool = False
    held_at: datetime | None = None
    held_by: str | None = Field(default=None, max_length=20)
    hold_reason: str | None = Field(default=None, sa_type=Sealed)
    pending_by: str | None = Field(
        default=None, max_length=20, sa_column_kwargs={"name": "acting", "key": "pending_by"}
    )
    """Who pressed, while confirming or unknown: a user id, or `auto`."""
    pending_since: datetime | None = Field(
        default=None, sa_column_kwargs={"name": "acting_since", "key": "pending_since"}
    )
    confirmed_by: str | None = Field(default=None, max_length=20)
    """Who confirmed: a user id, `auto`, or `tmon` for one that was found confirmed."""
    confirmed_at: datetime | None = None
    note: str | None = Field(default=None, max_length=60)
    """Text key of why the last press did not confirm, shown on the card."""
    note_detail: str | None = None
    """TMON's own sentence that goes with `note`."""
    initial_state: dict[str, Any] | None = Field(
        default=None, sa_type=JSON, sa_column_kwargs={"name": "first_state", "key": "initial_state"}
    )
    """Fees and promotions as they were at confirmation (docs/tmon-api.md, ch. 9.5)."""
    closed_at: datetime | None = None
    """Delivered, cancelled or refunded: from here the retention of the buyer's data counts."""
    buyer_destroyed_at: datetime | None = None
    first_seen_at: datetime
    updated_at: datetime


class OrderDeal(SQLModel, table=True):
    """One deal of an order: the unit that TMON confirms and ships."""

    __tablename__ = "order_deal"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    order_no: int = Field(primary_key=True, sa_type=BigInteger)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    title: str
    delivery_no: str = Field(max_length=40)
    """Needed for waybills and immediate cancels; claims do not carry it (docs/tmon-api.md, ch. 16, 7)."""
    delivery_status: str = Field(max_length=10)
    """D1…D5 as last read."""
    options: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """`{no, title, quantity, price, amount}` each."""
    fee: dict[str, int] | None = Field(default=None, sa_type=JSON)
    state: DealState = Field(default=DealState.OPEN, sa_type=Choice(DealState))
    refusal: str | None = None
    """TMON's own sentence when it refused this deal."""
    position: int = 0


class OrderBatch(SQLModel, table=True):
    """One card for many orders. Its members are fixed when it is drawn first; later orders open the next one."""

    __tablename__ = "batch"

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(max_length=20, index=True)
    created_at: datetime
    frozen_at: datetime | None = Field(default=None, sa_column_kwargs={"name": "fixed_at", "key": "frozen_at"})
    """When it was drawn first."""
    pending_by: str | None = Field(
        default=None, max_length=20, sa_column_kwargs={"name": "acting", "key": "pending_by"}
    )
    """Who pressed 일괄 발주확인, while it runs."""
    pending_since: datetime | None = Field(
        default=None, sa_column_kwargs={"name": "acting_since", "key": "pending_since"}
    )
    done: int = 0
    total: int = 0
    """Progress of the bulk confirmation that runs or ran last."""
