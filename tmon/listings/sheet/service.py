"""What the form, the reading and the export of a store's sheet need to know."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from tmon.api import NewTemplate, ProductType
from tmon.clock import KST
from tmon.codes.categories import CategoryTrees
from tmon.codes.service import CodeTables
from tmon.core import Core
from tmon.listings.checks import CategoryFacts, TemplateFacts
from tmon.listings.sheet.cells import SheetFacts
from tmon.listings.sheet.export import sheets
from tmon.listings.sheet.known import count_known, unread_deals
from tmon.models.templates import DeliveryTemplate, WriteState
from tmon.scope import StoreKey, scope
from tmon.spreadsheets.export import ExportSheet


@dataclass(frozen=True)
class ProductExport:
    """All known products of a store."""

    products: int
    unread: int
    """Known deals of which nothing was read yet: they are left out."""
    sheets: tuple[ExportSheet, ...]


class ListingSheets:
    """Makes sheets of products from what is stored. Callers check permissions."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._codes, self._categories = CodeTables(core), CategoryTrees(core)

    async def facts(self, team_id: str, store_id: str) -> SheetFacts:
        """Return what a store can choose from: categories, its templates at TMON, and carriers."""
        async with self._db.read() as session:
            templates = await session.scalars(
                select(DeliveryTemplate)
                .where(
                    *scope(DeliveryTemplate, StoreKey(team_id, store_id)),
                    col(DeliveryTemplate.state) == WriteState.DONE,
                    col(DeliveryTemplate.no).is_not(None),
                )
                .order_by(col(DeliveryTemplate.known_since).desc(), col(DeliveryTemplate.no).desc())
            )
            rows = list(templates)
        return SheetFacts(
            store_id=store_id,
            categories=[CategoryFacts(*leaf) for leaf in await self._categories.leaves(team_id)],
            templates=[TemplateFacts(row.no, row.name, _kind(row)) for row in rows if row.no is not None],
            carriers=await self._codes.carriers(team_id, store_id),
            today=self._clock().astimezone(KST).date(),
        )

    async def unread(self, team_id: str, store_id: str, most: int) -> list[int]:
        """Return up to `most` known deals of which nothing was read yet."""
        async with self._db.read() as session:
            return await unread_deals(session, StoreKey(team_id, store_id), most)

    async def export(self, team_id: str, store_id: str) -> ProductExport:
        """Return all known products of a store, to be written and uploaded again."""
        store = StoreKey(team_id, store_id)
        facts = await self.facts(team_id, store_id)
        async with self._db.read() as session:
            products, unread = await count_known(session, store)
        return ProductExport(products, unread, sheets(self._db, store, facts))


def _kind(row: DeliveryTemplate) -> ProductType | None:
    kind = None if row.policy is None else NewTemplate.model_validate(row.policy).product_type
    return None if kind is ProductType.UNKNOWN else kind
