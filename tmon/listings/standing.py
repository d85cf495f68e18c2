"""Where the products of a sheet stand: what is kept of them, and what TMON has now."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog
from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import AuthError, ProductType, Rejected, StoreApi, Throttled, TmonError, Unavailable, UnreadableAnswer
from tmon.codes.tables import OWN, Carrier, find_carriers
from tmon.core import Core
from tmon.due_times import over
from tmon.listings.documents import (
    OptionFacts,
    ProductFacts,
    RemoteDeal,
    SheetDeal,
    Standing,
    StoreFacts,
    Values,
    Wanted,
    remote_of,
    stored_remote,
)
from tmon.listings.fields import UNMANAGED, F
from tmon.listings.identity import number_key
from tmon.listings.queue import open_changes, touched_by
from tmon.models.codes import CategoryTree, CodeTable
from tmon.models.listings import DealDocument, ListedOption, ListedProduct
from tmon.models.products import Deal, DealOption
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import ApiGroup, Credentials, Store
from tmon.models.templates import DeliveryTemplate, WriteState
from tmon.products import repository
from tmon.scope import OfStore, same_key, scope
from tmon.sealing import Place, Sealer
from tmon.stores.repository import lock
from tmon.stores.switches import SwitchOff, require_on

log = structlog.get_logger(__name__)

FRESH = timedelta(minutes=10)
"""What was read at TMON within this serves for a judgement."""
_AT_ONCE = 8
"""Deals that are read at the same time."""
_CHUNK = 500
"""Keys in one query."""
_VALUES: TypeAdapter[dict[F, Any]] = TypeAdapter(Values)


class Standings:
    """Finds out where products stand, for their judgement."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock, self._clients, self._sealer = core.db, core.clock, core.clients, core.sealer

    async def of(self, store: Store, deals: Sequence[SheetDeal]) -> tuple[StoreFacts, dict[str, Standing]]:
        """Return what is known of the store, and of each product by its `number_key`. Reads TMON."""
        client = self._clients.for_store(store)
        async with self._db.read() as session:
            facts, standings, known = await load(
                session,
                store,
                deals,
                has_policy=client.deals.policy_no is not None,
                whom=policy_whom(store, self._sealer),
                now=self._clock(),
            )
        remotes = await self._remotes(client, store, {*known.values()})
        for key, deal_no in known.items():
            remote, unread = remotes[deal_no]
            standings[key] = standings[key].model_copy(update={"remote": remote, "unread": unread})
        return facts, standings

    async def _remotes(
        self, client: StoreApi, store: Store, deal_nos: Iterable[int]
    ) -> dict[int, tuple[RemoteDeal | None, str | None]]:
        """Return each deal, or a text key of why it could not be read; None: TMON says that it is gone."""
        numbers = sorted(deal_nos)
        async with self._db.read() as session:
            carriers = await carriers_of(session, store)
            found = await _stored(session, store, numbers, carriers, self._clock())
        slots = asyncio.Semaphore(_AT_ONCE)

        async def read(deal_no: int) -> tuple[RemoteDeal | None, str | None]:
            async with slots:
                try:
                    deal = await self._read(client, store, deal_no)
                except SwitchOff:
                    return None, "listings.why_off"
                except TmonError as error:
                    log.info("deal not read for a sheet", store=store.id, error=type(error).__name__)
                    return None, _why(error)
            return (None if deal is None else remote_of(deal, carriers)), None

        missing = [number for number in numbers if number not in found]
        answers = await asyncio.gather(*map(read, missing))
        return {number: (remote, None) for number, remote in found.items()} | dict(zip(missing, answers, strict=True))

    async def _read(self, client: StoreApi, store: Store, deal_no: int) -> api.Deal | None:
        async with self._db.read() as session:
            require_on(await session.get(Store, (store.team_id, store.id)), ApiGroup.PRODUCT)
        try:
            deal = await client.deals.get(deal_no)
        except Rejected as error:
            if not error.deal_gone:
                raise
            deal = None
        async with self._db.write() as session:
            await lock(session, store.team_id, store.id)  # people map options at the same time
            if deal is None:
                await repository.mark_deleted(session, store, deal_no, self._clock())
            else:
                await repository.upsert_deal(session, store, deal, self._clock())
        return deal


