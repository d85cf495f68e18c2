"""Tables of claims: cancels, returns, exchanges and redeliveries that buyers asked for (docs/tmon-api.md, ch. 10)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic import Field as Part
from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel

from tmon.api.claims import ClaimKind as ClaimKind
from tmon.database import Choice, partial_index
from tmon.sealing import Sealed


class ClaimEnd(StrEnum):
    """How a claim ended. Stored; only added to."""

    APPROVED = "approved"
    """We approved it (or sent the goods again): `decided_by` says who."""
    REFUSED = "refused"
    """We refused it: `decided_by` says who."""
    SOLD_OUT = "sold_out"
    """Our own immediate cancel (품절 취소): it was never a buyer's request."""
    WITHDRAWN = "withdrawn"
    """The buyer took it back (C8)."""
    AUTO_REFUNDED = "auto_refunded"
    """TMON decided by itself at or after its deadline (티몬 자동환불)."""
    ELSEWHERE = "elsewhere"
    """Completed or refused without us before TMON's deadline: in the partner centre."""
    UNPAID = "unpaid"
    """Cancelled before payment (C4)."""
    GIVEN_UP = "given_up"
    """Open for longer than we follow claims."""
    GONE = "gone"
    """TMON neither lists it any more nor knows its number."""


class ClaimantRecord(BaseModel):
    """All personal data of a claim, sealed as one value."""

    user_name: str | None = Part(default=None, repr=False)
    confirmer: str | None = Part(default=None, repr=False)
    pickup_name: str | None = Part(default=None, repr=False)
    pickup_mobile: str | None = Part(default=None, repr=False)
    pickup_zip_code: str | None = Part(default=None, repr=False)
    pickup_address: str | None = Part(default=None, repr=False)
    pickup_address_detail: str | None = Part(default=None, repr=False)
    pickup_street_address: str | None = Part(default=None, repr=False)
    reasons: dict[str, str] = Part(default_factory=dict, repr=False)
    """The buyer's own words, by deal number."""
    pictures: dict[str, list[str]] = Part(default_factory=dict, repr=False)
    """Addresses of the buyer's pictures, by deal number."""


class Claim(SQLModel, table=True):
    """One claim of one store at TMON."""

    __tablename__ = "claim"
    __table_args__ = (
        Index("claims_of_order", "team_id", "store_id", "order_no"),
        Index("claims_open", "team_id", "store_id", "ended_at", "deadline"),
        Index("claims_by_deadline", "team_id", "kind", "deadline"),
        partial_index("claims_overdue", "team_id", "kind", "deadline", where="ended_at IS NULL"),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    kind: ClaimKind = Field(primary_key=True, sa_type=Choice(ClaimKind))
    claim_no: int = Field(primary_key=True, sa_type=BigInteger)
    order_no: int = Field(sa_type=BigInteger)
    status: str = Field(max_length=10)
    """C1, C2, C3, C4, C8 or C9 as last read (docs/tmon-api.md, ch. 12.3)."""
    requested_at: datetime
    approved_at: datetime | None = None
    completed_at: datetime | None = None
    deadline: datetime | None = None
    """When TMON decides by itself; of a redelivery our own. It stays when the claim has ended: it says in which month a case counts."""
    remind_at: datetime | None = Field(default=None, index=True)
    """When people are reminded of the deadline next; NULL: no more (`deadlines.next_reminder`)."""
    reminded_at: datetime | None = None
    """When people were last reminded of it."""
    holding: bool = False
    held_at: datetime | None = None
    goods: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """`{deal, title, reason, options: [{no, title, quantity}]}` each; `reason` is TMON's code."""
    original_waybill: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """`{carrier, number, more}`; `number` may be missing."""
    return_waybill: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    return_waybill_at: datetime | None = None
    """When the return waybill was first seen or sent; TMON does not say when it was registered."""
    redelivery_waybill: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    return_status: str | None = Field(default=None, max_length=20)
    """Progress of the collection, as TMON names it."""
    returned_at: datetime | None = None
    """When the goods had come back."""
    has_pictures: bool = False
    refund_amount: int | None = Field(default=None, sa_type=BigInteger)
    deduction: int | None = Field(default=None, sa_type=BigInteger)
    return_fee: int | None = Field(default=None, sa_type=BigInteger)
    claimant: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `ClaimantRecord`; NULL once destroyed."""
    claimant_unreadable: bool = False
    """TMON sent personal data that could not be decrypted."""
    claimant_destroyed_at: datetime | None = None
    act: str | None = Field(default=None, max_length=20)
    """The act of ours that is under way (`ClaimAct`), while its write is open."""
    act_by: str | None = Field(default=None, max_length=20)
    act_unknown: bool = False
    """Whether TMON carried out `act` is not known (확인 중)."""
    not_offered: bool = False
    """TMON answered 404 or 405 to an act: to be decided in the partner centre."""
    note: str | None = Field(default=None, max_length=60)
    """Text key of why the last act did not take effect."""
    note_detail: str | None = None
    """TMON's error message that belongs to `note`."""
    end: ClaimEnd | None = Field(default=None, sa_type=Choice(ClaimEnd))
    decided_by: str | None = Field(default=None, max_length=20)
    decided_at: datetime | None = None
    ended_at: datetime | None = None
    """When we learned or made that it ended; NULL: open."""
    has_card: bool = False
    batch_id: str | None = Field(default=None, max_length=20, index=True)
    """The message about many new claims that shows it; NULL: a card of its own, or none (`has_card`)."""
    first_seen_at: datetime
    read_at: datetime
    """When TMON last told of it."""
    updated_at: datetime


class ClaimSyncState(SQLModel, table=True):
    """How far the claims of one kind in one state were read for one store. TMON is asked for each state by itself."""

    __tablename__ = "claim_collection"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    kind: ClaimKind = Field(primary_key=True, sa_type=Choice(ClaimKind))
    status: str = Field(primary_key=True, max_length=10)
    """C1, C2, C3, C4, C8 or C9."""
    read_until: datetime
    """Requests up to here were read; it is also when that was."""
    not_offered_at: datetime | None = None
    """When TMON last answered that it does not offer this call."""
