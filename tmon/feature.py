"""The manifest of a feature: the services, collectors and jobs that it brings."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from tmon.collector import Collector
from tmon.core import Core, Options, Services, StoreHook
from tmon.models.stores import ApiGroup, Store
from tmon.writes.remote_write import RemoteWrite


@dataclass(frozen=True)
class FeatureCollector:
    """What is collected for each store again and again."""

    kind: str
    """Names it in the rows of `Collection`; never renamed."""
    switch: ApiGroup
    """The switch of a store that it obeys."""
    interval: Callable[[Options], timedelta]
    create: Callable[[Services, Store, str | None], Collector]
    """A run over a store, for the user who asked for it; None: the schedule."""


MINUTE = 60.0
DAY = 24 * 60 * MINUTE


@dataclass(frozen=True)
class Job:
    """Work that is done when the process starts and then at an interval. What is due stands in tables."""

    name: str
    every: float
    """Seconds between runs."""
    run: Callable[[Services], Awaitable[object]]


@dataclass(frozen=True)
class Attention:
    """One kind of thing that waits for a person; the home tab counts it per store."""

    name: str
    """Ends the text key `home.task_…` of its line."""
    query: Select[str, int, datetime | None]
    """Store id, count and the earliest moment, grouped by store, for the bound parameter `team_id`."""

    @classmethod
    def count(cls, name: str, table: Any, at: Any, *where: Any) -> "Attention":
        """Counts the rows of `table` that meet `where`; `at` is the column whose earliest value is shown."""
        query = (
            select(table.store_id, func.count(), func.min(at))
            .where(table.team_id == bindparam("team_id"), *where)
            .group_by(table.store_id)
        )
        return cls(name, query)


@dataclass(frozen=True)
class DomainFeature:
    """Everything that the process must know of a feature of `tmon`."""

    name: str
    services: Callable[[Core], Iterable[object]] = lambda _: ()
    """Builds the feature's services; each is found by its class (`Services.__getitem__`)."""
    collectors: tuple[FeatureCollector, ...] = ()
    jobs: tuple[Job, ...] = ()
    writes: tuple[type[RemoteWrite[Any]], ...] = ()
    """Its kinds of writes to TMON; the recovery of all of them is one job."""
    on_store_removed: StoreHook | None = None
    on_auto_confirm_begun: StoreHook | None = None
    attention: tuple[Attention, ...] = ()
