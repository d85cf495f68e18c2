"""Manifest of shipping."""

from tmon.feature import DomainFeature
from tmon.waybills.service import WaybillService
from tmon.waybills.shipping_files import ShippingFiles
from tmon.waybills.waiting import WaitingDeals
from tmon.waybills.writes import CorrectWaybill, NotifyDelay, RegisterWaybill

FEATURE = DomainFeature(
    name="waybills",
    services=lambda core: (WaybillService(core), WaitingDeals(core), ShippingFiles(core)),
    writes=(RegisterWaybill, CorrectWaybill, NotifyDelay),
)
