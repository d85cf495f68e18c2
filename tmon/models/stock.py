"""Tables of stock: SKUs, the options that sell them, and the units each order line takes."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel

from tmon.database import Wide


class Sku(SQLModel, table=True):
    """An item in the seller's warehouse, sold through one or more options."""

    __table_args__ = (Index("sku_code_once", "team_id", "store_id", "code", unique=True),)

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    code: str = Field(max_length=50)
    """The seller's code; an option whose key equals it is mapped automatically."""
    name: str = Field(default="", max_length=100)
    stock: int = Field(sa_type=Wide)
    """Units left: as counted, minus units sold since, plus units cancelled since. Negative: oversold."""
    counted_at: datetime
    """When a person last entered the stock; units of orders seen before that are already excluded from it."""
    safety: int = 0
    """Units that are never offered."""
    low_at: int = 0
    """A notice is sent once when this many or fewer are left; 0: no notice."""
    selling: bool = True
    """Chosen by the seller: 판매중 or 판매중지; its options at TMON follow."""
    shortage_notice: str | None = Field(
        default=None, max_length=10, sa_column_kwargs={"name": "told", "key": "shortage_notice"}
    )
    """The last shortage notice sent to the channel: `low` or `out`."""
    updated_at: datetime


class OptionLink(SQLModel, table=True):
    """Which SKU an option sells, and the reference for interpreting its stock at TMON.

    The reference is the last push (or, before the first push, the first reading): the stock set, the time, and the units
    in flight at that time, that is, sold at TMON and not yet collected.
    """

    __tablename__ = "option_link"
    __table_args__ = (Index("option_link_by_sku", "team_id", "store_id", "sku_id"),)

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    option_no: int = Field(primary_key=True, sa_type=BigInteger)
    sku_id: str = Field(max_length=20)
    by_hand: bool = False
    """A person chose the SKU; otherwise the option's key equals the SKU's code."""
    sold: int = Field(default=0, sa_type=Wide)
    """Units sold through this option in collected orders since it was mapped, minus cancelled ones."""
    last_pushed: int | None = Field(default=None, sa_type=Wide)
    pushed_at: datetime | None = None
    """NULL together with `last_pushed`: not read at TMON yet."""
    in_flight: int | None = Field(default=None, sa_type=Wide, sa_column_kwargs={"name": "flying", "key": "in_flight"})
    """Units in flight at `pushed_at`; NULL: not known until all orders up to then have been collected."""
    sold_then: int = Field(default=0, sa_type=Wide)
    """`sold` at `pushed_at`."""
    attempt: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """A `PendingPush` that was sent or about to be sent. NULL once its outcome is known."""
    watch_at: datetime | None = None
    watch_units: int = Field(default=0, sa_type=Wide)
    watch_sold: int = Field(default=0, sa_type=Wide)
    """`watch_units` and `watch_sold` are the units in flight and `sold` at `watch_at`; orders must explain them within 40
    minutes."""
    mismatch: int | None = Field(default=None, sa_type=Wide)
    """Unexplained units; positive: TMON has fewer than it should. Nothing is pushed until a person resolves it."""
    mismatch_id: str | None = Field(default=None, max_length=20)
    """Id of the mismatch report."""
    problem: str | None = None
    """TMON's error message when it rejected the last push."""


class CallNotOffered(SQLModel, table=True):
    """A display or sale status call that TMON does not offer: reported once, tried again after a day."""

    __tablename__ = "call_not_offered"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    call: str = Field(primary_key=True, max_length=40)
    """Name of the endpoint in `tmon.api.endpoints`."""
    at: datetime


class StockMovement(SQLModel, table=True):
    """Units that one order line takes of a SKU. One row per line, so repeated syncs count it once."""

    __tablename__ = "stock_movement"
    __table_args__ = (Index("movement_by_option", "team_id", "store_id", "deal_no", "option_no", "ordered_at"),)

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    order_no: int = Field(primary_key=True, sa_type=BigInteger)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    option_no: int = Field(primary_key=True, sa_type=BigInteger)
    sku_id: str = Field(max_length=20)
    quantity: int = Field(sa_type=Wide)
    """Units taken, as currently known; 0 once cancelled."""
    ordered_at: datetime
