"""kill -9 around each call that registers or changes a product: nothing is made twice, and TMON ends with what is wanted."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.engine.embedded import EmbeddedEngine
from bot.playground.tmon.seed_shop import open_shop
from tests.core import make_core
from tests.flows.process import START_SECONDS, Moment, Outside
from tests.tmon.listings.desk import ADD, CREATE, PARTNER, UPDATE, goods, know
from tests.tmon.listings.goods import change_of
from tmon.api import TmonApi, VendorCredentials
from tmon.core import Services
from tmon.listings.documents import SheetContent, SheetDeal, SheetOption
from tmon.listings.queue import SEND
from tmon.listings.uploads import ListingUploads
from tmon.models.listings import OPEN_CHANGES, ChangeState, ListedProduct, ProductChange, ProductState, UploadSource
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.presence import Presence
from tmon.sealing import Sealer
from tmon.stores.api_clients import ApiClients
from tmon.work import Task

pytestmark = pytest.mark.timeout(900)

LATER = timedelta(minutes=6)
"""Long enough for what TMON does not show to be known as not done."""
DISPLAY, READ = "deals.display", "deals.get"


async def shop(outside: Outside) -> Store:
    """A store of which the daily readings are there."""
    partner = open_shop(outside.tmon, outside.tmon.partners[PARTNER.partner_id])
    store = await outside.add_store(stock_on=True)
    await know(outside.db, outside.clock, outside.tmon, store)
    assert partner.partner_id == store.seller_id
    return store


async def accept(outside: Outside, store: Store, deal: SheetDeal) -> None:
    """Accept a product in a process that ends right after the commit: its task never runs."""

    async def never(*_: object, **__: object) -> None: ...

    sealer = Sealer(outside.settings.fernet_keys())
    vendor = VendorCredentials(
        client_id=outside.settings.tmon_client_id,
        client_secret=outside.settings.tmon_client_secret.get_secret_value(),
        personal_data_key=outside.settings.tmon_personal_data_key.get_secret_value(),
        policy_no=outside.settings.tmon_vendor_policy_no,
    )
    async with TmonApi(outside.settings.tmon_api_url) as api:
        core = make_core(
            outside.db, outside.clock, sealer, ApiClients(api, sealer, vendor, Presence(outside.db, outside.clock))
        )
        assert isinstance(core.work, EmbeddedEngine)
        core.work.begin(Services(core), [Task(SEND, never)])
        uploads, person = ListingUploads(core), Person(store.team_id, store.registered_by)
        upload = await uploads.preview(person, store.id, SheetContent(deals=[deal]), UploadSource.FILE)
        assert not [problem for one in upload.content.judged for problem in one.deal.problems]
        await uploads.accept(person, upload.id)


async def ended(outside: Outside) -> list[ProductChange]:
    """Wait until every change has ended; all of them, in order."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            async with outside.db.read() as session:
                rows = list(await session.scalars(select(ProductChange).order_by(col(ProductChange.seq))))
            if not any(row.state in OPEN_CHANGES for row in rows):
                return rows
            outside.clock.advance(timedelta(seconds=2))
            await asyncio.sleep(0.1)


async def crash(outside: Outside, fatal: Moment) -> None:
    """Let a child send what was accepted, die at `fatal`, and start again a while later."""
    outside.watch(fatal)
    outside.child = await outside.start()
    await outside.dies()
    outside.watch()
    await outside.restart(LATER)


@pytest.mark.parametrize(
    "fatal",
    [
        Moment(READ, 1, "received"),
        Moment(READ, 1, "answered"),
        Moment(CREATE, 1, "received"),
        Moment(CREATE, 1, "answered"),
        Moment(READ, 2, "answered"),
    ],
    ids=str,
)
async def test_a_product_is_registered_once(outside: Outside, fatal: Moment) -> None:
    store = await shop(outside)
    deal = goods(outside.tmon)
    await accept(outside, store, deal)
    await crash(outside, fatal)
    (change,) = await ended(outside)
    assert (change.state, change.note, change.done) == (ChangeState.DONE, None, ["register"])
    (made,) = [one for one in outside.tmon.deals.values() if (one.vendor_deal_no or "").startswith(store.id)]
    async with outside.db.read() as session:
        product = await session.get_one(ListedProduct, (store.team_id, store.id, "a-1"))
    assert (product.state, product.deal_no) == (ProductState.LISTED, made.deal_no)
    assert len(outside.tmon.calls_of(CREATE)) == 1 + (str(fatal) == "deals.create 1 received" and len(made.changes) > 2)


@pytest.mark.parametrize(
    "fatal",
    [Moment(call, 1, phase) for call in (UPDATE, ADD, DISPLAY) for phase in ("received", "answered")],
    ids=str,
)
async def test_each_step_of_a_change_is_taken_once(outside: Outside, fatal: Moment) -> None:
    store = await shop(outside)
    await accept(outside, store, goods(outside.tmon))
    outside.child = await outside.start()
    await ended(outside)
    await outside.kill()
    options = [
        SheetOption(line=2, number="A-1-L", price=17900),
        SheetOption(line=3, number="A-1-M", display=False),
        SheetOption(line=4, number="A-1-S", sections=("검정", "S"), price=14900, stock=3),
    ]
    await accept(outside, store, change_of(*options, title="새 이름"))
    await crash(outside, fatal)
    change = (await ended(outside))[-1]
    assert (change.state, change.note) == (ChangeState.DONE, None)
    assert change.done == ["change", "add_options", "display"]
    (made,) = [one for one in outside.tmon.deals.values() if (one.vendor_deal_no or "").startswith(store.id)]
    assert made.title == "새 이름"
    told = {
        (one.vendor_option_no or "").removeprefix(f"{store.id}-"): (one.price, one.display)
        for one in made.options.values()
    }
    assert told == {"A-1-L": (17900, True), "A-1-M": (15900, False), "A-1-S": (14900, True)}
    for call in (UPDATE, ADD, DISPLAY):
        assert 1 <= len(outside.tmon.calls_of(call)) <= 1 + (call == fatal.call)
