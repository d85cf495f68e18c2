"""The products that are known of a store, as TMON last told them, read in batches."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, exists, func, null, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.codes.tables import Carrier
from tmon.database import Database
from tmon.listings.documents import RemoteDeal, Values, Wanted, stored_remote
from tmon.listings.fields import F
from tmon.models.listings import OPEN_CHANGES, DealDocument, ListedOption, ListedProduct, ProductChange, ProductState
from tmon.models.products import Deal, DealOption
from tmon.models.stock import OptionLink, Sku
from tmon.scope import OfStore, same_key, scope

_AT_A_TIME = 100
_DOCUMENT = tuple(
    map(
        col,
        (
            DealDocument.deal_no,
            DealDocument.content,
            DealDocument.detail_hash,
            DealDocument.detail_length,
            DealDocument.read_at,
        ),
    )
)
_VALUES: TypeAdapter[dict[F, Any]] = TypeAdapter(Values)


@dataclass(frozen=True)
class KnownDeal:
    """A deal as TMON last told it, and what is known of it here."""

    remote: RemoteDeal
    seller_no: str | None = None
    """None: it is not managed here."""
    kept: Mapping[F, Any] = field(default_factory=dict)
    option_numbers: Mapping[int, str] = field(default_factory=dict)
    """The seller's numbers of its options, by TMON's."""
    sku_codes: Mapping[int, str] = field(default_factory=dict)
    """The SKUs that its options sell, by TMON's numbers of those."""


async def count_known(session: AsyncSession, store: OfStore) -> tuple[int, int]:
    """Return how many products an export has, and how many deals are known of which nothing was read yet."""
    deals = select(func.count()).select_from(Deal).where(*_living(store))
    read = await session.scalar(deals.where(_document()))
    unread = await session.scalar(deals.where(~_document()))
    planned = await session.scalar(select(func.count()).select_from(_planned(store).subquery()))
    return (read or 0) + (planned or 0), unread or 0


async def unread_deals(session: AsyncSession, store: OfStore, most: int) -> list[int]:
    """Return deals that are known, but of which nothing was read yet."""
    deals = select(col(Deal.deal_no)).where(*_living(store), ~_document())
    return list(await session.scalars(deals.order_by(col(Deal.deal_no)).limit(most)))


async def known_deals(
    db: Database, store: OfStore, carriers: Sequence[Carrier], *, details: bool = True
) -> AsyncIterator[KnownDeal]:
    """Yield the deals of a store that were read, by TMON's number. `details`: with the texts of their 상세설명."""
    last = 0
    while True:
        detail = col(DealDocument.detail) if details else null()
        query = (
            select(*_DOCUMENT, detail)
            .join(Deal, same_key(Deal, DealDocument, "deal_no"))
            .where(*_living(store), col(DealDocument.deal_no) > last)
            .order_by(col(DealDocument.deal_no))
            .limit(_AT_A_TIME)
        )
        async with db.read() as session:
            documents = [_read_document(store, row) for row in await session.execute(query)]
            rows = await _rows_of(session, store, [one.deal_no for one in documents])
        for deal in await asyncio.to_thread(_built, documents, rows, carriers):
            yield deal
        if len(documents) < _AT_A_TIME:
            return
        last = documents[-1].deal_no


async def planned_deals(db: Database, store: OfStore) -> AsyncIterator[tuple[str, Wanted]]:
    """Yield numbers and contents of products whose registration is accepted, and not at its end."""
    last = 0
    while True:
        query = _planned(store).where(col(ProductChange.seq) > last).order_by(col(ProductChange.seq)).limit(_AT_A_TIME)
        async with db.read() as session:
            rows = list(await session.execute(query))
        for number, wanted, seq in rows:
            yield number, Wanted.model_validate(wanted)
            last = seq
        if len(rows) < _AT_A_TIME:
            return


