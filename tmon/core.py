"""What every service works with, and the registry in which the services of all features are found."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.clock import KST, Clock
from tmon.database import Database
from tmon.incidents.service import IncidentService
from tmon.models.stores import Store
from tmon.sealing import Sealer
from tmon.stores.api_clients import ApiClients, ReportAuthError
from tmon.writes.engine import WriteEngine

StoreRemoved = Callable[[AsyncSession, Store, datetime], Awaitable[None]]
"""Destroys what a feature keeps of a store that is being removed, in the transaction that removes it."""


@dataclass(frozen=True)
class Options:
    """Settings of the deployment that services follow; `bot/settings.py` reads them from the environment."""

    zone: ZoneInfo = KST
    """Time zone of daily schedules."""
    collect_orders: timedelta = timedelta(minutes=5)
    collect_cs: timedelta = timedelta(minutes=10)
    stock_sync: timedelta = timedelta(minutes=10)
    extend_period_at: time = time(3)
    personal_data_days: int = 90
    """Days after the end of an order or inquiry until personal data is destroyed."""


@dataclass(frozen=True)
class Core:
    """Built once per process and handed to every service."""

    db: Database
    clock: Clock
    sealer: Sealer
    clients: ApiClients
    incidents: IncidentService
    report_auth_error: ReportAuthError
    """Called when TMON refuses the credentials of a store in the middle of something."""
    writes: WriteEngine
    """Carries out every write to TMON that is a `RemoteWrite`."""
    options: Options = field(default_factory=Options)
    on_store_removed: tuple[StoreRemoved, ...] = ()
    """What each feature does when a store is removed."""


T = TypeVar("T")


class Services:
    """The services of one workspace, each found by its class: `services[Stock]`."""

    def __init__(self, core: Core, *, team_id: str, language: str) -> None:
        """`language`: of channel messages and mails, `ko` or `en`."""
        self.core = core
        self.clock = core.clock
        self.team_id = team_id
        self.language = language
        self._built: dict[type, object] = {}

    def add(self, service: object) -> None:
        """Registers a service. Raises ValueError when one of its class is registered already."""
        if type(service) in self._built:
            raise ValueError(f"two services of {type(service).__name__}")
        self._built[type(service)] = service

    def __getitem__(self, kind: type[T]) -> T:
        """The service of this class. Raises KeyError when no feature brings it."""
        return cast(T, self._built[kind])