def _why(error: TmonError) -> str:
    """Return the text key of why a deal could not be read."""
    match error:
        case AuthError():
            return "listings.why_key"
        case Throttled():
            return "listings.why_busy"
        case Unavailable() | UnreadableAnswer():
            return "listings.why_down"
    return "listings.why_unreadable"


def policy_whom(store: Store, sealer: Sealer) -> Literal["store", "operator"]:
    """Return who has to give the policy number: a store with vendor credentials of its own, or the operator. Raises CannotOpen."""
    if store.credentials is None:
        return "operator"
    own = sealer.open_as(Credentials, store.credentials, Place.of(store, "credentials"))
    return "store" if own.access_key and own.secret_key else "operator"


def values_of(stored: Mapping[str, Any]) -> dict[F, Any]:
    """Return values as they were before they were stored (`dump_values`)."""
    return _VALUES.validate_python(dict(stored))


async def carriers_of(session: AsyncSession, store: OfStore) -> tuple[Carrier, ...]:
    """Return the carriers that TMON names."""
    table = await session.get(CodeTable, (store.team_id, store.store_id))
    return (*find_carriers({} if table is None else table.groups), OWN)


def facts_of(product: ListedProduct, options: Iterable[ListedOption]) -> ProductFacts:
    """Return a managed product as judging and steps know it. `options`: its own."""
    return ProductFacts(
        number_key=product.number_key,
        seller_no=product.seller_no,
        vendor_deal_no=product.vendor_deal_no,
        deal_no=product.deal_no,
        origin=product.origin,
        state=product.state,
        intended_at=product.intended_at,
        options={
            one.number_key: OptionFacts(one.seller_no, one.vendor_option_no, one.option_no, one.sku_code)
            for one in options
        },
    )


async def load(
    session: AsyncSession,
    store: Store,
    deals: Sequence[SheetDeal],
    *,
    has_policy: bool,
    whom: Literal["store", "operator"],
    now: datetime,
) -> tuple[StoreFacts, dict[str, Standing], dict[str, int]]:
    """Return what is kept of a store and of products, and TMON's numbers of those that it is to be asked about, by key."""
    keys = {number_key(deal.number) for deal in deals}
    numbered = {key: int(key[1:]) for key in keys if key.startswith(UNMANAGED) and key[1:].isdecimal()}
    numbered = {key: number for key, number in numbered.items() if number < 2**63}
    products = {row.number_key: row for row in await by_keys(session, store, ListedProduct, "number_key", keys)}
    known = {key: row.deal_no for key, row in products.items() if row.deal_no is not None}
    seen = {row.deal_no for row in await by_keys(session, store, Deal, "deal_no", numbered.values())}
    known |= {key: number for key, number in numbered.items() if number in seen}

    own = {row.number_key for row in products.values()}
    options: defaultdict[str, list[ListedOption]] = defaultdict(list)
    for option in await by_keys(session, store, ListedOption, "product_key", own):
        options[option.product_key].append(option)
    wanted: defaultdict[str, list[Wanted]] = defaultdict(list)
    for change in await open_changes(session, store, own):
        wanted[change.product_key].append(Wanted.model_validate(change.wanted))
    numbers = {one.option_no for rows in options.values() for one in rows if one.option_no is not None}
    links = await _links(session, store, numbers)

    standings: dict[str, Standing] = {}
    for key in keys:
        if (product := products.get(key)) is None:
            standings[key] = Standing()
            continue
        rows = options[product.number_key]
        standings[key] = Standing(
            product=facts_of(product, rows),
            kept=values_of(product.kept),
            touched=touched_by(wanted[product.number_key]),
            linked={one.number_key: links[one.option_no] for one in rows if one.option_no in links},
        )
    tree = await session.get(CategoryTree, store.team_id)
    codes = {one.sku_code for deal in deals for one in deal.options if one.sku_code is not None}
    option_keys = {number_key(one.number) for deal in deals for one in deal.options}
    facts = StoreFacts(
        store_id=store.id,
        has_policy=has_policy,
        policy_whom=whom,
        product_on=store.group_on(ApiGroup.PRODUCT),
        stock_on=store.group_on(ApiGroup.STOCK),
        skus={row.code: row.stock for row in await by_keys(session, store, Sku, "code", codes)},
        option_owner={
            row.number_key: row.product_key
            for row in await reserved(
                session, store, await by_keys(session, store, ListedOption, "number_key", option_keys)
            )
        },
        tops={} if tree is None else {int(no): int(top) for no, _, top in tree.leaves},
        template_types=await _templates(session, store),
        now=now,
    )
    return facts, standings, known


