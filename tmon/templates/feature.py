"""Address book and delivery templates: imported, registered, and settled when an answer was lost."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.core import Core
from tmon.feature import MINUTE, Attention, DomainFeature, Job
from tmon.models.collection import Unread
from tmon.models.stores import Store
from tmon.models.templates import AddressChange, DeliveryTemplate, WriteState
from tmon.retention import when_clock_is_right
from tmon.templates.address_book import AddressBookService
from tmon.templates.address_changes import AddressChangeService, SaveAddress
from tmon.templates.delivery import DeliveryTemplateService
from tmon.templates.registration import RegisterTemplate
from tmon.templates.retention import delete_templates


def _services(core: Core) -> Iterable[object]:
    books = AddressBookService(core)
    return books, AddressChangeService(core), DeliveryTemplateService(core, books)


async def _on_store_removed(session: AsyncSession, store: Store, now: datetime) -> None:
    await delete_templates(session, store.team_id, store.id)


FEATURE = DomainFeature(
    name="templates",
    services=_services,
    jobs=(
        Job(
            "forget ended addresses",
            MINUTE,
            when_clock_is_right(lambda services: services[AddressChangeService].forget_failed()),
        ),
        Job(
            "forget failed templates",
            MINUTE,
            when_clock_is_right(lambda services: services[DeliveryTemplateService].forget_failed()),
        ),
    ),
    writes=(SaveAddress, RegisterTemplate),
    read_again={
        Unread.ADDRESS: lambda services, person, store, _: [services[AddressBookService].import_all(person, store.id)],
        Unread.TEMPLATE: lambda services, person, store, _: [
            services[DeliveryTemplateService].import_all(person, store.id)
        ],
    },
    on_store_removed=_on_store_removed,
    attention=(
        Attention.count(
            "address", AddressChange, AddressChange.pending_since, col(AddressChange.state) == WriteState.UNKNOWN
        ),
        Attention.count(
            "template",
            DeliveryTemplate,
            DeliveryTemplate.pending_since,
            col(DeliveryTemplate.state) == WriteState.UNKNOWN,
        ),
    ),
)
