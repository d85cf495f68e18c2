"""A store whose people upload lists of products, against the sandbox over HTTP."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.engine.embedded import EmbeddedEngine
from bot.playground.tmon import DEMO_PARTNERS, Listing, Sandbox
from bot.playground.tmon.category_tree import TOP_OF_LEAF, leaf_called
from tests.clock import MovableClock
from tests.tmon.listings.goods import VALUES
from tmon.core import Core, Services
from tmon.database import Database
from tmon.ids import new_id
from tmon.listings import feature
from tmon.listings.changes import ChangeResult, ListingChanges
from tmon.listings.documents import SheetContent, SheetDeal, SheetOption
from tmon.listings.fields import F
from tmon.listings.identity import number_key
from tmon.listings.runner import ProductRunner
from tmon.listings.uploads import ListingUploads, Upload
from tmon.models.audit import Audit
from tmon.models.codes import CategoryTree
from tmon.models.listings import ListedOption, ListedProduct, ProductChange, UploadSource
from tmon.models.stores import Credentials, Store, StoreState
from tmon.models.templates import DeliveryTemplate, WriteState
from tmon.permissions import Person
from tmon.sealing import Place

PARTNER = DEMO_PARTNERS[0]
CREATE, UPDATE, ADD = "deals.create", "deals.update", "deals.add_options"
SETTLED = timedelta(minutes=6)
"""After that a call that TMON does not show was not made."""


@dataclass
class Desk:
    """One process, and a person who may change the products of its store."""

    core: Core
    clock: MovableClock
    tmon: Sandbox
    store: Store
    person: Person

    def __post_init__(self) -> None:
        self.services = Services(self.core)
        for service in feature.FEATURE.services(self.core):
            self.services.add(service)
        assert isinstance(self.core.work, EmbeddedEngine)
        self.core.work.begin(self.services, feature.FEATURE.tasks)

    @property
    def db(self) -> Database:
        return self.core.db

    @property
    def uploads(self) -> ListingUploads:
        return self.services[ListingUploads]

    @property
    def changes(self) -> ListingChanges:
        return self.services[ListingChanges]

    async def preview(self, *deals: SheetDeal) -> Upload:
        return await self.uploads.preview(
            self.person, self.store.id, SheetContent(deals=list(deals)), UploadSource.FILE
        )

    async def accept(self, *deals: SheetDeal) -> Upload:
        """Preview and accept; what follows runs in the background."""
        upload = await self.preview(*deals)
        wrong = [problem for one in upload.content.judged for problem in one.deal.problems]
        assert not wrong, wrong
        return await self.uploads.accept(self.person, upload.id)

    async def send(self, *deals: SheetDeal) -> ChangeResult:
        """Preview, accept, and let everything happen that happens at once; how the first product stands."""
        upload = await self.accept(*deals)
        await self.rest()
        return (await self.uploads.get(self.person, upload.id)).results[number_key(deals[0].number)]

    async def rest(self) -> None:
        """Let tasks end."""
        assert isinstance(self.core.work, EmbeddedEngine)
        await self.core.work.drain()

    async def later(self, by: timedelta = timedelta(minutes=3)) -> None:
        """Move the clock, and let the jobs run. No call takes minutes: what is under way ends before."""
        await self.rest()
        self.clock.advance(by)
        await self.core.writes.settle()
        await self.services[ProductRunner]()
        await self.uploads.tell()
        await self.rest()

    async def result(self, number: str = "A-1") -> ChangeResult:
        """How the newest change of a product stands."""
        return (await self.changes.last_of(self.store.team_id, self.store.id, number_key(number)))[0]

    async def product(self, number: str = "A-1") -> ListedProduct:
        async with self.db.read() as session:
            return await session.get_one(ListedProduct, (self.store.team_id, self.store.id, number_key(number)))

    async def option(self, number: str) -> ListedOption:
        async with self.db.read() as session:
            return await session.get_one(ListedOption, (self.store.team_id, self.store.id, number_key(number)))

    async def rows(self, table: Any = ProductChange) -> list[Any]:
        async with self.db.read() as session:
            return list(await session.scalars(select(table)))

    async def audited(self) -> list[str]:
        async with self.db.read() as session:
            return list(await session.scalars(select(col(Audit.action)).order_by(col(Audit.at))))

    async def audited_prices(self) -> list[Any]:
        """Old and new prices by option, of each change that was recorded."""
        return [row.details["prices"] for row in await self.rows(Audit) if "prices" in row.details]

    def wire(self, number: str) -> str:
        return f"{self.store.id}-{number}"

    def deal(self, number: str = "A-1") -> Listing:
        """The deal that TMON has under a number."""
        (found,) = [one for one in self.tmon.deals.values() if one.vendor_deal_no == self.wire(number)]
        return found

    def has(self, number: str = "A-1") -> bool:
        return any(one.vendor_deal_no == self.wire(number) for one in self.tmon.deals.values())

    def prices(self, number: str = "A-1") -> dict[str, int]:
        """Prices of its options, by our numbers of them."""
        return {
            str(one.vendor_option_no).removeprefix(self.wire("")): one.price
            for one in self.deal(number).options.values()
        }

    def calls(self, name: str) -> int:
        return len(self.tmon.calls_of(name))

    def writes(self) -> int:
        return sum(self.calls(name) for name in (CREATE, UPDATE, ADD))

    def goods(self, *options: SheetOption, number: str = "A-1", line: int = 2, **over: Any) -> SheetDeal:
        """See `goods`."""
        return goods(self.tmon, *options, number=number, line=line, **over)


def goods(tmon: Sandbox, *options: SheetOption, number: str = "A-1", line: int = 2, **over: Any) -> SheetDeal:
    """A whole product; `over` by the names of `F`'s members in small letters, None leaves one out."""
    template = next(one.no for one in tmon.templates.values() if one.partner_id == PARTNER.partner_id)
    kind = str(tmon.templates[template].policy["productType"])
    known = {F.CATEGORY: leaf_called("양말"), F.TEMPLATE: template, F.TYPE: kind}
    changed = {F[name.upper()]: value for name, value in over.items()}
    values = {name: value for name, value in (VALUES | known | changed).items() if value is not None}
    rows = list(options) or [
        SheetOption(line=2, number=f"{number}-L", sections=("검정", "L"), price=15900, stock=5),
        SheetOption(line=3, number=f"{number}-M", sections=("검정", "M"), price=15900, stock=7),
    ]
    return SheetDeal(line=line, number=number, values=values, options=rows)