async def reserved(session: AsyncSession, store: OfStore, options: Iterable[ListedOption]) -> list[ListedOption]:
    """Return those of `options` that no other product may have: of a product that TMON has, or may have or get yet."""
    rows = list(options)
    keys = {row.product_key for row in rows}
    listed = {
        one.number_key
        for one in await by_keys(session, store, ListedProduct, "number_key", keys)
        if one.deal_no is not None
    }
    listed |= {change.product_key for change in await open_changes(session, store, keys)}
    return [row for row in rows if row.product_key in listed]


async def by_keys(session: AsyncSession, store: OfStore, table: Any, column: str, keys: Iterable[Any]) -> list[Any]:
    """Return the rows of a store whose column has one of many values."""
    wanted, rows = sorted(keys), list[Any]()
    for start in range(0, len(wanted), _CHUNK):
        rows += await session.scalars(
            select(table).where(*scope(table, store), getattr(table, column).in_(wanted[start : start + _CHUNK]))
        )
    return rows


async def _links(session: AsyncSession, store: OfStore, option_nos: Iterable[int]) -> dict[int, str]:
    """Return the codes of the SKUs that options are linked to, by TMON's number of the option."""
    numbers, found = sorted(option_nos), dict[int, str]()
    for start in range(0, len(numbers), _CHUNK):
        rows = await session.execute(
            select(col(OptionLink.option_no), col(Sku.code))
            .join(Sku, same_key(Sku, OptionLink) & (col(Sku.id) == col(OptionLink.sku_id)))
            .where(*scope(OptionLink, store), col(OptionLink.option_no).in_(numbers[start : start + _CHUNK]))
        )
        found |= dict(rows.all())
    return found


async def _templates(session: AsyncSession, store: OfStore) -> dict[int, ProductType | None]:
    rows = await session.execute(
        select(col(DeliveryTemplate.no), col(DeliveryTemplate.policy)).where(
            *scope(DeliveryTemplate, store),
            col(DeliveryTemplate.no).is_not(None),
            col(DeliveryTemplate.state) == WriteState.DONE,
        )
    )
    kinds: dict[int, ProductType | None] = {}
    for number, policy in rows:
        kind = ProductType((policy or {}).get("product_type", ProductType.UNKNOWN))
        kinds[number] = None if kind is ProductType.UNKNOWN else kind
    return kinds


async def _stored(
    session: AsyncSession, store: Store, deal_nos: Sequence[int], carriers: Sequence[Carrier], now: datetime
) -> dict[int, RemoteDeal]:
    """Return the deals that were read at TMON a moment ago."""
    deleted = {row.deal_no for row in await by_keys(session, store, Deal, "deal_no", deal_nos) if row.deleted_at}
    documents = [
        row
        for row in await by_keys(session, store, DealDocument, "deal_no", set(deal_nos) - deleted)
        if not over(row.read_at, now, FRESH)
    ]
    options: defaultdict[int, list[DealOption]] = defaultdict(list)
    for option in await by_keys(session, store, DealOption, "deal_no", [row.deal_no for row in documents]):
        options[option.deal_no].append(option)
    return {row.deal_no: stored_remote(row, options[row.deal_no], carriers) for row in documents}
