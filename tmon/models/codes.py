"""Tables of TMON's code tables, as last read for each store, and of the carriers that its people used."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel


class CodeTable(SQLModel, table=True):
    """What `GET /codes` last answered for one store."""

    __tablename__ = "code_table"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    groups: dict[str, list[list[str]]] = Field(default_factory=dict, sa_type=JSON)
    """Pairs of code and meaning by group; the names of the groups are TMON's."""
    read_at: datetime | None = None
    """When `groups` were read; NULL: never."""
    due_at: datetime
    """When TMON is asked again."""


class CarrierUse(SQLModel, table=True):
    """When a store last sent something with a carrier."""

    __tablename__ = "carrier_use"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    code: str = Field(primary_key=True, max_length=10)
    used_at: datetime
