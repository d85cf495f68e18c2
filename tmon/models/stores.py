"""What is kept of a store: its facts, its sealed credentials and contact, and the drafts of its setup."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel
from pydantic import Field as Part
from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from tmon.database import Choice
from tmon.sealing import Sealed


class StoreState(StrEnum):
    """Where a store stands with TMON. `연동 중지됨` is not a state but the master switch (`sync_on`)."""

    PENDING = "pending"  # 승인 대기: TMON has not accepted the key yet
    APPROVED = "approved"  # 승인 완료
    KEY_REJECTED = "key_rejected"  # 인증 실패: TMON accepted the key once and refuses it now


class PendingReason(StrEnum):
    """Why a store is not approved."""

    KEY_REFUSED = "key_refused"  # waits for a person
    VENDOR_REFUSED = "vendor_refused"  # waits for the operator, or for the store's own vendor credentials
    TMON_DOWN = "tmon_down"  # asked again by itself


class ConfirmMode(StrEnum):
    """Who confirms collected orders (자동 발주확인)."""

    MANUAL = "manual"
    AUTO = "auto"
    RUNPLE = "runple"  # 런플상품발주: automatic where every deal of an order is marked; for marked stores only


class ApiGroup(StrEnum):
    """A group of calls with a switch of its own."""

    PRODUCT = "product"
    ORDER = "order"
    CS = "cs"
    STOCK = "stock"


class Credentials(BaseModel):
    """What a store needs to speak to TMON; the last four are all given or all absent (the deployment's serve then)."""

    api_key: str = Part(repr=False)
    vendor_id: str | None = None
    access_key: str | None = Part(default=None, repr=False)
    secret_key: str | None = Part(default=None, repr=False)
    personal_data_key: str | None = Part(default=None, repr=False)


class Contact(BaseModel):
    """The person who hears of trouble (담당자). Phones are kept in national form with hyphens."""

    name: str = Part(repr=False)
    title: str = Part(default="", repr=False)
    email: str = Part(repr=False)
    phone: str = Part(default="", repr=False)
    mobile: str = Part(repr=False)


class Store(SQLModel, table=True):
    """A seller's account on TMON, connected to one channel."""

    __table_args__ = (
        Index(
            "store_name_once",
            "team_id",
            "name_key",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index(
            "store_seller_once",
            "team_id",
            "seller_id",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    seller_id: str = Field(max_length=100)
    name: str = Field(max_length=60)
    name_key: str = Field(max_length=120)
    """The name as compared: NFKC, case folded, blanks collapsed."""
    category: str = Field(default="", max_length=60)
    settlement_cycle: str = Field(default="monthly", max_length=20)
    credentials: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `Credentials`; NULL once the store is removed."""
    contact: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `Contact`; NULL once the store is removed."""
    contact_user_id: str | None = Field(default=None, max_length=20)
    memo: str | None = Field(default=None, sa_type=Sealed)
    sync_on: bool = True
    product_on: bool = True
    order_on: bool = True
    cs_on: bool = True
    stock_on: bool = False
    confirm_mode: ConfirmMode = Field(default=ConfirmMode.MANUAL, sa_type=Choice(ConfirmMode))
    auto_from: datetime | None = None
    """Automatic confirmation takes orders first seen from here on; NULL until a person was shown how many wait."""
    auto_max_amount: int | None = None
    """Orders of more than so many KRW (goods) are left to a person in every automatic mode; NULL: no limit."""
    auto_max_quantity: int | None = None
    """The same for the pieces of an order."""
    runple: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Marked by an admin of the workspace as one that uses Runple (런플): may choose 런플상품발주."""
    extend_days: int = 0
    channel_id: str = Field(max_length=20)
    channel_ok: bool = False
    """Whether a first message reached the channel."""
    worker_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    registered_by: str = Field(max_length=20)
    state: StoreState = Field(default=StoreState.PENDING, sa_type=Choice(StoreState))
    pending_reason: PendingReason | None = Field(default=None, sa_type=Choice(PendingReason))
    pending_message: str | None = None
    """TMON's own sentence with the refusal."""
    check_due_at: datetime | None = None
    """When TMON is asked again by itself."""
    approved_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    removed_at: datetime | None = None

    @property
    def store_id(self) -> str:
        """Its own id, by the name that rows of other tables have for it."""
        return self.id

    @property
    def active(self) -> bool:
        """Whether scheduled work may be done for it at all."""
        return self.removed_at is None and self.sync_on and self.state is StoreState.APPROVED

    def group_on(self, group: ApiGroup) -> bool:
        """Whether the switch of `group`, and the master switch over it, are on."""
        return self.sync_on and bool(getattr(self, f"{group.value}_on"))


class Draft(SQLModel, table=True):
    """A setup form under way: what was typed so far, sealed as a whole. One per person and store (or new store)."""

    team_id: str = Field(primary_key=True, max_length=20)
    user_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    """The store that is being edited; empty: a new one."""
    step: int = 1
    """The step to resume at."""
    content: str = Field(sa_type=Sealed)
    """Sealed `Form`."""
    updated_at: datetime
