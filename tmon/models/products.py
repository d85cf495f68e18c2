"""What is kept of deals and their options (TMON's word as last read), and of the extension of their sale periods."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from tmon.database import Choice


class Deal(SQLModel, table=True):
    """A deal that we know of: from an order, or by its number. TMON has no call that lists deals."""

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    """TMON's number."""
    title: str = ""
    title_key: str = ""
    """The title as searched: NFKC, case folded."""
    vendor_deal_no: str | None = Field(default=None, max_length=50)
    sales_status: str | None = Field(default=None, max_length=20)
    sales_start: datetime | None = None
    sales_end: datetime | None = None
    runple: bool = False
    """Marked 런플 by an admin: such deals may be confirmed by themselves in that mode."""
    known_since: datetime
    read_at: datetime | None = None
    """When TMON was last asked; NULL: only known by its number."""
    tried_at: datetime | None = None
    """When TMON was last asked by itself, with or without success: what cannot be read does not hold up the others."""
    deleted_at: datetime | None = Field(default=None, sa_column_kwargs={"name": "gone_at", "key": "deleted_at"})
    """TMON said that it has no such deal."""
    paused_by_us: bool = False
    """The stock sync paused it, or was about to: only then does it take up the sale again."""
    sale_problem: str | None = None
    """TMON's own sentence when it refused to pause or resume it last."""


class DealOption(SQLModel, table=True):
    """One sellable option of a deal."""

    __tablename__ = "deal_option"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    option_no: int = Field(primary_key=True, sa_type=BigInteger)
    vendor_option_no: str | None = Field(default=None, max_length=50)
    """The key that stock and display are set by; without one the option cannot be synchronised."""
    title: str = ""
    price: int = 0
    stock: int = 0
    """At TMON, as last read."""
    display: bool = True
    hidden_by_us: bool = False
    """The stock sync hid it, or was about to: only then does it show it again."""
    display_problem: str | None = None
    """TMON's own sentence when it refused to hide or show it last."""
    position: int = 0


class ExtensionState(StrEnum):
    """Where the extension of one deal's sale period stands."""

    PLANNED = "planned"
    """Not sent, or TMON certainly did not carry it out."""
    EXCLUDED = "excluded"
    """이번에는 제외: a person wants it left alone this time."""
    SENT = "sent"
    """Written down before it left; found in this state after a crash, TMON is asked what its end is."""
    UNKNOWN = "unknown"
    """Sent, and no answer told what became of it: TMON is asked."""
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Needs none, as TMON told when it was its turn: ended, not on sale, or given another end by somebody."""


class ExtensionNote(StrEnum):
    """Why an extension failed or was skipped."""

    REFUSED = "refused"  # with TMON's sentence
    NOT_OFFERED = "not_offered"
    NOT_REACHED = "not_reached"
    ENDED = "ended"
    NOT_ON_SALE = "not_on_sale"
    CHANGED = "changed"
    GONE = "gone"


class SalePeriodExtension(SQLModel, table=True):
    """One deal's turn in the extension of one day: from its old end to the target, which is stored before it is sent."""

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
    """Old end + the store's length. Never changes again once it was sent."""
    state: ExtensionState = Field(default=ExtensionState.PLANNED, sa_type=Choice(ExtensionState))
    note: ExtensionNote | None = Field(default=None, sa_type=Choice(ExtensionNote))
    detail: str | None = None
    """TMON's own sentence."""
    due_at: datetime
    """Neither read nor sent before this moment."""
    sent_at: datetime | None = None
    """When it was sent last."""
    excluded_by: str | None = Field(default=None, max_length=20)


class SalePeriodSchedule(SQLModel, table=True):
    """When a store's next extension is due. Stores that chose no length have none."""

    __tablename__ = "sale_period_schedule"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    due_at: datetime
    previewed_for: date | None = None
    """The last day that was previewed."""
    ran_for: date | None = None
    ran_at: datetime | None = None
    """The last run: its day, and when it really began."""
    reported_for: date | None = None
    not_offered_at: datetime | None = None
    """TMON said that it has no such call; every run asks it once again."""
