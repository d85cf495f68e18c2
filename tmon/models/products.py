"""Tables of deals and their options (as last read at TMON), and of the extension of sale periods."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Index, text
from sqlmodel import Field, SQLModel

from tmon.database import Choice, Wide


class Deal(SQLModel, table=True):
    """A known deal: seen in an order, or added by number. TMON has no call that lists deals."""

    __table_args__ = (Index("deal_by_template", "team_id", "store_id", "template_no"),)

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    """TMON's deal number."""
    title: str = ""
    title_key: str = ""
    """The title for searching: NFKC, case folded."""
    vendor_deal_no: str | None = Field(default=None, max_length=50)
    sales_status: str | None = Field(default=None, max_length=20)
    sales_start: datetime | None = None
    sales_end: datetime | None = None
    product_type: str | None = Field(default=None, max_length=10)
    """TMON's code (docs/tmon-api.md, ch. 12.8)."""
    template_no: int | None = Field(default=None, sa_type=BigInteger)
    """Its delivery template; NULL: not told."""
    category_no: int | None = Field(default=None, sa_type=BigInteger)
    runple: bool = False
    """Marked 런플 by an admin: may be confirmed automatically in that mode."""
    known_since: datetime
    read_at: datetime | None = None
    """When it was last read; NULL: only its number is known."""
    tried_at: datetime | None = None
    """When it was last read automatically, successfully or not: a deal that cannot be read does not block the others."""
    deleted_at: datetime | None = Field(default=None, sa_column_kwargs={"name": "gone_at", "key": "deleted_at"})
    """When TMON answered that the deal does not exist."""
    paused_by_us: bool = False
    """The stock sync paused it, or was about to: it resumes only deals that it paused itself."""
    sale_problem: str | None = None
    """TMON's error message when it last refused to pause or resume it."""


class DealOption(SQLModel, table=True):
    """One sellable option of a deal."""

    __tablename__ = "deal_option"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    option_no: int = Field(primary_key=True, sa_type=BigInteger)
    vendor_option_no: str | None = Field(default=None, max_length=50)
    """The seller's key, by which stock and display are set; an option without it cannot be synchronised."""
    title: str = ""
    sections: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    """Its value for each of the deal's option groups; empty: the deal has none, or it was last read before they were kept."""
    price: int = Field(default=0, sa_type=Wide)
    stock: int = Field(default=0, sa_type=Wide)
    """Stock at TMON, as last read."""
    display: bool = True
    hidden_by_us: bool = False
    """The stock sync hid it, or was about to: it shows only options that it hid itself."""
    display_problem: str | None = None
    """TMON's error message when it last refused to hide or show it."""
    position: int = 0


class ExtensionState(StrEnum):
    """State of the extension of one deal's sale period."""

    PLANNED = "planned"
    """Not sent, or certainly not carried out by TMON."""
    EXCLUDED = "excluded"
    """이번에는 제외: a person excluded it this time."""
    SENT = "sent"
    """Stored before sending; if found in this state after a crash, the end of sale is read at TMON."""
    UNKNOWN = "unknown"
    """Sent without a conclusive answer: the end of sale is read at TMON."""
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not needed, as read when it was due: ended, not on sale, or its end was changed by somebody else."""


class ExtensionNote(StrEnum):
    """Why an extension failed or was skipped."""

    REFUSED = "refused"  # with TMON's error message
    NOT_OFFERED = "not_offered"
    NOT_REACHED = "not_reached"
    ENDED = "ended"
    NOT_ON_SALE = "not_on_sale"
    CHANGED = "changed"
    GONE = "gone"


class SalePeriodExtension(SQLModel, table=True):
    """Extension of one deal on one day: from its old end to the target, which is stored before it is sent."""

    __tablename__ = "sale_period_extension"
    __table_args__ = (
        Index(
            "sale_period_extension_open",
            "team_id",
            "store_id",
            "due_at",
            sqlite_where=text("state IN ('planned', 'sent', 'unknown')"),
            postgresql_where=text("state IN ('planned', 'sent', 'unknown')"),
        ),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    day: date = Field(primary_key=True)
    """The day of the run."""
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    old_end: datetime
    target: datetime
    """Old end + the store's extension length. Never changed once it was sent."""
    state: ExtensionState = Field(default=ExtensionState.PLANNED, sa_type=Choice(ExtensionState))
    note: ExtensionNote | None = Field(default=None, sa_type=Choice(ExtensionNote))
    detail: str | None = None
    """TMON's error message."""
    due_at: datetime
    """Neither read nor sent before this time."""
    sent_at: datetime | None = None
    """When it was last sent."""
    excluded_by: str | None = Field(default=None, max_length=20)


class SalePeriodSchedule(SQLModel, table=True):
    """When a store's next extension is due. Stores without an extension length have no row."""

    __tablename__ = "sale_period_schedule"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    due_at: datetime
    previewed_for: date | None = None
    """The last day that was previewed."""
    ran_for: date | None = None
    ran_at: datetime | None = None
    """Actual start of the last run, whose day is `ran_for`."""
    reported_for: date | None = None
    not_offered_at: datetime | None = None
    """When TMON answered that it does not offer the call; every run tries it once again."""
