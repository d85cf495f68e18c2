"""Manifest of settlement: its collection, its months, and the monthly report."""

from tmon.calendar.hours import is_open
from tmon.core import Core
from tmon.feature import MINUTE, DomainFeature, FeatureCollector, Job
from tmon.models.collection import Unread
from tmon.models.stores import ApiGroup
from tmon.settlement.collector import INTERVAL, SETTLEMENT, SettlementCollector
from tmon.settlement.monthly import MonthlyReports
from tmon.settlement.service import SettlementService


def _services(core: Core) -> tuple[object, ...]:
    service = SettlementService(core)
    return service, MonthlyReports(core, service)


FEATURE = DomainFeature(
    name="settlement",
    services=_services,
    collectors=(
        FeatureCollector(
            SETTLEMENT,
            ApiGroup.ORDER,
            lambda _: INTERVAL,
            lambda services, store, user: SettlementCollector(services.core, store, user),
            reads_again=(Unread.SETTLEMENT,),
            is_open=lambda options, store, at: is_open(store, at, options.zone),
        ),
    ),
    jobs=(Job("post monthly reports", MINUTE, lambda services: services[MonthlyReports]()),),
)
