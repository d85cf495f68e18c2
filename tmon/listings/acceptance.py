"""What accepting a list writes: the numbers that it gives, and a change of each product, in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tmon.ids import new_id
from tmon.listings.documents import Judged, Kind, Wanted, WantedOption, wanted_of
from tmon.listings.identity import check_number, number_key, tidied, wire_key
from tmon.listings.queue import clipped, finish, next_seq, open_changes, touched_by
from tmon.listings.standing import by_keys, reserved
from tmon.models.listings import (
    ChangeState,
    ListedOption,
    ListedProduct,
    Origin,
    ProductChange,
    ProductState,
    ProductUpload,
)
from tmon.models.stores import Store
from tmon.spreadsheets.cells import CellProblem


@dataclass
class Accepted:
    """How many changes were accepted."""

    new: int = 0
    changed: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.new + self.changed + self.failed


@dataclass
class _Known:
    """What is there before, by key."""

    products: dict[str, ListedProduct]
    options: dict[str, ListedOption]
    reserved: frozenset[str]
    """Keys of options that their product keeps."""
    open: Mapping[str, Sequence[ProductChange]]
    wires: set[str]
    """Keys at TMON of products."""
    option_wires: set[str]
    """Keys at TMON of options; one may be that of a product, too."""
    rows: dict[type, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """What is inserted, by table."""


async def accept(
    session: AsyncSession, store: Store, upload: ProductUpload, judged: Iterable[Judged], now: datetime
) -> Accepted:
    """Write down what a list wants, with the store locked. A product whose number is taken by now fails alone."""
    deals = [one for one in judged if one.kind is not Kind.WRONG]
    known = await _known(session, store, deals)
    accepted, seq = Accepted(), await next_seq(session, store)
    for one in deals:
        key = number_key(one.deal.number)
        product = known.products.get(key)
        before = known.open.get(key, ())
        wanted = wanted_of(one, touched_by(Wanted.model_validate(row.wanted) for row in before))
        if wanted is None:
            continue
        problem = _take_numbers(known, store, product, key, one, wanted, now)
        known.rows[ProductChange].append(
            {
                "team_id": store.team_id,
                "id": new_id("pc"),
                "store_id": store.id,
                "product_key": key,
                "upload_id": upload.id,
                "line": one.deal.line,
                "user_id": upload.user_id,
                "is_new": wanted.is_new,
                "wanted": {} if problem else wanted.model_dump(mode="json", exclude_none=True),
                "done": [],
                "state": ChangeState.FAILED if problem else ChangeState.WAITING,
                "due_at": now,
                "tries": 0,
                "note": problem.key if problem else None,
                "values": dict(problem.values) if problem else {},
                "summary": clipped(one.changes),
                "seq": seq,
                "created_at": now,
                "ended_at": now if problem else None,
            }
        )
        seq += 1
        if problem:
            accepted.failed += 1
            continue
        accepted.new, accepted.changed = accepted.new + wanted.is_new, accepted.changed + (not wanted.is_new)
        if wanted.is_new:
            for row in before:
                if row.state is ChangeState.WAITING and row.is_new and row.sent_at is None:
                    await finish(session, row, ChangeState.SUPERSEDED, now, note="listings.superseded")
    await session.flush()
    for table in (ListedProduct, ListedOption, ProductChange):
        if rows := known.rows[table]:
            await session.execute(insert(table), rows)
    return accepted


async def _known(session: AsyncSession, store: Store, deals: Sequence[Judged]) -> _Known:
    keys = {number_key(one.deal.number) for one in deals}
    option_keys = {key for one in deals for key in one.options}
    wires = {wire_key(store.id, one.deal.number) for one in deals}
    option_wires = {wire_key(store.id, option.number) for one in deals for option in one.options.values()}
    options = await by_keys(session, store, ListedOption, "number_key", option_keys)
    open_of: defaultdict[str, list[ProductChange]] = defaultdict(list)
    for change in await open_changes(session, store, keys):
        open_of[change.product_key].append(change)
    named = await by_keys(session, store, ListedProduct, "vendor_deal_no", wires)
    named_options = await by_keys(session, store, ListedOption, "vendor_option_no", option_wires)
    return _Known(
        products={row.number_key: row for row in await by_keys(session, store, ListedProduct, "number_key", keys)},
        options={row.number_key: row for row in options},
        reserved=frozenset(row.number_key for row in await reserved(session, store, options)),
        open=open_of,
        wires={row.vendor_deal_no for row in named},
        option_wires={row.vendor_option_no for row in named_options},
    )


def _take_numbers(
    known: _Known,
    store: Store,
    product: ListedProduct | None,
    key: str,
    judged: Judged,
    wanted: Wanted,
    now: datetime,
) -> CellProblem | None:
    """Give a product and its new options their keys. Returns why they cannot have them: then nothing of it is sent."""
    try:
        owners = {
            option_key: known.options[option_key].product_key
            for option_key in wanted.options
            if option_key in known.reserved and known.options[option_key].product_key != key
        }
        if owners:
            raise CellProblem("listings.option_taken", {"deal": next(iter(owners.values()))})
        wire_no = None
        if product is None or (product.vendor_deal_no is None and wanted.is_new):
            wire_no = _wire(known.wires, store, judged.deal.number)
        options = {
            option_key: _option_wire(known, store, option_key, one) for option_key, one in wanted.options.items()
        }
    except CellProblem as problem:
        return problem
    if product is None:
        known.wires.add(str(wire_no))
        known.rows[ListedProduct].append(
            {
                "team_id": store.team_id,
                "store_id": store.id,
                "number_key": key,
                "seller_no": tidied(judged.deal.number),
                "vendor_deal_no": wire_no,
                "origin": Origin.REGISTERED,
                "state": ProductState.PLANNED,
                "kept": {},
                "calls": [],
                "created_at": now,
                "updated_at": now,
            }
        )
    elif wanted.is_new:
        if wire_no is not None:  # it was taken over without a key, and is gone
            product.vendor_deal_no, product.deal_no, product.kept = wire_no, None, {}
        if product.deal_no is None and product.state in (ProductState.FAILED, ProductState.LISTED):
            product.origin, product.state, product.updated_at = Origin.REGISTERED, ProductState.PLANNED, now
    for option_key, wire in options.items():
        _take_option(known, store, key, option_key, wanted.options[option_key], wire, now)
    return None


def _take_option(
    known: _Known, store: Store, key: str, option_key: str, wanted: WantedOption, wire: str | None, now: datetime
) -> None:
    row = known.options.get(option_key)
    if row is None:
        known.option_wires.add(str(wire))
        row = ListedOption(
            team_id=store.team_id,
            store_id=store.id,
            number_key=option_key,
            seller_no=tidied(wanted.number),
            product_key=key,
            vendor_option_no=wire,
            sku_code=wanted.sku_code,
            created_at=now,
        )
        known.rows[ListedOption].append(row.model_dump())
        known.options[option_key] = row
        known.reserved |= {option_key}
        return
    if wire is not None:  # of a deal that was taken over without keys, and is gone
        row.vendor_option_no, row.option_no = wire, None
    if row.product_key != key:  # of a product that TMON does not have
        row.product_key, row.option_no, row.sku_code = key, None, wanted.sku_code
    elif wanted.sku_code is not None:
        row.sku_code = wanted.sku_code
    known.reserved |= {option_key}


def _wire(taken: set[str], store: Store, number: str) -> str:
    """Return the key of a number that is given for the first time. Raises CellProblem."""
    wire = wire_key(store.id, check_number(store.id, number))
    if wire in taken:
        raise CellProblem("listings.number_taken", {"number": tidied(number)})
    return wire


def _option_wire(known: _Known, store: Store, option_key: str, wanted: WantedOption) -> str | None:
    row = known.options.get(option_key)
    if row is None or (wanted.is_new and row.vendor_option_no is None):
        return _wire(known.option_wires, store, wanted.number)
    return None
