"""Prices of several deals, and how they change by a percentage."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select
from sqlmodel import col

from tmon.core import Core
from tmon.models.listings import ListedOption, ListedProduct
from tmon.models.products import Deal, DealOption
from tmon.products.catalog import MANAGED, known_store, matches
from tmon.scope import scope

_PERCENT = re.compile(r"([+-]?)\s?(\d{1,4}(?:\.\d{1,2})?)\s?%?")
_MINUS = str.maketrans(dict.fromkeys("−–—﹣", "-"))
LEAST, MOST = Decimal(-99), Decimal(1000)
"""By how much prices may change at once: beyond that it is a slip."""


def percentage(text: str) -> Decimal | None:
    """Return the percentage that `text` says: `-10`, `+5.5`, `12%`. None if it says none, or one that no price may change by."""
    found = _PERCENT.fullmatch(unicodedata.normalize("NFKC", text.translate(_MINUS)).strip())
    if found is None:
        return None
    value = Decimal(found[1] + found[2])
    return value if LEAST <= value <= MOST else None


def changed_by(price: int, percent: Decimal) -> int:
    """Return a price changed by a percentage: rounded half up to the won, and never less than one."""
    exact = Decimal(price) * (100 + percent) / 100
    return max(1, int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)))


@dataclass(frozen=True)
class PricedOption:
    """An option whose price can be changed. `number`: the seller's, or `#` and TMON's."""

    number: str
    price: int


@dataclass(frozen=True)
class PricedDeal:
    """A deal with the prices of its options. `number`: as of `PricedOption`."""

    number: str
    title: str
    options: Sequence[PricedOption]


class DealPrices:
    """Finds the prices that a change of several deals is about. Callers check permissions."""

    def __init__(self, core: Core) -> None:
        self._db = core.db

    async def of(
        self, team_id: str, store_id: str, deal_nos: Sequence[int] | None, query: str, most: int
    ) -> list[PricedDeal]:
        """Return the prices of deals as last read: of `deal_nos`, else of those managed here that match the search `query`.

        At most one more than `most`. Options that no call can name are left out.
        """
        mine = (col(Deal.team_id) == team_id) & (col(Deal.store_id) == store_id) & col(Deal.deleted_at).is_(None)
        chosen = MANAGED & matches(query) if deal_nos is None else col(Deal.deal_no).in_(deal_nos)
        async with self._db.read() as session:
            store = await known_store(session, team_id, store_id)
            found = await session.execute(
                select(col(Deal.deal_no), col(Deal.title))
                .where(mine, chosen)
                .order_by(col(Deal.title_key), col(Deal.deal_no))
                .limit(most + 1)
            )
            titles: dict[int, str] = dict(found.all())
            numbers = list(titles)
            options = await session.scalars(
                select(DealOption)
                .where(
                    *scope(DealOption, store),
                    col(DealOption.deal_no).in_(numbers),
                    col(DealOption.vendor_option_no).is_not(None),
                )
                .order_by(col(DealOption.position), col(DealOption.option_no))
            )
            products = await session.scalars(
                select(ListedProduct).where(*scope(ListedProduct, store), col(ListedProduct.deal_no).in_(numbers))
            )
            managed = {one.deal_no: one for one in products}
            named = await session.scalars(
                select(ListedOption).where(
                    *scope(ListedOption, store),
                    col(ListedOption.product_key).in_([one.number_key for one in managed.values()]),
                )
            )
            seller_nos = {one.option_no: one.seller_no for one in named if one.option_no is not None}
            rows: defaultdict[int, list[DealOption]] = defaultdict(list)
            for row in options:
                rows[row.deal_no].append(row)
        return [
            PricedDeal(
                managed[number].seller_no if number in managed else f"#{number}",
                title,
                [
                    PricedOption(seller_nos.get(row.option_no, f"#{row.option_no}"), row.price)
                    for row in rows[number]
                    if number not in managed or row.option_no in seller_nos
                ],
            )
            for number, title in titles.items()
        ]
