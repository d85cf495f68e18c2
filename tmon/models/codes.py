"""Tables of TMON's code tables and categories, as last read, and of the carriers that a store's people used."""

from datetime import datetime
from typing import Any

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


class CategoryTree(SQLModel, table=True):
    """TMON's categories, as last read with the key of one of the workspace's stores: they are the same for all."""

    __tablename__ = "category_tree"

    team_id: str = Field(primary_key=True, max_length=20)
    leaves: list[Any] = Field(default_factory=list, sa_type=JSON)
    """Those that a deal may be assigned to: number, path such as `대 > 중 > 소`, and number of the top-level one."""
    tops: list[Any] = Field(default_factory=list, sa_type=JSON)
    """The top-level ones: number and name."""
    read_at: datetime | None = None
    """When they were read; NULL: never."""
    due_at: datetime
    """When TMON is asked again."""
