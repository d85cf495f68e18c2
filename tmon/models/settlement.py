"""Tables of settlement (정산): TMON's rows, and which days were read when."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Index, Numeric
from sqlmodel import Field, SQLModel

from tmon.database import Wide


class SettlementRow(SQLModel, table=True):
    """One row of TMON's settlement (docs/tmon-api.md, ch. 11.6). The latest reading of a `tx_no` wins. No personal data."""

    __tablename__ = "settlement_row"
    __table_args__ = (
        Index("settlement_by_day", "team_id", "store_id", "day"),
        Index("settlement_by_pay_due", "team_id", "store_id", "pay_due"),
        Index("settlement_by_sale", "team_id", "store_id", "sold_on"),
        Index("settlement_of_order", "team_id", "store_id", "order_no"),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    tx_no: str = Field(primary_key=True, max_length=64)
    """`txSeqNo`."""
    day: date
    """The day for which TMON listed it (`searchDate`)."""
    order_no: int | None = Field(default=None, sa_type=BigInteger)
    order_sub_no: int | None = Field(default=None, sa_type=BigInteger)
    individual_order_no: int | None = Field(default=None, sa_type=BigInteger)
    deal_no: int | None = Field(default=None, sa_type=BigInteger)
    option_no: int | None = Field(default=None, sa_type=BigInteger)
    title: str = ""
    option_title: str = ""
    kind: str = Field(default="", max_length=60)
    """`settleDealType`: a code whose meaning TMON does not publish."""
    detail_kind: str = Field(default="", max_length=60)
    sold_at: datetime
    sold_on: date
    """The day of `sold_at` in Korea."""
    pay_due: date | None = None
    """지급예정일."""
    sell_amount: int = Field(default=0, sa_type=Wide)
    """판매금액, KRW; of corrections and refunds negative."""
    base_amount: int = Field(default=0, sa_type=Wide)
    """지급기준금액."""
    rate: Decimal | None = Field(default=None, sa_type=Numeric(12, 6, asdecimal=True))
    """지급률 as TMON sends it: percent, or a fraction of at most 1."""
    computed_amount: int | None = Field(default=None, sa_type=Wide)
    """계산 지급액: base × rate, half up to the won; NULL without a rate."""
    vendor_amount: int = Field(default=0, sa_type=Wide)
    """연동사 금액."""
    tmon_amount: int = Field(default=0, sa_type=Wide)
    """티몬 부담."""
    adjust_code: int | None = Field(default=None, sa_type=BigInteger)
    discount_no: int | None = Field(default=None, sa_type=BigInteger)
    discount_name: str = ""
    first_seen_at: datetime
    read_at: datetime
    """When TMON last told of it."""
    missing_since: datetime | None = None
    """Its day was read again without it (티몬에서 사라짐); the row stays."""


class SettlementDay(SQLModel, table=True):
    """One day of settlement of one store: when it was read, and when it is read again."""

    __tablename__ = "settlement_day"
    __table_args__ = (Index("settlement_days_due", "due_at"),)

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    day: date = Field(primary_key=True)
    read_at: datetime | None = None
    """NULL: never read."""
    due_at: datetime | None = None
    """When it is to be read (again); NULL: nothing is planned."""
    failed_at: datetime | None = None
    """When it could not be read; NULL: it was read since."""
    rows: int = 0
    """How many rows its last reading had."""
