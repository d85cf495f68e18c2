"""Deals as far as TMON tells of them, the extension of their sale periods, and Runple marks."""

from sqlmodel import col

from tmon.feature import MINUTE, Attention, DomainFeature, Job
from tmon.models.products import ExtensionState, SalePeriodExtension
from tmon.products.catalog import Catalog
from tmon.products.runple import Runple
from tmon.products.sale_period.service import SalePeriods

FEATURE = DomainFeature(
    name="products",
    services=lambda core: (Catalog(core), SalePeriods(core), Runple(core)),
    jobs=(
        Job("read deals", MINUTE, lambda services: services[Catalog].read_due()),
        Job("extend sale periods", MINUTE, lambda services: services[SalePeriods].tick()),
    ),
    attention=(
        Attention.count(
            "extension",
            SalePeriodExtension,
            SalePeriodExtension.due_at,
            col(SalePeriodExtension.state) == ExtensionState.PLANNED,
        ),
    ),
)
