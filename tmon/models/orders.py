"""Tables of orders: facts, the buyer's data (sealed separately), and the state of confirmation."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic import Field as Part
from sqlalchemy import JSON, BigInteger, ColumnElement, Index, and_, text
from sqlmodel import Field, SQLModel, col

from tmon.database import Choice, Wide, partial_index
from tmon.sealing import Sealed


class OrderState(StrEnum):
    """Our state of an order. TMON's states (D1…D5) belong to its deals (docs/tmon-api.md, ch. 9.1)."""

    NEW = "new"  # pending confirmation (also when on hold: see `held_at`)
    CONFIRMING = "confirming"  # confirmation requested; the write may be in progress
    UNKNOWN = "unknown"  # whether TMON confirmed it is not known: set by ConfirmationRun and ConfirmationRecovery, left only through the latter
    CONFIRMED = "confirmed"  # D2 or later
    CANCELLED = "cancelled"  # every deal was cancelled before shipping


AUTO = "auto"
"""Actor of automatic confirmation."""
TMON = "tmon"
"""Actor of what was found confirmed: somebody confirmed it outside of this bot."""
OPEN_STATES = (OrderState.NEW, OrderState.CONFIRMING, OrderState.UNKNOWN)
"""States of an order that is not settled."""


UNSETTLED = "confirmed_at IS NULL AND closed_at IS NULL"
"""The condition of an order that is not settled, in SQL."""
HAS_DATA = "buyer IS NOT NULL OR hold_reason IS NOT NULL"
"""The condition of an order with personal data, in SQL."""


class DealState(StrEnum):
    """State of the confirmation of one deal of an order."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class BuyerRecord(BaseModel):
    """All personal data of an order, sealed as one value."""

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
    """One order at TMON, within one store."""

    __tablename__ = "orders"  # ORDER is a reserved word in SQL
    __table_args__ = (
        # Most orders are old, and the indexes of the others name a condition. SQLite knows no numbers of rows: of indexes that
        # begin alike it takes the narrower one, and then the newer one. So these have no more columns than they need, and those of
        # all rows are few.
        partial_index("orders_unsettled", "team_id", "store_id", "order_no", where=UNSETTLED),
        partial_index("orders_open", "team_id", "store_id", "order_no", where="closed_at IS NULL"),
        partial_index("orders_with_data", "team_id", "store_id", "paid_at", where=HAS_DATA),
        partial_index("orders_by_batch", "team_id", "batch_id", where="batch_id IS NOT NULL"),
        partial_index("orders_by_recipient", "recipient_hash", where="recipient_hash IS NOT NULL"),
        partial_index("orders_to_settle", "state", "pending_since", where="acting_since IS NOT NULL"),
        # what happened in a period, for reports
        Index("orders_by_payment", "team_id", "paid_at"),
        Index("orders_by_first_sight", "team_id", "first_seen_at"),
        partial_index("orders_by_confirmation", "team_id", "confirmed_at", where="confirmed_at IS NOT NULL"),
        partial_index("orders_by_shipping", "team_id", "shipped_at", where="shipped_at IS NOT NULL"),
        # what is late is rare among what is done, and what is open among all orders (tmon.counters)
        partial_index("orders_confirmed_late", "team_id", "confirm_by", where="confirmed_at > confirm_by"),
        partial_index("orders_to_confirm", "team_id", "confirm_by", where=UNSETTLED),
        partial_index("orders_shipped_late", "team_id", "ship_by", where="shipped_at > ship_by"),
        partial_index("orders_to_ship", "team_id", "ship_by", where="shipped_at IS NULL AND closed_at IS NULL"),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    order_no: int = Field(primary_key=True, sa_type=BigInteger)
    state: OrderState = Field(sa_type=Choice(OrderState))
    ordered_at: datetime
    paid_at: datetime
    """When it was paid; the time of ordering if TMON omits it."""
    confirm_by: datetime
    ship_by: datetime
    amount: int = Field(sa_type=Wide)
    """Goods, KRW: the sum of `purchasePrice`."""
    delivery_fee: int = Field(sa_type=Wide)
    """What the buyer pays for delivery in KRW, counted once per `deliveryNo`, surcharges included."""
    quantity: int = Field(sa_type=Wide)
    title: str
    """Title of the first deal, shown in lists."""
    buyer: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `BuyerRecord`; NULL once destroyed."""
    buyer_unreadable: bool = False
    """TMON sent personal data that could not be decrypted."""
    address_changed_at: datetime | None = None
    batch_id: str | None = Field(default=None, max_length=20)
    """The batch card that contains it; NULL: a card of its own, or none (`has_card`)."""
    has_card: bool = False
    held_at: datetime | None = None
    held_by: str | None = Field(default=None, max_length=20)
    hold_reason: str | None = Field(default=None, sa_type=Sealed)
    pending_by: str | None = Field(
        default=None, max_length=20, sa_column_kwargs={"name": "acting", "key": "pending_by"}
    )
    """Who requested the confirmation, while CONFIRMING or UNKNOWN: a user id, or `auto`."""
    pending_since: datetime | None = Field(
        default=None, sa_column_kwargs={"name": "acting_since", "key": "pending_since"}
    )
    claim_token: str | None = Field(default=None, max_length=20)
    """Held by whoever confirms it or asks TMON what became of it: every change of the state checks it."""
    claim_owner: str | None = Field(default=None, max_length=20)
    """The process that holds the claim."""
    claimed_until: datetime | None = None
    asked_in_vain: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """How often TMON was asked what became of a confirmation, without an answer that tells."""
    ask_at: datetime | None = None
    """While UNKNOWN: when TMON is asked again."""
    confirmed_by: str | None = Field(default=None, max_length=20)
    """Who confirmed: a user id, `auto`, or `tmon` if it was found confirmed at TMON."""
    confirmed_at: datetime | None = None
    note: str | None = Field(default=None, max_length=60)
    """Text key of why the last attempt did not confirm, shown on the card."""
    note_detail: str | None = None
    """TMON's error message that belongs to `note`."""
    initial_state: dict[str, Any] | None = Field(
        default=None, sa_type=JSON, sa_column_kwargs={"name": "first_state", "key": "initial_state"}
    )
    """Fees and promotions as they were at confirmation (docs/tmon-api.md, ch. 9.5)."""
    shipped_at: datetime | None = None
    """When the last of its deliveries had a waybill (D3 or later); NULL: something of it is still to be shipped."""
    recipient_hash: str | None = Field(default=None, max_length=64)
    """Keyed hash of name and address, equal for orders that may be shipped together (`recipients`); destroyed with `buyer`.

    NULL: not made yet. Empty: what it would be made of is not known.
    """
    closed_at: datetime | None = None
    """When it was delivered, returned or cancelled: the retention period of the buyer's data starts here."""
    buyer_destroyed_at: datetime | None = None
    first_seen_at: datetime
    updated_at: datetime


