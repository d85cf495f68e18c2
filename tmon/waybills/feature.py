"""Manifest of shipping."""

from collections.abc import Iterable

from tmon.codes.service import CodeTables
from tmon.core import Core
from tmon.feature import MINUTE, Attention, DomainFeature, Job
from tmon.models.orders import Order
from tmon.waybills.service import WaybillService
from tmon.waybills.shipping_files import ShippingFiles
from tmon.waybills.uploads import WaybillUploads
from tmon.waybills.waiting import WaitingDeals, has_waiting_deal, waiting_ship_by
from tmon.waybills.writes import CorrectWaybill, NotifyDelay, RegisterWaybill


def _services(core: Core) -> Iterable[object]:
    waybills = WaybillService(core)
    return waybills, WaitingDeals(core), ShippingFiles(core), WaybillUploads(core, waybills, CodeTables(core))


FEATURE = DomainFeature(
    name="waybills",
    services=_services,
    jobs=(Job("settle uploaded waybills", MINUTE, lambda services: services[WaybillUploads].settle()),),
    attention=(Attention.count("shipping", Order, waiting_ship_by(), has_waiting_deal(), has_deadline=True),),
    writes=(RegisterWaybill, CorrectWaybill, NotifyDelay),
)