@dataclass(frozen=True)
class _Rows:
    """What is stored beside the documents of a batch of deals."""

    products: Mapping[int, ListedProduct]
    options: Mapping[int, Sequence[DealOption]]
    listed: Mapping[str, Sequence[ListedOption]]
    """By `ListedProduct.number_key`."""
    sku_codes: Mapping[int, str]
    """Of options that are linked, by TMON's numbers."""


async def _rows_of(session: AsyncSession, store: OfStore, numbers: Sequence[int]) -> _Rows:
    managed = _of(ListedProduct, store, ListedProduct.deal_no, numbers).where(
        col(ListedProduct.state) != ProductState.PLANNED  # its numbers are not all mapped yet
    )
    products = {one.deal_no: one for one in await session.scalars(managed) if one.deal_no is not None}
    options: dict[int, list[DealOption]] = {number: [] for number in numbers}
    for option in await session.scalars(_of(DealOption, store, DealOption.deal_no, numbers)):
        options[option.deal_no].append(option)
    listed: dict[str, list[ListedOption]] = {one.number_key: [] for one in products.values()}
    for own in await session.scalars(_of(ListedOption, store, ListedOption.product_key, list(listed))):
        listed[own.product_key].append(own)
    linked = await session.execute(
        select(col(OptionLink.option_no), col(Sku.code))
        .join(Sku, same_key(Sku, OptionLink) & (col(Sku.id) == col(OptionLink.sku_id)))
        .where(*scope(OptionLink, store), col(OptionLink.deal_no).in_(numbers))
    )
    return _Rows(products, options, listed, dict(iter(linked)))


def _built(documents: Sequence[DealDocument], rows: _Rows, carriers: Sequence[Carrier]) -> list[KnownDeal]:
    return [_known(one, rows, carriers) for one in documents]


def _known(document: DealDocument, rows: _Rows, carriers: Sequence[Carrier]) -> KnownDeal:
    remote = stored_remote(document, rows.options[document.deal_no], carriers)
    codes = {one.option_no: code for one in remote.options if (code := rows.sku_codes.get(one.option_no))}
    product = rows.products.get(document.deal_no)
    if product is None:
        return KnownDeal(remote, sku_codes=codes)
    own = {one.option_no: one for one in rows.listed[product.number_key] if one.option_no is not None}
    return KnownDeal(
        remote,
        product.seller_no,
        _VALUES.validate_python(product.kept),
        {no: one.seller_no for no, one in own.items()},
        {no: one.sku_code for no, one in own.items() if one.sku_code} | codes,
    )


def _read_document(store: OfStore, row: Any) -> DealDocument:
    deal_no, content, hashed, length, read_at, detail = row
    return DealDocument(
        team_id=store.team_id,
        store_id=store.store_id,
        deal_no=deal_no,
        content=content,
        detail=detail,
        detail_hash=hashed,
        detail_length=length,
        read_at=read_at,
    )


def _of(table: Any, store: OfStore, column: Any, values: Sequence[Any]) -> Select[Any]:
    return select(table).where(*scope(table, store), col(column).in_(values))


def _living(store: OfStore) -> tuple[ColumnElement[bool], ...]:
    return *scope(Deal, store), col(Deal.deleted_at).is_(None)


def _document() -> ColumnElement[bool]:
    return exists().where(same_key(DealDocument, Deal, "deal_no"))


def _planned(store: OfStore) -> Select[str, dict[str, Any], int]:
    """Return seller numbers, contents and places of registrations that are open."""
    return (
        select(col(ListedProduct.seller_no), col(ProductChange.wanted), col(ProductChange.seq))
        .join(
            ProductChange,
            same_key(ProductChange, ListedProduct) & (col(ProductChange.product_key) == col(ListedProduct.number_key)),
        )
        .where(
            *scope(ListedProduct, store),
            col(ListedProduct.deal_no).is_(None),
            col(ProductChange.is_new),
            col(ProductChange.state).in_(OPEN_CHANGES),
        )
    )
