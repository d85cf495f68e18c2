"""Manifest of products: known deals, the extension of their sale periods, and Runple marks."""

from sqlmodel import col

from tmon.feature import MINUTE, Attention, DomainFeature, Job
from tmon.models.products import ExtensionState, SalePeriodExtension
from tmon.products.catalog import CatalogService
from tmon.products.runple import RunpleService
from tmon.products.sale_period.service import SalePeriodService

FEATURE = DomainFeature(
    name="products",
    services=lambda core: (CatalogService(core), SalePeriodService(core), RunpleService(core)),
    jobs=(
        Job("read deals", MINUTE, lambda services: services[CatalogService].read_due()),
        Job("extend sale periods", MINUTE, lambda services: services[SalePeriodService].tick()),
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
