"""Manifest of shipping."""

from tmon.feature import DomainFeature
from tmon.waybills.service import WaybillService
from tmon.waybills.writes import CorrectWaybill, NotifyDelay, RegisterWaybill

FEATURE = DomainFeature(
    name="waybills",
    services=lambda core: (WaybillService(core),),
    writes=(RegisterWaybill, CorrectWaybill, NotifyDelay),
)
