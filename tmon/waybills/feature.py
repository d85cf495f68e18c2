"""Manifest of shipping."""

from collections.abc import Iterable

from tmon.codes.service import CodeTables
from tmon.core import Core
from tmon.feature import MINUTE, DomainFeature, Job
from tmon.waybills.service import WaybillService
from tmon.waybills.shipping_files import ShippingFiles
from tmon.waybills.uploads import WaybillUploads
from tmon.waybills.waiting import WaitingDeals
from tmon.waybills.writes import CorrectWaybill, NotifyDelay, RegisterWaybill


def _services(core: Core) -> Iterable[object]:
    waybills = WaybillService(core)
    return waybills, WaitingDeals(core), ShippingFiles(core), WaybillUploads(core, waybills, CodeTables(core))


FEATURE = DomainFeature(
    name="waybills",
    services=_services,
    jobs=(Job("settle uploaded waybills", MINUTE, lambda services: services[WaybillUploads].settle()),),
    writes=(RegisterWaybill, CorrectWaybill, NotifyDelay),
)
