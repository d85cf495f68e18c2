"""Manifest of stores: registration, approval by TMON, settings, removal."""

from tmon.feature import DAY, MINUTE, DomainFeature, Job
from tmon.retention import when_clock_is_right
from tmon.stores.handover import StoreHandover
from tmon.stores.service import StoreService

FEATURE = DomainFeature(
    name="stores",
    services=lambda core: (StoreService(core), StoreHandover(core)),
    jobs=(
        Job("check stores", MINUTE, lambda services: services[StoreService].recheck_due()),
        Job("offer automatic confirmation", MINUTE, lambda services: services[StoreService].offer_auto()),
        Job("drop old drafts", DAY, when_clock_is_right(lambda services: services[StoreService].drafts.expire())),
    ),
)
