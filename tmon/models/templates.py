"""Tables of the address book and delivery templates: copies as last read at TMON, and writes in progress."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel

from tmon.api import AddressType
from tmon.database import Choice
from tmon.sealing import Sealed


class WriteState(StrEnum):
    """State of a write to TMON."""

    SENDING = "sending"  # stored before sending; after a crash its outcome is unknown
    UNKNOWN = "unknown"  # sent without a conclusive answer: TMON is asked, or a person
    DONE = "done"
    FAILED = "failed"  # not carried out by TMON


OPEN_WRITES = (WriteState.SENDING, WriteState.UNKNOWN)


class TemplateImports(SQLModel, table=True):
    """When a store's address book and delivery templates were imported, and which lists TMON does not offer."""

    __tablename__ = "template_imports"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    addresses_at: datetime | None = None
    addresses_not_offered_at: datetime | None = None
    """When TMON answered that it does not list addresses: they are looked up one by one, by name."""
    templates_at: datetime | None = None
    templates_not_offered_at: datetime | None = None
    """When TMON answered that it does not list templates: they are entered by number."""


class PartnerAddress(SQLModel, table=True):
    """An entry of a store's address book (주소록), as last read at TMON."""

    __tablename__ = "partner_address"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    no: int = Field(primary_key=True, sa_type=BigInteger)
    """TMON's number, by which templates refer to it."""
    kind: AddressType = Field(sa_type=Choice(AddressType))
    name: str
    """Unique within the store (docs/tmon-api.md, ch. 6.1)."""
    content: str = Field(sa_type=Sealed)
    """Sealed `tmon.api.NewAddress`: the address and the person to call."""
    is_default: bool = False
    available: bool = True
    read_at: datetime


class AddressChange(SQLModel, table=True):
    """A write of an address to TMON: stored before it is sent, then its outcome."""

    __tablename__ = "address_change"

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(max_length=20, index=True)
    address_no: int | None = Field(default=None, sa_type=BigInteger)
    """The address being edited, or created; NULL: a new one without a number yet."""
    is_new: bool
    name: str
    content: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `tmon.api.NewAddress`; NULL once done. After a failure it is kept for a while, so that a person can retry."""
    state: WriteState = Field(default=WriteState.SENDING, sa_type=Choice(WriteState))
    pending_by: str = Field(max_length=20, sa_column_kwargs={"name": "acting", "key": "pending_by"})
    pending_since: datetime = Field(sa_column_kwargs={"name": "acting_since", "key": "pending_since"})
    note: str | None = Field(default=None, max_length=60)
    """Text key of why it failed, or of what an unknown outcome waits for."""
    note_detail: str | None = None
    """TMON's error message that belongs to it."""


class DeliveryTemplate(SQLModel, table=True):
    """A delivery template (배송 템플릿), at TMON or being registered there."""

    __tablename__ = "delivery_template"
    __table_args__ = (
        Index("delivery_template_no_once", "team_id", "store_id", "no", unique=True),
        Index("delivery_template_by_policy", "team_id", "store_id", "policy_key"),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(max_length=20)
    no: int | None = Field(default=None, sa_type=BigInteger)
    """TMON's number; NULL until it is known to exist there."""
    name: str
    policy: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """`tmon.api.NewTemplate` as JSON; NULL: entered by number, and TMON does not offer its policy."""
    policy_key: str | None = Field(default=None, max_length=64)
    """Equal for templates with the same policy, whatever their names."""
    state: WriteState = Field(default=WriteState.DONE, sa_type=Choice(WriteState))
    pending_by: str | None = Field(
        default=None, max_length=20, sa_column_kwargs={"name": "acting", "key": "pending_by"}
    )
    """Who registered it with the bot; NULL: imported."""
    pending_since: datetime | None = Field(
        default=None, sa_column_kwargs={"name": "acting_since", "key": "pending_since"}
    )
    note: str | None = Field(default=None, max_length=60)
    """Text key of why it failed, or of what an unknown outcome waits for."""
    note_detail: str | None = None
    """TMON's error message that belongs to it."""
    known_since: datetime
