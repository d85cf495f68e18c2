"""Manifest of products: known deals, the extension of their sale periods, and Runple marks."""

from collections.abc import Awaitable, Sequence

from sqlmodel import col

from tmon.core import Services
from tmon.feature import MINUTE, Attention, DomainFeature, Job
from tmon.models.collection import Unread, UnreadRecord
from tmon.models.products import ExtensionState, SalePeriodExtension
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.products.catalog import CatalogService
from tmon.products.detail import DealDetails
from tmon.products.prices import DealPrices
from tmon.products.runple import RunpleService
from tmon.products.sale_period.service import SalePeriodService

_READ_AGAIN = 10
"""Deals that one press reads again."""


def _read_again(
    services: Services, person: Person, store: Store, records: Sequence[UnreadRecord]
) -> list[Awaitable[object]]:
    catalog = services[CatalogService]
    return [catalog.refresh(store.team_id, store.id, int(one.number)) for one in records[:_READ_AGAIN]]


FEATURE = DomainFeature(
    name="products",
    services=lambda core: (
        CatalogService(core),
        DealDetails(core),
        DealPrices(core),
        SalePeriodService(core),
        RunpleService(core),
    ),
    jobs=(
        Job("read deals", MINUTE, lambda services: services[CatalogService].read_due()),
        Job("extend sale periods", MINUTE, lambda services: services[SalePeriodService].tick()),
    ),
    read_again={Unread.DEAL: _read_again},
    attention=(
        Attention.count(
            "extension",
            SalePeriodExtension,
            SalePeriodExtension.due_at,
            col(SalePeriodExtension.state) == ExtensionState.PLANNED,
        ),
    ),
)
