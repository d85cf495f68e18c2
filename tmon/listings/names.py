"""What the numbers and codes of a product's fields are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import col

from tmon.codes.service import CodeTables
from tmon.core import Core
from tmon.models.codes import CategoryTree
from tmon.models.stores import Store
from tmon.models.templates import DeliveryTemplate, PartnerAddress
from tmon.scope import StoreKey, scope


@dataclass(frozen=True)
class FieldNames:
    """Names by TMON's numbers and codes. What is missing is not known."""

    store: str = ""
    categories: Mapping[int, str] = field(default_factory=dict)
    """Paths of leaves: `대 > 중 > 소`."""
    templates: Mapping[int, str] = field(default_factory=dict)
    ship_from: Mapping[int, str] = field(default_factory=dict)
    """Names of the addresses (출고지) from which the products of a template are sent, by the template's number."""
    carriers: Mapping[str, str] = field(default_factory=dict)


class ListingNames:
    """Looks up the names that a store's products need. Callers check permissions."""

    def __init__(self, core: Core) -> None:
        self._db, self._codes = core.db, CodeTables(core)

    async def of(self, team_id: str, store_id: str) -> FieldNames:
        """Return the names that are known of a store."""
        store = StoreKey(team_id, store_id)
        async with self._db.read() as session:
            named_store = await session.get(Store, (team_id, store_id))
            tree = await session.get(CategoryTree, team_id)
            rows = await session.execute(
                select(col(DeliveryTemplate.no), col(DeliveryTemplate.name), col(DeliveryTemplate.policy)).where(
                    *scope(DeliveryTemplate, store), col(DeliveryTemplate.no).is_not(None)
                )
            )
            templates = rows.all()
            addresses = await session.execute(
                select(col(PartnerAddress.no), col(PartnerAddress.name)).where(*scope(PartnerAddress, store))
            )
            named: dict[int, str] = {row.no: row.name for row in addresses}
        ship_from = {number: named.get((policy or {}).get(_SHIP_FROM, 0)) for number, _, policy in templates}
        return FieldNames(
            store="" if named_store is None else named_store.name,
            categories={} if tree is None else {int(number): str(path) for number, path, _ in tree.leaves},
            templates={int(number): name for number, name, _ in templates},
            ship_from={int(number): name for number, name in ship_from.items() if name},
            carriers={one.code: one.name for one in await self._codes.carriers(team_id, store_id)},
        )


_SHIP_FROM = "partner_delivery_address_no"
"""The field of a template's policy (`tmon.api.NewTemplate`, as it is stored)."""
