"""What is kept of a deal and its options: TMON's word as last read."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


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
    gone_at: datetime | None = None
    """TMON said that it has no such deal."""


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
    position: int = 0
