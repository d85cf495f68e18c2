"""What every service works with, and the registry in which the services of all features are found."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Protocol, TypeVar, cast
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.api import AuthError, StoreApi
from tmon.clock import KST, Clock
from tmon.database import Database
from tmon.models.stores import Credentials, Store
from tmon.sealing import Sealer
from tmon.writes.engine import WriteEngine

ReportAuthError = Callable[[Store, AuthError], Awaitable[None]]
"""Called when TMON refuses the credentials of a store in the middle of something."""

StoreHook = Callable[[AsyncSession, Store, datetime], Awaitable[None]]
"""What a feature does when something happens to a store, in the transaction in which it happens."""


class StoreClients(Protocol):
    """Makes TMON clients; `stores.api_clients.ApiClients` opens the sealed credentials."""

    def for_store(self, store: Store) -> StoreApi:
        """The client of `store`. Raises ValueError for a removed store, CannotOpen when its seal does not open."""

    def with_credentials(self, seller_id: str, credentials: Credentials) -> StoreApi:
        """The client of a seller whose credentials are at hand."""


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
    clients: StoreClients
    report_auth_error: ReportAuthError
    writes: WriteEngine
    """Carries out every write to TMON that is a `RemoteWrite`."""
    options: Options = field(default_factory=Options)
    on_store_removed: tuple[StoreHook, ...] = ()
    """What each feature destroys when a store is removed."""
    on_auto_confirm_begun: tuple[StoreHook, ...] = ()
    """What each feature does when automatic confirmation begins and takes along what waits."""


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
