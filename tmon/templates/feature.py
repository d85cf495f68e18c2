"""Address book and delivery templates: imported, registered, and settled when an answer was lost."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.core import Core
from tmon.feature import Attention, DomainFeature, Job
from tmon.models.stores import Store
from tmon.models.templates import AddressChange, DeliveryTemplate, WriteState
from tmon.templates.address_book import AddressBooks
from tmon.templates.address_changes import AddressChanges
from tmon.templates.delivery import DeliveryTemplates
from tmon.templates.retention import drop_templates

_HALF_MINUTE = 30.0


def _services(core: Core) -> Iterable[object]:
    books = AddressBooks(core)
    return books, AddressChanges(core, books), DeliveryTemplates(core, books)


async def _on_store_removed(session: AsyncSession, store: Store, now: datetime) -> None:
    await drop_templates(session, store.team_id, store.id)


FEATURE = DomainFeature(
    name="templates",
    services=_services,
    jobs=(
        Job("settle addresses", _HALF_MINUTE, lambda services: services[AddressChanges].settle()),
        Job("settle templates", _HALF_MINUTE, lambda services: services[DeliveryTemplates].settle()),
    ),
    on_store_removed=_on_store_removed,
    attention=(
        Attention.count(
            "address", AddressChange, AddressChange.acting_since, col(AddressChange.state) == WriteState.UNKNOWN
        ),
        Attention.count(
            "template",
            DeliveryTemplate,
            DeliveryTemplate.acting_since,
            col(DeliveryTemplate.state) == WriteState.UNKNOWN,
        ),
    ),
)