def is_unsettled(*states: OrderState) -> ColumnElement[bool]:
    """Return the condition of an order that is in one of these open states, by default in any.

    Queries of open orders say it by this one: that such an order was neither confirmed nor closed leads to the indexes of the few.
    """
    not_settled = col(Order.confirmed_at).is_(None), col(Order.closed_at).is_(None)
    return and_(col(Order.state).in_(states or OPEN_STATES), *not_settled)


class OrderDeal(SQLModel, table=True):
    """One deal of an order: the unit of confirmation and shipping at TMON."""

    __tablename__ = "order_deal"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    order_no: int = Field(primary_key=True, sa_type=BigInteger)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    title: str
    delivery_no: str = Field(max_length=40)
    """Needed for waybills and immediate cancels; claims do not contain it (docs/tmon-api.md, ch. 16, 7)."""
    delivery_status: str = Field(max_length=10)
    """D1…D5 as last read."""
    options: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """`{no, title, quantity, price, amount, ordered}` each; `taken`: pieces that completed cancels took out, `cancelled`: all
    of them; `returned`: pieces that came back by completed returns."""
    fee: dict[str, int] | None = Field(default=None, sa_type=JSON)
    state: DealState = Field(default=DealState.OPEN, sa_type=Choice(DealState))
    refusal: str | None = None
    """TMON's error message when it rejected this deal."""
    position: int = 0
    ship_by: datetime | None = None
    """Moved by a late-shipping notice; NULL: the order's own."""
    shipped_at: datetime | None = None
    """When it was first seen with a waybill (D3 or later), or when we sent one."""
    delivered_at: datetime | None = None
    customs_valid: bool | None = None
    """Whether the buyer's customs id (통관고유부호) has the form of one; NULL: not known. The id itself is sealed."""
    customs_needed: bool = False
    """Its goods come from abroad (`Deal.product_type`), and cannot be cleared without a customs id."""


class OrderBatch(SQLModel, table=True):
    """One card for many orders. Its orders are frozen when it is first rendered; later orders open the next batch."""

    __tablename__ = "batch"
    __table_args__ = (
        Index(
            "batch_open_once",
            *("team_id", "store_id"),
            unique=True,
            sqlite_where=text("fixed_at IS NULL"),
            postgresql_where=text("fixed_at IS NULL"),
        ),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(max_length=20, index=True)
    created_at: datetime
    frozen_at: datetime | None = Field(default=None, sa_column_kwargs={"name": "fixed_at", "key": "frozen_at"})
    """When it was first rendered."""
    pending_by: str | None = Field(
        default=None, max_length=20, sa_column_kwargs={"name": "acting", "key": "pending_by"}
    )
    """Who requested the batch confirmation (일괄 발주확인), while it runs."""
    pending_since: datetime | None = Field(
        default=None, sa_column_kwargs={"name": "acting_since", "key": "pending_since"}
    )
    done: int = 0
    total: int = 0
    """Progress of the current or last batch confirmation."""
    moved_to: str | None = Field(default=None, max_length=20)
    """The batch that took over its open orders, when the store's channel was mended or changed."""


class OrderTick(SQLModel, table=True):
    """An order that a person has ticked in a list of theirs. Slack keeps ticks only of the page that is shown."""

    __tablename__ = "order_tick"

    team_id: str = Field(primary_key=True, max_length=20)
    view_id: str = Field(primary_key=True, max_length=30)
    """The modal that shows the list."""
    store_id: str = Field(primary_key=True, max_length=20)
    order_no: int = Field(primary_key=True, sa_type=BigInteger)
    ticked_at: datetime
