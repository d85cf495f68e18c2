"""Builds the services of all features from their manifests."""

from collections.abc import Sequence
from functools import partial

from tmon.audit import AuditLog
from tmon.collection.coordinator import Coordinator
from tmon.collector import CollectorSpec
from tmon.core import Core, Services
from tmon.dashboard.service import Dashboard
from tmon.feature import DomainFeature
from tmon.incidents.service import IncidentService
from tmon.outbox import OutboxReader
from tmon.unread.read_again import UnreadReader


def build_services(
    core: Core, incidents: IncidentService, features: Sequence[DomainFeature], *, team_id: str, language: str
) -> Services:
    """Build the services of `features`, and those shared by all of them."""
    services = Services(core, team_id=team_id, language=language)
    for service in (OutboxReader(core.db), AuditLog(core.db, core.clock), incidents):
        services.add(service)
    for feature in features:
        for built in feature.services(core):
            services.add(built)
    specs = {
        collector.kind: CollectorSpec(
            collector.switch,
            collector.interval(core.options),
            partial(collector.create, services),
            partial(collector.is_open, core.options),
        )
        for feature in features
        for collector in feature.collectors
    }
    services.add(Coordinator(core.db, core.clock, core.clients, incidents, specs))
    services.add(Dashboard(core, features))
    services.add(UnreadReader(services, features))
    return services
