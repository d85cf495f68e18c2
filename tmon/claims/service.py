"""Claims as cards and lists show them, reading one again, and the audited views of personal data."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api, audit
from tmon.api import ClaimStatus, StoreApi
from tmon.api.windows import split
from tmon.claims.collector import GIVE_UP_AFTER
from tmon.claims.storing import claimant_of, store_claims
from tmon.claims.writes import RULES, ClaimAct
from tmon.codes.reasons import Family
from tmon.codes.service import CodeTables
from tmon.core import Core
from tmon.errors import AppError
from tmon.masking import mask_name, mask_text
from tmon.models.claims import Claim, ClaimantRecord, ClaimEnd, ClaimKind
from tmon.models.orders import Order, OrderDeal
from tmon.models.stores import ApiGroup, Store
from tmon.network import is_this_machine
from tmon.orders.cancels import is_open, open_cancels
from tmon.permissions import Person
from tmon.scope import StoreKey, scope
from tmon.sealing import Sealer
from tmon.stores import switches

_PICTURE_HOSTS = ("tmon.co.kr", "tmon.kr", "ticketmonster.co.kr")
"""Domains of TMON's pictures."""

Goods = tuple[int, int]
"""Deal and option."""


@dataclass(frozen=True)
class ClaimSummary:
    """One claim as a card shows it, with no personal data but masked words."""

    store: Store
    claim: Claim
    order: Order | None
    """None: the bot does not have the order."""
    ordered: Mapping[Goods, int] = field(default_factory=dict)
    """How many pieces were ordered of the options, where the order is known."""
    words: Mapping[int, str] = field(default_factory=dict)
    """What the buyer wrote, masked, by deal."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """What codes of reasons mean."""
    carriers: Mapping[str, str] = field(default_factory=dict)
    """Names of carriers, by code."""
    can_collect: bool = False
    """There is an address to collect from."""
    unknown_acts: frozenset[ClaimAct] = frozenset()
    """Acts for which TMON names no reason: they belong to the partner centre."""


@dataclass(frozen=True)
class BatchSummary:
    """The claims of one message about many new ones."""

    store: Store
    batch_id: str
    new: Mapping[ClaimKind, int]
    """How many of each kind."""
    left: int
    """How many are open."""
    deadline: datetime | None
    """The earliest one of those that are open."""
    auto_refunded: int = 0
    """How many TMON decided by itself."""


@dataclass(frozen=True)
class _Names:
    """What codes of one store mean."""

    meanings: Mapping[str, str]
    carriers: Mapping[str, str]
    unknown: Collection[Family]
    """Families of which TMON names no reason."""


class ClaimService:
    """Queries about claims, and reading one again."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._codes = CodeTables(core)

    async def summary(self, team_id: str, store_id: str, kind: ClaimKind, claim_no: int) -> ClaimSummary:
        """Return one claim. Raises AppError when it does not exist."""
        async with self._db.read() as session:
            store = await _store(session, team_id, store_id)
            claim = await session.get(Claim, (team_id, store_id, kind, claim_no))
            if claim is None:
                raise AppError("claims.gone")
            found = await summarize(session, self._sealer, store, [claim])
        return (await self.with_names(found))[0]

    async def with_names(self, summaries: Sequence[ClaimSummary]) -> list[ClaimSummary]:
        """Add the words for codes of reasons and carriers. They are read once per store, however many claims it has."""
        found: dict[str, list[Claim]] = {}
        for one in summaries:
            found.setdefault(one.store.id, []).append(one.claim)
        stores = {one.store.id: one.store for one in summaries}
        names = {store_id: await self._names(stores[store_id], claims) for store_id, claims in found.items()}
        return [
            replace(
                one,
                meanings=names[one.store.id].meanings,
                carriers=names[one.store.id].carriers,
                unknown_acts=frozenset(
                    act
                    for (kind, act), rules in RULES.items()
                    if kind is one.claim.kind and rules.reasons in names[one.store.id].unknown
                ),
            )
            for one in summaries
        ]

    async def _names(self, store: Store, claims: Sequence[Claim]) -> _Names:
        place = (store.team_id, store.id)
        codes = {deal["reason"] for claim in claims for deal in claim.goods if deal.get("reason")}
        has_parcels = any(one.original_waybill or one.return_waybill or one.redelivery_waybill for one in claims)
        kinds = {claim.kind for claim in claims}
        families = {rules.reasons for (kind, _), rules in RULES.items() if kind in kinds and rules.reasons is not None}
        return _Names(
            meanings=await self._codes.meanings(*place, codes) if codes else {},
            carriers={one.code: one.name for one in await self._codes.carriers(*place)} if has_parcels else {},
            unknown=frozenset([one for one in families if not await self._codes.has_family(*place, one)]),
        )

    async def of_order(self, team_id: str, store_id: str, order_no: int) -> list[Claim]:
        """Return the open cancels of an order, oldest first."""
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Claim)
                .where(*scope(Claim, StoreKey(team_id, store_id)), is_open(), col(Claim.order_no) == order_no)
                .order_by(col(Claim.requested_at), col(Claim.claim_no))
            )
            return list(rows)

    async def batch(self, team_id: str, store_id: str, batch_id: str) -> BatchSummary:
        """Return what the message about many claims says. Raises AppError when the store does not exist."""
        async with self._db.read() as session:
            store = await _store(session, team_id, store_id)
            mine = (*scope(Claim, StoreKey(team_id, store_id)), col(Claim.batch_id) == batch_id)
            rows = await session.execute(select(col(Claim.kind), func.count()).where(*mine).group_by(col(Claim.kind)))
            counts = dict(list(rows))
            left = await session.execute(
                select(func.count(), func.min(Claim.deadline)).where(*mine, col(Claim.ended_at).is_(None))
            )
            count, deadline = left.one()
            late = await session.scalar(
                select(func.count()).select_from(Claim).where(*mine, col(Claim.end) == ClaimEnd.AUTO_REFUNDED)
            )
        new = {kind: counts[kind] for kind in ClaimKind if kind in counts}
        return BatchSummary(store, batch_id, new, count, deadline, late or 0)

    async def refresh(self, team_id: str, store_id: str, kind: ClaimKind, claim_no: int) -> Claim:
        """Read a claim at TMON again and store it. Raises AppError (gone, or switched off) and TmonError."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
            switches.require_on(store, ApiGroup.ORDER)
            if store is None or await session.get(Claim, (team_id, store_id, kind, claim_no)) is None:
                raise AppError("claims.gone")
        asked_at = self._clock()
        remote = await self._core.clients.for_store(store).claims.get(kind, claim_no)
        async with self._db.write() as session:
            store = await session.get_one(Store, (team_id, store_id), with_for_update=True)
            if store.removed_at is None:
                await store_claims(session, self._sealer, store, kind, [remote], asked_at)
            return await session.get_one(Claim, (team_id, store_id, kind, claim_no))

    async def read_open_cancels(self, store: Store, order_nos: Collection[int]) -> set[int]:
        """Ask TMON which of these orders their buyers want to cancel, and store that. Raises TmonError, AppError."""
        now = self._clock()
        async with self._db.read() as session:
            oldest = await session.scalar(
                select(func.min(Order.ordered_at)).where(*scope(Order, _key(store)), col(Order.order_no).in_(order_nos))
            )
        client: StoreApi = self._core.clients.for_store(store)
        found: list[api.Claim] = []
        for start, end in split(max(oldest or now, now - GIVE_UP_AFTER), now):
            for status in (ClaimStatus.C1, ClaimStatus.C2):
                async for page in client.claims.search(ClaimKind.CANCEL, start, end, status):
                    found += [claim for claim in page if claim.order_no in order_nos]
        async with self._db.write() as session:
            current = await session.get_one(Store, (store.team_id, store.id), with_for_update=True)
            if current.removed_at is None:
                await store_claims(session, self._sealer, current, ClaimKind.CANCEL, found, now)
            rows = await session.execute(
                select(col(Claim.claim_no)).where(
                    *scope(Claim, _key(store)), is_open(), col(Claim.order_no).in_(sorted(order_nos))
                )
            )
            gone = {number for (number,) in rows} - {claim.claim_no for claim in found}
        for number in sorted(gone):  # withdrawn or decided since: what is not open any more holds nothing back
            await self.refresh(store.team_id, store.id, ClaimKind.CANCEL, number)
        async with self._db.read() as session:
            return {claim.order_no for claim in found} | await open_cancels(session, _key(store), order_nos)

    async def see_pickup(
        self, person: Person, store_id: str, kind: ClaimKind, claim_no: int
    ) -> tuple[Claim, ClaimantRecord]:
        """Return whom to collect from; the view is audited. The caller checks permissions.

        Raises AppError if there is no such address.
        """
        claim, record = await self._see(person, store_id, kind, claim_no, "claim.see_pickup")
        return claim, record

    async def see_pictures(
        self, person: Person, store_id: str, kind: ClaimKind, claim_no: int
    ) -> tuple[Claim, list[str]]:
        """Return the addresses of the buyer's pictures on TMON's hosts; the view is audited. The caller checks permissions.

        Lists may leave them out (docs/tmon-api.md, ch. 10.4): then the claim is read first. Raises AppError if no personal
        data are left, and TmonError.
        """
        async with self._db.read() as session:
            stored = await session.get(Claim, (person.team_id, store_id, kind, claim_no))
            known = None if stored is None else claimant_of(self._sealer, stored)
        if known is not None and not known.pictures:
            await self.refresh(person.team_id, store_id, kind, claim_no)
        claim, record = await self._see(person, store_id, kind, claim_no, "claim.see_pictures")
        sandbox = bool(self._core.options.examples)
        found = [one for each in record.pictures.values() for one in each if is_picture(one, sandbox=sandbox)]
        return claim, found

    async def _see(
        self, person: Person, store_id: str, kind: ClaimKind, claim_no: int, action: str
    ) -> tuple[Claim, ClaimantRecord]:
        async with self._db.write() as session:
            claim = await session.get(Claim, (person.team_id, store_id, kind, claim_no))
            if claim is None:
                raise AppError("claims.gone")
            record = claimant_of(self._sealer, claim)
            if record is None:
                raise AppError("claims.no_personal_data")
            audit.record(
                session,
                StoreKey(person.team_id, store_id),
                person.user_id,
                action,
                self._clock(),
                subject=claim_no,
                kind=kind.value,
            )
            return claim, record


def is_picture(address: str, *, sandbox: bool = False) -> bool:
    """Return whether an address is http(s) and on one of TMON's hosts: whoever wrote the claim may have sent any.

    `sandbox`: the pictures of the sandbox are on this machine.
    """
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower().rstrip("."), parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or parts.username or parts.password or not host:
        return False
    if any(letter.isspace() or ord(letter) < 33 for letter in address) or "\\" in address:
        return False
    if sandbox and is_this_machine(host):
        return True
    return port in (None, 80, 443) and any(host == one or host.endswith(f".{one}") for one in _PICTURE_HOSTS)


async def summarize(session: AsyncSession, sealer: Sealer, store: Store, claims: Sequence[Claim]) -> list[ClaimSummary]:
    """Return the summaries of loaded claims of one store, without the words for codes."""
    numbers = {claim.order_no for claim in claims}
    orders = {
        order.order_no: order
        for order in await session.scalars(
            select(Order).where(*scope(Order, _key(store)), col(Order.order_no).in_(numbers))
        )
    }
    ordered: dict[int, dict[Goods, int]] = {}
    for deal in await session.scalars(
        select(OrderDeal).where(*scope(OrderDeal, _key(store)), col(OrderDeal.order_no).in_(numbers))
    ):
        known = ordered.setdefault(deal.order_no, {})
        known.update({(deal.deal_no, option["no"]): option["ordered"] for option in deal.options})
    found = []
    for claim in claims:
        record = claimant_of(sealer, claim)
        words = {} if record is None else {int(deal): _masked(record, text) for deal, text in record.reasons.items()}
        found.append(
            ClaimSummary(
                store=store,
                claim=claim,
                order=orders.get(claim.order_no),
                ordered=ordered.get(claim.order_no, {}),
                words=words,
                can_collect=record is not None and has_address(record),
            )
        )
    return found


def has_address(record: ClaimantRecord) -> bool:
    """Return whether there is anybody or anything to collect from."""
    return any((record.pickup_name, record.pickup_mobile, record.pickup_address, record.pickup_street_address))


def _masked(record: ClaimantRecord, text: str) -> str:
    for name in (record.user_name, record.pickup_name):
        if name and len(name) > 1:
            text = text.replace(name, mask_name(name))
    return mask_text(text)


def _key(store: Store) -> StoreKey:
    return StoreKey(store.team_id, store.id)


async def _store(session: AsyncSession, team_id: str, store_id: str) -> Store:
    store = await session.get(Store, (team_id, store_id))
    if store is None:
        raise AppError("common.store_gone")
    return store
