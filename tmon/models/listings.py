"""Tables of products that are managed here: their numbers, uploaded lists of them, what people want of them, and their texts."""

from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Text
from sqlmodel import Field, SQLModel

from tmon.database import Choice, partial_index
from tmon.sealing import Sealed


class Origin(StrEnum):
    """How a product came to be managed here. Stored; only added to."""

    REGISTERED = "registered"
    """Registered at TMON from here."""
    TAKEN_OVER = "taken_over"
    """Made elsewhere; a person mapped its numbers once (가져와서 관리)."""


class ProductState(StrEnum):
    """Where a product stands at TMON. Stored; only added to."""

    PLANNED = "planned"
    """Nothing was sent yet; or the numbers of one that is taken over are not all mapped."""
    SENDING = "sending"
    UNKNOWN = "unknown"
    """Whether TMON has it is not known."""
    LISTED = "listed"
    FAILED = "failed"


class UploadState(StrEnum):
    """State of an uploaded list of products. Stored; only added to."""

    DRAFT = "draft"
    """A form of several pages that is being filled in."""
    PREVIEWED = "previewed"
    SENDING = "sending"
    SENT = "sent"


class UploadSource(StrEnum):
    """Where a list of products came from. Stored; only added to."""

    FILE = "file"
    FORM = "form"


class ChangeState(StrEnum):
    """State of a change of a product. Stored; only added to."""

    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    """A call was sent without a conclusive answer: TMON is asked."""
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    """Never sent, and a newer one has taken its place."""


OPEN_CHANGES = (ChangeState.WAITING, ChangeState.SENDING, ChangeState.UNKNOWN)


class ChangeWait(StrEnum):
    """What a change waits for. Stored; only added to."""

    LIMIT = "limit"
    """10 calls in 20 minutes per deal (docs/tmon-api.md, ch. 8.2), by our own count."""
    THROTTLED = "throttled"
    """TMON asked to wait."""
    RETRY = "retry"
    """TMON, or a server that it needs, did not answer."""
    AHEAD = "ahead"
    """An older change of the same product goes first."""


