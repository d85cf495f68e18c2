"""Builds the services of all features from their manifests."""

from collections.abc import Sequence
from functools import partial

from tmon.audit import AuditLog
from tmon.collection.coordinator import TASKS, Coordinator
from tmon.collector import Collector, CollectorSpec
from tmon.core import Core, Services
from tmon.dashboard.service import Dashboard
from tmon.dashboard.tabs import OpenedTabs
from tmon.database import Database
from tmon.envelopes import Envelopes
from tmon.feature import DomainFeature, FeatureCollector
from tmon.incidents.service import IncidentService
from tmon.models.stores import Store
from tmon.outbox import OutboxReader
from tmon.unread.read_again import UnreadReader
from tmon.work import Queue, Task
from tmon.writes.handed_over import CARRY_OUT


def build_services(core: Core, incidents: IncidentService, features: Sequence[DomainFeature]) -> Services:
    """Build the services of `features`, and those shared by all of them."""
    services = Services(core)
    envelopes = Envelopes(core.db, core.sealer, core.process)
    for service in (OutboxReader(core.db), AuditLog(core.db, core.clock), incidents, envelopes, OpenedTabs(core)):
        services.add(service)
    for feature in features:
        for built in feature.services(core):
            services.add(built)
    specs = {collector.kind: _spec(services, collector) for feature in features for collector in feature.collectors}
    services.add(Coordinator(core, incidents, specs))
    services.add(Dashboard(core, features))
    services.add(UnreadReader(services, features))
    return services


def all_tasks(features: Sequence[DomainFeature]) -> list[Task]:
    """Return the tasks of `features` and those of what all of them share."""
    return [
        *TASKS,
        Task(CARRY_OUT, _carry_out_write, Queue.PRESS),
        *(task for feature in features for task in feature.tasks),
    ]


async def _carry_out_write(
    services: Services, *, team_id: str, write_id: str, token: str, further: Sequence[str] = ()
) -> None:
    await services.core.writes.carry_out(team_id, write_id, token, further)


def _spec(services: Services, collector: FeatureCollector) -> CollectorSpec:
    def create(db: Database, store: Store, asked_by: str | None) -> Collector:
        return collector.create(services.writing_to(db), store, asked_by)

    def forget(store: Store) -> None:
        if collector.remembers is not None:
            services[collector.remembers].forget(store.team_id, store.id)

    options = services.core.options
    is_open = partial(collector.is_open, options)
    return CollectorSpec(collector.switch, collector.interval(options), create, is_open, forget)
