"""The dependencies shared by all services, and the registry of the services."""

import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Protocol, TypeVar, cast
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.api import AuthError, StoreApi
from tmon.clock import KST, Clock, system_clock
from tmon.clock_check import ClockCheck
from tmon.database import Database
from tmon.leases import Claims, Leases
from tmon.models.stores import Credentials, Store
from tmon.processes import Process
from tmon.scope import StoreKey
from tmon.sealing import Sealer
from tmon.work import Work
from tmon.writes.engine import WriteEngine

ReportAuthError = Callable[[Store, AuthError], Awaitable[None]]
"""Called when TMON rejects the credentials of a store during a call outside of collection."""

StoreHook = Callable[[AsyncSession, Store, datetime], Awaitable[None]]
"""Hook of a feature on an event of a store, called in the transaction of the event."""


DestroyOfStore = Callable[[Database, Clock, StoreKey], Awaitable[int]]
"""Destroys one kind of personal data of a store that was removed, in pieces; returns how much it was."""


class StoreClients(Protocol):
    """Factory of API clients, implemented by `stores.api_clients.ApiClients`."""

    def for_store(self, store: Store) -> StoreApi:
        """Return the client of `store`. Raises ValueError for a removed store, CannotOpen if its seal cannot be opened."""

    def with_credentials(self, team_id: str, seller_id: str, credentials: Credentials) -> StoreApi:
        """Return the client of a seller of a workspace with the given credentials."""


@dataclass(frozen=True)
class ExampleStore:
    """A seller of the sandbox, whose values may be filled into the setup form."""

    seller_id: str
    store_name: str
    api_key: str = field(repr=False)


@dataclass(frozen=True)
class Options:
    """Settings of the deployment that services use; `bot/settings.py` reads them from the environment."""

    zone: ZoneInfo = KST
    """Time zone of daily schedules."""
    language: str = "ko"
    """`ko` or `en`: of mails to the operator, and of the messages and mails of workspaces that have not chosen one."""
    collect_orders: timedelta = timedelta(minutes=5)
    collect_claims: timedelta = timedelta(minutes=5)
    collect_cs: timedelta = timedelta(minutes=10)
    collect_reviews: timedelta = timedelta(hours=1)
    stock_sync: timedelta = timedelta(minutes=10)
    extend_period_at: time = time(3)
    settlement_at: time = time(12, 10)
    daily_report_at: time = time(9)
    personal_data_days: int = 90
    """Days from the end of an order or inquiry until its personal data is destroyed."""
    shipping_file: timedelta = timedelta(minutes=60)
    """How long a file with recipients' data stays at Slack."""
    vendor_teams: frozenset[str] | None = None
    """Workspaces whose stores may use the deployment's vendor contract; the others bring their own. None: all may."""
    uninstall_keep: timedelta = timedelta(days=7)
    """How long the data of a workspace without an installation is kept."""
    examples: tuple[ExampleStore, ...] = ()
    """Sellers of the playground's sandbox; empty in a real deployment."""


@dataclass(frozen=True)
class Core:
    """Dependencies of all services, built once per process."""

    db: Database
    clock: Clock
    sealer: Sealer
    clients: StoreClients
    report_auth_error: ReportAuthError
    writes: WriteEngine
    """Carries out every write to TMON that is a `RemoteWrite`."""
    process: Process
    """This process, the owner of what it claims."""
    claims: Claims
    leases: Leases
    work: Work
    options: Options = field(default_factory=Options)
    clock_check: ClockCheck = field(default_factory=lambda: ClockCheck(system_clock))
    """Whether the clock can be trusted with the destruction of what is old; until somebody was heard, it cannot."""
    on_store_removed: tuple[StoreHook, ...] = ()
    """The features' hooks that destroy their data when a store is removed."""
    destroy_of_store: tuple[DestroyOfStore, ...] = ()
    """Of each kind of personal data; what is left then is little enough for the hooks above."""
    on_channel_mended: tuple[StoreHook, ...] = ()
    """The features' hooks for when messages reach the channel of a store again, or reach a new one."""
    on_closed_days_changed: tuple[StoreHook, ...] = ()
    """The features' hooks for when the closed days of a store have changed."""
    on_auto_confirm_begun: tuple[StoreHook, ...] = ()
    """The features' hooks for when automatic confirmation starts and includes pending orders."""


T = TypeVar("T")


class Services:
    """The services of all workspaces, looked up by class: `services[StockService]`."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.clock = core.clock
        self._built: dict[type, object] = {}

    def add(self, service: object) -> None:
        """Register a service. Raises ValueError if one of the same class is already registered."""
        if type(service) in self._built:
            raise ValueError(f"two services of {type(service).__name__}")
        self._built[type(service)] = service

    def writing_to(self, db: Database) -> "Services":
        """Return these services with `db` in the core, for what is built for one piece of work; they stay as built."""
        copied = copy.copy(self)
        copied.core = replace(self.core, db=db)
        return copied

    def __getitem__(self, kind: type[T]) -> T:
        """Return the service of this class. Raises KeyError if no feature provides it."""
        return cast(T, self._built[kind])

    def find(self, kind: type[T]) -> T | None:
        """Return the service of this class, or None: what only a bot that is connected to Slack has."""
        return cast("T | None", self._built.get(kind))