class ListedProduct(SQLModel, table=True):
    """A product that is managed here by the seller's own number (판매자 상품번호)."""

    __tablename__ = "listed_product"
    __table_args__ = (
        Index("listed_product_by_wire", "team_id", "store_id", "vendor_deal_no", unique=True),
        Index("listed_product_by_deal", "team_id", "store_id", "deal_no", unique=True),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    number_key: str = Field(primary_key=True, max_length=50)
    """The number for comparison: NFKC, case folded."""
    seller_no: str = Field(max_length=50)
    """The number as it was typed first."""
    vendor_deal_no: str | None = Field(default=None, max_length=50)
    """What TMON gets for it, made once; NULL: taken over from a deal that has none, and is named by TMON's number."""
    deal_no: int | None = Field(default=None, sa_type=BigInteger)
    """TMON's number; NULL until it is known."""
    origin: Origin = Field(sa_type=Choice(Origin))
    state: ProductState = Field(default=ProductState.PLANNED, sa_type=Choice(ProductState))
    intended_at: datetime | None = None
    """When a registration under this key was first committed as intent, so that a deal with the key may be ours; NULL: none was,
    or TMON answered the first that the deal was there before."""
    kept: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """The values that TMON took last of fields that it does not tell, by field."""
    calls: list[str] = Field(default_factory=list, sa_type=JSON)
    """When our last calls left that count against TMON's limit, in UTC."""
    created_at: datetime
    updated_at: datetime


class ListedOption(SQLModel, table=True):
    """An option that is managed here by the seller's own number (판매자 옵션번호), which is unique in the store."""

    __tablename__ = "listed_option"
    __table_args__ = (
        Index("listed_option_by_wire", "team_id", "store_id", "vendor_option_no", unique=True),
        Index("listed_option_by_product", "team_id", "store_id", "product_key"),
        Index("listed_option_by_no", "team_id", "store_id", "option_no"),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    number_key: str = Field(primary_key=True, max_length=50)
    seller_no: str = Field(max_length=50)
    product_key: str = Field(max_length=50)
    """`ListedProduct.number_key`."""
    vendor_option_no: str | None = Field(default=None, max_length=50)
    """What TMON gets for it; NULL: taken over without one, so that no call can name it."""
    option_no: int | None = Field(default=None, sa_type=BigInteger)
    sku_code: str | None = Field(default=None, max_length=50)
    """The SKU that it sells, if its code was given: stock synchronisation links it by this."""
    created_at: datetime


class ProductUpload(SQLModel, table=True):
    """An uploaded list of products between its preview and its result, and for a while after. A form is one, too."""

    __tablename__ = "product_upload"

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(max_length=20)
    user_id: str = Field(max_length=20)
    state: UploadState = Field(sa_type=Choice(UploadState))
    source: UploadSource = Field(sa_type=Choice(UploadSource))
    content: str = Field(sa_type=Sealed)
    """Sealed `tmon.listings.documents.SheetContent`: a cell in the wrong column may hold anything."""
    created_at: datetime
    started_at: datetime | None = None
    """When it was accepted."""
    ended_at: datetime | None = None
    """When the last of its changes ended."""
    told: bool = False
    """Its person has seen the result, or was sent it."""
    expires_at: datetime = Field(index=True)
    """When the row is deleted; never while it is being sent."""


class ProductChange(SQLModel, table=True):
    """What a person wants of one product, accepted to be sent. Kept for the product's history after its end."""

    __tablename__ = "product_change"
    __table_args__ = (
        partial_index("product_change_due", "due_at", where="state IN ('waiting', 'sending', 'unknown')"),
        Index("product_change_by_product", "team_id", "store_id", "product_key", "seq"),
        Index("product_change_by_upload", "team_id", "upload_id"),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(max_length=20)
    product_key: str = Field(max_length=50)
    """`ListedProduct.number_key`; for a deal that is not managed `#` and TMON's number."""
    upload_id: str | None = Field(default=None, max_length=20)
    line: int = 0
    """The row of the product in the uploaded list."""
    user_id: str = Field(max_length=20)
    is_new: bool
    wanted: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """`tmon.listings.documents.Wanted`; empty after the end."""
    sent: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """The `tmon.listings.steps.Step` whose call may be under way."""
    done: list[str] = Field(default_factory=list, sa_type=JSON)
    """The acts that TMON carried out, in order."""
    state: ChangeState = Field(default=ChangeState.WAITING, sa_type=Choice(ChangeState))
    due_at: datetime
    wait: ChangeWait | None = Field(default=None, sa_type=Choice(ChangeWait))
    tries: int = 0
    note: str | None = Field(default=None, max_length=60)
    """Text key of why it failed; `values` fill it."""
    values: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    detail: str | None = None
    """TMON's error message."""
    summary: list[Any] = Field(default_factory=list, sa_type=JSON)
    """What changes, field by field: `tmon.listings.documents.FieldChange`, clipped."""
    seq: int = Field(sa_type=BigInteger)
    """Order of acceptance within the store."""
    created_at: datetime
    sent_at: datetime | None = None
    ended_at: datetime | None = None


class DealDocument(SQLModel, table=True):
    """All that TMON last told of a deal."""

    __tablename__ = "deal_document"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """`tmon.api.Deal` as JSON, without its detail. Stock and display of its options are newer in `DealOption`."""
    detail: str | None = Field(default=None, sa_type=Text)
    """상세설명; NULL: not told, or longer than a cell of a spreadsheet takes."""
    detail_hash: str | None = Field(default=None, max_length=64)
    """See `detail_hash`; NULL: not told."""
    detail_length: int = 0
    read_at: datetime


CELL_LENGTH = 32_767
"""Characters that a cell of a spreadsheet takes."""


def detail_hash(detail: str) -> str:
    """Return what is equal for details that differ only in their line ends, and in blanks around them."""
    plain = detail.replace("\r\n", "\n").replace("\r", "\n").strip()
    return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
