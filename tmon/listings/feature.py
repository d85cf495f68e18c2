"""Manifest of products by sheet."""

from tmon.core import Services
from tmon.feature import MINUTE, DomainFeature, Job
from tmon.listings.changes import ListingChanges
from tmon.listings.names import ListingNames
from tmon.listings.queue import SEND
from tmon.listings.retention import delete_of_store, delete_uploads, forget_changes
from tmon.listings.runner import SECONDS, ProductRunner
from tmon.listings.sheet.service import ListingSheets
from tmon.listings.taking_over import TakeOvers
from tmon.listings.uploads import ListingUploads
from tmon.listings.writes import WriteListing, WriteSale
from tmon.retention import CHECK_EVERY, when_clock_is_right
from tmon.work import Queue, Task


async def _send(services: Services, team_id: str, store_id: str) -> None:
    await services[ProductRunner].send_due(team_id, store_id)


FEATURE = DomainFeature(
    name="listings",
    services=lambda core: (
        ListingNames(core),
        ListingSheets(core),
        ListingUploads(core),
        ListingChanges(core),
        TakeOvers(core),
        ProductRunner(core),
    ),
    jobs=(
        Job("send products", SECONDS, lambda services: services[ProductRunner]()),
        Job("tell results of products", SECONDS, lambda services: services[ListingUploads].tell()),
        Job("delete uploads of products", MINUTE, delete_uploads),
        Job("forget changes of products", CHECK_EVERY, when_clock_is_right(forget_changes)),
    ),
    tasks=(Task(SEND, _send, Queue.PRESS),),
    writes=(WriteListing, WriteSale),
    on_store_removed=delete_of_store,
)