async def furnish(db: Database, core: Core, clock: MovableClock, tmon: Sandbox) -> Store:
    """Add a store, and what is read of TMON every day."""
    now = clock()
    store = Store(
        team_id="T1",
        id=new_id("st"),
        seller_id=PARTNER.partner_id,
        name=PARTNER.name,
        name_key=PARTNER.name,
        channel_id="C1",
        channel_ok=True,
        registered_by="U1",
        state=StoreState.APPROVED,
        approved_at=now,
        stock_on=True,
        created_at=now,
        updated_at=now,
    )
    store.credentials = core.sealer.seal(Credentials(api_key=PARTNER.token), Place.of(store, "credentials"))
    async with db.write() as session:
        session.add(store)
    await know(db, clock, tmon, store)
    return store


async def know(db: Database, clock: MovableClock, tmon: Sandbox, store: Store) -> None:
    """What is read of TMON every day: categories and templates."""
    now = clock()
    leaves = [[no, f"가 > 나 > {no}", top] for no, top in TOP_OF_LEAF.items()]
    async with db.write() as session:
        session.add(CategoryTree(team_id=store.team_id, leaves=leaves, tops=[], read_at=now, due_at=now))
        for template in tmon.templates.values():
            if template.partner_id == PARTNER.partner_id:
                session.add(
                    DeliveryTemplate(
                        team_id=store.team_id,
                        id=new_id("dt"),
                        store_id=store.id,
                        no=template.no,
                        name=f"템플릿 {template.no}",
                        state=WriteState.DONE,
                        known_since=now,
                    )
                )


async def at_once(_: float) -> None:
    """Wait between two attempts without waiting."""
    await asyncio.sleep(0)
