"""The manifest of a feature: its services, collectors and jobs."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from tmon.collector import Collector, Memory
from tmon.core import Core, Options, Services, StoreHook
from tmon.models.collection import Unread, UnreadRecord
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Person
from tmon.retention import Retention
from tmon.work import Task
from tmon.writes.remote_write import RemoteWrite


@dataclass(frozen=True)
class FeatureCollector:
    """A kind of data that is collected periodically for each store."""

    kind: str
    """Stored in `SyncState.kind`; never renamed."""
    switch: ApiGroup
    """The switch of the store that turns it on and off."""
    interval: Callable[[Options], timedelta]
    create: Callable[[Services, Store, str | None], Collector]
    """Create a run over a store, for the user who requested it; None: the scheduler."""
    reads_again: tuple[Unread, ...] = ()
    """Kinds of records that a run reads again, if they could not be read before."""
    is_open: Callable[[Options, Store, datetime], bool] = lambda *_: True
    """Whether it is collected at a moment; outside of the hours of a store only a person's wish collects."""
    remembers: type[Memory] | None = None
    """What the runs of a process remember of a store, among the services."""


MINUTE = 60.0
DAY = 24 * 60 * MINUTE


@dataclass(frozen=True)
class Job:
    """Work that is done at an interval, by one process at a time. Which records are due is stored in their own tables."""

    name: str
    """Stored with when it is due, if it runs in one process at a time; at most 60 characters."""
    every: float
    """Seconds from one start to the next."""
    run: Callable[[Services], Awaitable[object]]
    in_each_process: bool = False
    """It is about what a process keeps in its memory: each process runs it, at its start and at the interval."""


@dataclass(frozen=True)
class Attention:
    """One kind of task that needs a person; the home tab shows its count per store."""

    name: str
    """Suffix of the text key of its line, `home.task_…`."""
    query: Select[str, int, datetime | None]
    """Selects store id, count and the earliest time, grouped by store, for the bound parameter `team_id`."""
    has_deadline: bool = False
    """The time is the one until which a person has to act; else the one since which it waits."""

    @classmethod
    def count(cls, name: str, table: Any, at: Any, *where: Any, has_deadline: bool = False) -> "Attention":
        """Count the rows of `table` that match `where`; `at` is the column whose earliest value is shown."""
        query = (
            select(table.store_id, func.count(), func.min(at))
            .where(table.team_id == bindparam("team_id"), *where)
            .group_by(table.store_id)
        )
        return cls(name, query, has_deadline)


ReadAgain = Callable[[Services, Person, Store, Sequence[UnreadRecord]], Sequence[Awaitable[object]]]
"""Returns the calls that read records of one kind again, on a person's wish. Each may raise AppError or TmonError."""


@dataclass(frozen=True)
class DomainFeature:
    """Manifest of a feature of `tmon`."""

    name: str
    services: Callable[[Core], Iterable[object]] = lambda _: ()
    """Builds the feature's services; each is looked up by class (`Services.__getitem__`)."""
    collectors: tuple[FeatureCollector, ...] = ()
    jobs: tuple[Job, ...] = ()
    tasks: tuple[Task, ...] = ()
    """Work that its services ask for (`tmon.work`)."""
    writes: tuple[type[RemoteWrite[Any]], ...] = ()
    """Its kinds of writes to TMON; the recovery of all of them is one job."""
    retention: Retention | None = None
    """Its personal data that is destroyed after a time; a job of the feature does so, `tmon-bot destroy-due` on demand."""
    on_store_removed: StoreHook | None = None
    on_auto_confirm_begun: StoreHook | None = None
    on_channel_mended: StoreHook | None = None
    """Posts what waits in the channel of the store, which works again or is another one."""
    on_closed_days_changed: StoreHook | None = None
    """Sets clocks anew that do not count the closed days of the store."""
    attention: tuple[Attention, ...] = ()
    read_again: Mapping[Unread, ReadAgain] = field(default_factory=dict)
    """Records that could not be read, and that no collector reads again."""
