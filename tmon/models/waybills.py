"""Tables of shipping: what we sent to TMON per delivery and deal, and delay notices (docs/tmon-api.md, ch. 9.7, 9.8)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel

from tmon.database import Choice


class WaybillState(StrEnum):
    """State of a waybill of ours. TMON's state of the delivery is `OrderDeal.delivery_status`."""

    SENDING = "sending"
    """등록 중"""
    UNKNOWN = "unknown"
    """확인 중: whether TMON has it is not known."""
    REGISTERED = "registered"
    """TMON has it."""
    FAILED = "failed"
    """등록 실패: `note` and `note_detail` say why."""


class Waybill(SQLModel, table=True):
    """The waybill of one deal in one delivery of an order: TMON's unit of shipping."""

    __tablename__ = "waybill"
    __table_args__ = (Index("waybills_by_state", "team_id", "store_id", "state"),)

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    order_no: int = Field(primary_key=True, sa_type=BigInteger)
    delivery_no: str = Field(primary_key=True, max_length=40)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    carrier: str = Field(max_length=10)
    """Code of the carrier; 10099 is own delivery (자체배송), which has no number."""
    number: str | None = Field(default=None, max_length=40)
    more_numbers: list[str] = Field(default_factory=list, sa_type=JSON)
    scheduled_on: date | None = None
    """Planned day of an own delivery."""
    state: WaybillState = Field(sa_type=Choice(WaybillState))
    corrects: bool = False
    """It replaces a number that TMON had already (송장 수정)."""
    sent_by: str = Field(max_length=20)
    sent_at: datetime | None = None
    """When it was registered at TMON."""
    note: str | None = Field(default=None, max_length=60)
    note_detail: str | None = None
    updated_at: datetime


class DelayNotice(SQLModel, table=True):
    """A late-shipping notice (발송지연 알림): one per delivery and deal."""

    __tablename__ = "delay_notice"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    order_no: int = Field(primary_key=True, sa_type=BigInteger)
    delivery_no: str = Field(primary_key=True, max_length=40)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    reason: str = Field(max_length=10)
    ship_on: date
    """The new ship-by day."""
    state: WaybillState = Field(sa_type=Choice(WaybillState))
    sent_by: str = Field(max_length=20)
    sent_at: datetime | None = None
    note: str | None = Field(default=None, max_length=60)
    note_detail: str | None = None
    updated_at: datetime
