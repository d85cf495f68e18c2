"""Several processes and both engines: what was accepted is sent, once, by whichever looks first."""

import asyncio
from datetime import timedelta

from bot.playground.tmon.seed_shop import open_shop
from tests.flows.world import World
from tests.tmon.listings.desk import CREATE, PARTNER, goods, know
from tmon.listings.documents import SheetContent, SheetDeal
from tmon.listings.uploads import ListingUploads, Upload
from tmon.models.listings import ChangeState, UploadSource
from tmon.models.stores import Store
from tmon.permissions import Person

SENDING = "send products"


async def shop(world: World) -> tuple[Store, Person]:
    """A store of which the daily readings are there, and whoever registered it."""
    open_shop(world.tmon, world.tmon.partners[PARTNER.partner_id])
    store = await world.add_store(stock_on=True)
    await know(world.db, world.clock, world.tmon, store)
    return store, Person(store.team_id, store.registered_by)


async def preview(world: World, store: Store, person: Person, *deals: SheetDeal) -> Upload:
    """A list that may be accepted."""
    uploads = world.bot.services[ListingUploads]
    return await uploads.preview(person, store.id, SheetContent(deals=list(deals)), UploadSource.FILE)


async def test_a_list_is_sent_by_the_task(world: World) -> None:
    store, person = await shop(world)
    deals = [goods(world.tmon, number=f"A-{number}", line=number) for number in range(2, 8)]
    upload = await preview(world, store, person, *deals)
    await world.bot.services[ListingUploads].accept(person, upload.id)
    await world.bot.engine.drain()
    results = (await world.bot.services[ListingUploads].get(person, upload.id)).results
    assert {one.state for one in results.values()} == {ChangeState.DONE}
    assert len(results) == len(world.tmon.calls_of(CREATE)) == 6


async def test_two_processes_send_once(world: World) -> None:
    other = await world.second()
    store, person = await shop(world)
    upload = await preview(world, store, person, *[goods(world.tmon, number=f"A-{number}") for number in range(2, 8)])
    again = await preview(world, store, person, goods(world.tmon, number="A-2", title="새 이름"))
    mine, theirs = world.bot.services[ListingUploads], other.bot.services[ListingUploads]
    first, second = await asyncio.gather(
        mine.accept(person, upload.id), theirs.accept(person, upload.id), return_exceptions=True
    )
    assert {isinstance(first, Upload), isinstance(second, Upload)} == {True, False}
    await theirs.accept(person, again.id)
    for _ in range(3):
        await asyncio.gather(*(one.run_job(SENDING) for one in (world, other)))
        await asyncio.gather(*(one.bot.engine.drain() for one in (world, other)))
        world.clock.advance(timedelta(seconds=11))
    assert len(world.tmon.calls_of(CREATE)) == 6
    results = (await mine.get(person, upload.id)).results
    assert {one.state for one in results.values()} <= {ChangeState.DONE, ChangeState.SUPERSEDED}
    (made,) = [one for one in world.tmon.deals.values() if one.vendor_deal_no == f"{store.id}-A-2"]
    assert made.title == "새 이름"
