"""Stores: registered, approved by TMON, changed, paused and removed."""

from tmon.feature import DAY, MINUTE, DomainFeature, Job
from tmon.stores.service import Stores

FEATURE = DomainFeature(
    name="stores",
    services=lambda core: (Stores(core),),
    jobs=(
        Job("check stores", MINUTE, lambda services: services[Stores].recheck_due()),
        Job("offer automatic confirmation", MINUTE, lambda services: services[Stores].offer_auto()),
        Job("drop old drafts", DAY, lambda services: services[Stores].drafts.expire()),
    ),
)
