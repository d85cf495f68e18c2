"""What is kept of stock: SKUs, the options that sell them, and what every order line took."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel


class Sku(SQLModel, table=True):
    """A thing in the seller's own store-room, sold through one or more options."""

    __table_args__ = (Index("sku_code_once", "team_id", "store_id", "code", unique=True),)

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    code: str = Field(max_length=50)
    """The seller's code; an option whose key equals it is mapped by itself."""
    name: str = Field(default="", max_length=100)
    stock: int
    """What is left: as counted, less what was sold since, plus what was cancelled. Negative: more was sold than there is."""
    counted_at: datetime
    """When a person last said how many there are; orders seen before are no longer there to be counted."""
    safety: int = 0
    """So many are never offered."""
    low_at: int = 0
    """A notice goes out once when so many or fewer are left; 0: none does."""
    selling: bool = True
    """The seller's own word: 판매중, or 판매중지, which the options that sell it follow at TMON."""
    told: str | None = Field(default=None, max_length=10)
    """What the channel was told last of its shortage: `low` or `out`."""
    updated_at: datetime


class OptionLink(SQLModel, table=True):
    """Which SKU an option sells, and how its stock at TMON is to be understood.

    The reference is the last push (or, before the first, the first reading): what TMON was told, when, and how many units
    were in flight by then, that is gone at TMON and not yet collected.
    """

    __tablename__ = "option_link"
    __table_args__ = (Index("option_link_by_sku", "team_id", "store_id", "sku_id"),)

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    option_no: int = Field(primary_key=True, sa_type=BigInteger)
    sku_id: str = Field(max_length=20)
    by_hand: bool = False
    """A person chose the SKU; otherwise the option's key equals its code."""
    sold: int = 0
    """Units that collected orders took through this option and did not give back, since it was mapped."""
    last_pushed: int | None = None
    pushed_at: datetime | None = None
    """NULL with `last_pushed`: TMON was not read yet."""
    in_flight: int | None = Field(default=None, sa_column_kwargs={"name": "flying", "key": "in_flight"})
    """Units in flight at `pushed_at`; NULL: not known before everything ordered until then has been collected."""
    sold_then: int = 0
    """`sold` at `pushed_at`."""
    attempt: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """The intent of a push that left, or was about to: see `Attempt`. NULL once its outcome is known."""
    watch_at: datetime | None = None
    watch_units: int = 0
    watch_sold: int = 0
    """Units in flight, and `sold`, at `watch_at`: orders must have explained them 40 minutes later."""
    mismatch: int | None = None
    """Units that nothing explains: positive, TMON has fewer than it should. Nothing is pushed until a person chooses."""
    mismatch_id: str | None = Field(default=None, max_length=20)
    """Names the report."""
    problem: str | None = None
    """TMON's own sentence when it refused the last push."""


class CallNotOffered(SQLModel, table=True):
    """A call about display or sale status that TMON said it does not have: told once, and asked again a day later."""

    __tablename__ = "call_not_offered"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    call: str = Field(primary_key=True, max_length=40)
    """Its name in `tmon.api.endpoints`."""
    at: datetime


class StockMovement(SQLModel, table=True):
    """What one line of an order takes of a SKU. One row per line: however often it is told, it counts once."""

    __tablename__ = "stock_movement"
    __table_args__ = (Index("movement_by_option", "team_id", "store_id", "deal_no", "option_no", "ordered_at"),)

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    order_no: int = Field(primary_key=True, sa_type=BigInteger)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    option_no: int = Field(primary_key=True, sa_type=BigInteger)
    sku_id: str = Field(max_length=20)
    quantity: int
    """Units taken as far as is known now; 0 once cancelled."""
    ordered_at: datetime
