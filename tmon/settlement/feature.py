"""Manifest of settlement: its collection, and its months."""

from tmon.feature import DomainFeature, FeatureCollector
from tmon.models.collection import Unread
from tmon.models.stores import ApiGroup
from tmon.settlement.collector import INTERVAL, SETTLEMENT, FailedDays, SettlementCollector
from tmon.settlement.service import SettlementService

FEATURE = DomainFeature(
    name="settlement",
    services=lambda core: (FailedDays(), SettlementService(core)),
    collectors=(
        FeatureCollector(
            SETTLEMENT,
            ApiGroup.ORDER,
            lambda _: INTERVAL,
            lambda services, store, user: SettlementCollector(services.core, store, user, services[FailedDays]),
            reads_again=(Unread.SETTLEMENT,),
        ),
    ),
)
