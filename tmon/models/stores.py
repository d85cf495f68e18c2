"""Tables of stores: facts, sealed credentials and contact, and drafts of the setup form."""

from datetime import datetime, time
from enum import StrEnum

from pydantic import BaseModel
from pydantic import Field as Part
from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from tmon.database import Choice
from tmon.sealing import Sealed


class StoreState(StrEnum):
    """Approval state of a store at TMON. `연동 중지됨` is not a state but the master switch (`sync_on`)."""

    PENDING = "pending"  # 승인 대기: TMON has not accepted the key yet
    APPROVED = "approved"  # 승인 완료
    KEY_REJECTED = "key_rejected"  # 인증 실패: TMON accepted the key once and rejects it now


class PendingReason(StrEnum):
    """Why a store is not approved."""

    KEY_REFUSED = "key_refused"  # waits for a person
    VENDOR_REFUSED = "vendor_refused"  # waits for the operator, or for vendor credentials of the store
    VENDOR_MISSING = "vendor_missing"  # waits for vendor credentials of the store, or for the operator's permission
    # checked again automatically:
    NOT_APPROVED = "not_approved"  # TMON has not approved the seller's use of the API yet
    IP_REFUSED = "ip_refused"  # TMON does not allow the bot's address
    REFUSED = "refused"  # refused for a reason that only TMON's own message tells
    TMON_DOWN = "tmon_down"
    TMON_SLOW = "tmon_slow"  # no answer in time
    UNREADABLE = "unreadable"  # an answer that cannot be parsed
    THROTTLED = "throttled"  # too many requests


class ConfirmMode(StrEnum):
    """Who confirms collected orders (자동 발주확인)."""

    MANUAL = "manual"
    AUTO = "auto"
    RUNPLE = "runple"  # 런플상품발주: automatic where every deal of an order is marked; for marked stores only


class ApiGroup(StrEnum):
    """A group of API calls with its own switch."""

    PRODUCT = "product"
    ORDER = "order"
    CS = "cs"
    STOCK = "stock"


class Credentials(BaseModel):
    """API credentials of a store. Its own vendor's four are all set or all None (the deployment's are used then)."""

    api_key: str = Part(repr=False)
    vendor_id: str | None = None
    access_key: str | None = Part(default=None, repr=False)
    secret_key: str | None = Part(default=None, repr=False)
    personal_data_key: str | None = Part(default=None, repr=False)
    policy_no: int | None = None
    """정책번호 of its own vendor; None: nothing can be registered with it."""


class Contact(BaseModel):
    """The person notified of incidents (담당자). Phone numbers are stored in national format with hyphens."""

    name: str = Part(repr=False)
    title: str = Part(default="", repr=False)
    email: str = Part(repr=False)
    phone: str = Part(default="", repr=False)
    mobile: str = Part(default="", repr=False)


class Store(SQLModel, table=True):
    """A seller's account at TMON, connected to one channel."""

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
    """The name for comparison: NFKC, case folded, whitespace collapsed."""
    category: str = Field(default="", max_length=60)
    settlement_cycle: str = Field(default="monthly", max_length=20)
    credentials: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `Credentials`; NULL once the store is removed."""
    contact: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `Contact`; NULL once the store is removed."""
    contact_user_id: str | None = Field(default=None, max_length=20)
    contact_confirmed: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    """Whether mails may go to the contact's address: it belongs to a member of the workspace, or a code was typed."""
    contact_mails: str | None = Field(default=None, sa_type=Sealed)
    """Sealed codes and times of mails to the contact's addresses (`tmon.stores.contact_address`)."""
    memo: str | None = Field(default=None, sa_type=Sealed)
    sync_on: bool = True
    left_on: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Whether it was on when its workspace uninstalled the app, so that it is on again once that comes back."""
    product_on: bool = True
    order_on: bool = True
    cs_on: bool = True
    stock_on: bool = False
    confirm_mode: ConfirmMode = Field(default=ConfirmMode.MANUAL, sa_type=Choice(ConfirmMode))
    auto_from: datetime | None = None
    """Automatic confirmation applies to orders first seen from here on; NULL until a person has seen how many are pending."""
    auto_max_amount: int | None = None
    """Orders above this amount (goods, KRW) are left to a person in every automatic mode; NULL: no limit."""
    auto_max_quantity: int | None = None
    """The same limit for the quantity of an order."""
    runple: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Marked by a workspace admin as a Runple (런플) user: 런플상품발주 may be chosen."""
    extend_days: int = 0
    channel_id: str = Field(max_length=20)
    channel_ok: bool = False
    """Whether a first message reached the channel."""
    worker_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    cs_worker_ids: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    """CS 담당자; empty: the same people as `worker_ids`."""
    product_managers_only: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """상품 변경은 관리자만: order staff may not change products."""
    report_revenue: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """리포트에 매출 표시."""
    hours_days: list[int] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    """수집 시간, days of the week (0: Monday); empty: every day."""
    hours_from: time | None = None
    """수집 시간, start; NULL: the whole day."""
    hours_to: time | None = None
    hours_skip_holidays: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """수집 시간: 공휴일 제외."""
    registered_by: str = Field(max_length=20)
    state: StoreState = Field(default=StoreState.PENDING, sa_type=Choice(StoreState))
    pending_reason: PendingReason | None = Field(default=None, sa_type=Choice(PendingReason))
    pending_message: str | None = None
    """TMON's error message of the rejection."""
    check_due_at: datetime | None = None
    """When the key is checked again automatically."""
    throttled_until: datetime | None = None
    """Until when its deals are not read: TMON asked us to wait, or did not answer."""
    approved_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    removed_at: datetime | None = None

    @property
    def store_id(self) -> str:
        """The store's id, under the name used in other tables (`tmon.scope`)."""
        return self.id

    @property
    def active(self) -> bool:
        """Whether scheduled work runs for this store."""
        return self.removed_at is None and self.sync_on and self.state is StoreState.APPROVED

    def group_on(self, group: ApiGroup) -> bool:
        """Return whether both the switch of `group` and the master switch are on."""
        return self.sync_on and bool(getattr(self, f"{group.value}_on"))


class LastStore(SQLModel, table=True):
    """The store that a person named last in a command: offered first."""

    __tablename__ = "last_store"

    team_id: str = Field(primary_key=True, max_length=20)
    user_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(max_length=20)
    named_at: datetime


class Draft(SQLModel, table=True):
    """An unfinished setup form, sealed as a whole. One per user and store (or new store)."""

    team_id: str = Field(primary_key=True, max_length=20)
    user_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    """The store being edited; empty for a new one."""
    step: int = 1
    """The step to resume at."""
    content: str = Field(sa_type=Sealed)
    """Sealed `StoreForm`."""
    updated_at: datetime
