"""Planning of stock pushes from readings: settles earlier pushes, tracks mismatches, and calculates new pushes.

Everything here runs in the caller's transaction; nothing calls TMON.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.ids import new_id
from tmon.models.collection import ORDERS, SyncState
from tmon.models.products import DealOption
from tmon.models.stock import OptionLink, StockMovement
from tmon.models.stores import Store
from tmon.products.repository import deleted_since
from tmon.scope import same_key, scope
from tmon.stock import in_flight
from tmon.stock.allocations import locked_skus
from tmon.stock.in_flight import PushOutcome, StockReading, StockReference
from tmon.stock.notifications import notify_mismatch, notify_shortage

OptionKey = tuple[int, int]
"""Deal and option number."""


class PendingPush(BaseModel):
    """A push about to be sent, stored in `OptionLink.attempt` until its outcome is known."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    target: int
    before: int
    """Stock at TMON before the push."""
    at: datetime
    in_flight: int | None = Field(validation_alias="flying", serialization_alias="flying")
    sold: int
    seen: int | None = None
    seen_at: datetime | None = None
    """Time of the first reading `seen` after the push, if that did not decide the outcome."""


@dataclass(frozen=True)
class Push:
    """Stock to set for one option."""

    option_no: int
    key: str
    target: int


@dataclass(frozen=True)
class _Sums:
    """Units of an option ordered after certain times."""

    after_push: int = 0
    after_watch: tuple[int, int] = (0, 0)
    """With the start of the watch shifted by `SKEW` to earlier and to later."""
    since_attempt: int = 0


async def plan(
    session: AsyncSession, store: Store, deal_no: int, remote: Mapping[int, api.Deal], now: datetime, *, push: bool
) -> list[Push]:
    """Return the pushes for the options of a deal, given the readings of this run.

    With `push` the intent is stored, so that a crash before the answer is detected.
    """
    links = await _links_around(session, store, deal_no)
    skus = await locked_skus(session, store.team_id, store.id, {link.sku_id for link in links})
    sums = await _sums(session, store, links)
    reached = await session.scalar(
        select(col(SyncState.watermark)).where(
            *scope(SyncState, store),
            col(SyncState.kind) == ORDERS,
        )
    )
    options = {(deal.deal_no, option.option_no): option for deal in remote.values() for option in deal.options}
    deleted = await deleted_since(session, store, {link.deal_no for link in links})
    readings: dict[OptionKey, StockReading] = {}
    for link in links:
        key = (link.deal_no, link.option_no)
        deleted_at = deleted.get(link.deal_no)
        if deleted_at is not None and reached is not None and reached >= deleted_at:
            readings[key] = StockReading(0, 0)  # all its sales have been collected
        elif key in options:
            option_state = _OptionState(link, sums.get(key, _Sums()), reached, now)
            readings[key] = await option_state.read(session, store, options[key].stock)
    pushes = []
    for sku in skus.values():
        mine = [link for link in links if link.sku_id == sku.id]
        await notify_shortage(session, store, sku, now)
        row = [readings.get((link.deal_no, link.option_no)) for link in mine]
        for position, link in enumerate(mine):
            if link.deal_no != deal_no or row[position] is None:
                continue
            option = options[(link.deal_no, link.option_no)]
            target = in_flight.target(sku.stock, sku.safety, row, position)
            if target is None or option.vendor_option_no is None:
                continue
            reading = row[position]
            assert reading is not None
            if push:
                pending = PendingPush(
                    target=target, before=option.stock, at=now, in_flight=reading.in_flight, sold=link.sold
                )
                link.attempt = pending.model_dump(mode="json")
            pushes.append(Push(link.option_no, option.vendor_option_no, target))
    return pushes


class _OptionState:
    """State of one option in one run; updates its link from the reading."""

    def __init__(self, link: OptionLink, sums: _Sums, reached: datetime | None, now: datetime) -> None:
        self._link = link
        self._sums = sums
        self._reached = reached
        self._now = now

    async def read(self, session: AsyncSession, store: Store, at_tmon: int) -> StockReading:
        """Interpret a reading; the first one becomes the reference."""
        link = self._link
        if link.last_pushed is None or link.pushed_at is None or link.pushed_at > self._now:  # or the clock was ahead
            link.last_pushed, link.pushed_at, link.in_flight, link.sold_then = at_tmon, self._now, None, link.sold
        if link.attempt is not None and not self._settle(PendingPush.model_validate(link.attempt), at_tmon):
            return StockReading(at_tmon, None, blocked=True)
        assert link.last_pushed is not None
        assert link.pushed_at is not None
        units = in_flight.in_flight(
            StockReference(link.last_pushed, link.pushed_at, link.in_flight, link.sold_then),
            at_tmon,
            sold=link.sold,
            sold_after=self._sums.after_push,
            complete=self._complete(link.pushed_at),
        )
        if units is not None:
            await self._track_mismatch(session, store, units)
        return StockReading(at_tmon, units, blocked=link.mismatch is not None)

    def _settle(self, pending: PendingPush, at_tmon: int) -> bool:
        """Determine the outcome of an unanswered push. Return whether it is settled and the reading can be used."""
        link = self._link
        explained = None
        pending.at = min(pending.at, self._now)
        if pending.seen is None or pending.seen_at is None or pending.seen_at > self._now:
            pending.seen, pending.seen_at = at_tmon, self._now
        elif self._complete(pending.seen_at):
            explained = self._sums.since_attempt
        found = in_flight.push_outcome(pending.target, pending.before, pending.seen, explained)
        if found is PushOutcome.OPEN:
            link.attempt = pending.model_dump(mode="json")
            return False
        if found is PushOutcome.DONE:
            accept_push(link, pending, pending.at)
            # The sums of this run belong to the previous reference; the next run has those of the new one.
            link.attempt = None
            return False
        link.attempt = None
        return True

    async def _track_mismatch(self, session: AsyncSession, store: Store, units: int) -> None:
        link = self._link
        if units == 0:
            link.watch_at = None
            if link.mismatch is not None:
                link.mismatch = None
                await notify_mismatch(session, store, link, self._now)
            return
        if link.mismatch is not None:
            return
        if link.watch_at is not None and link.watch_at <= self._now:
            if self._now < link.watch_at + in_flight.EXPLAIN_WITHIN or not self._complete(
                link.watch_at + in_flight.SKEW
            ):
                return
            rest = in_flight.unexplained(link.watch_units, link.sold - link.watch_sold, self._sums.after_watch)
            if rest != 0:
                link.watch_at, link.mismatch, link.mismatch_id = None, rest, new_id("mm")
                await notify_mismatch(session, store, link, self._now)
                return
        link.watch_at, link.watch_units, link.watch_sold = self._now, units, link.sold

    def _complete(self, moment: datetime) -> bool:
        return self._reached is not None and self._reached >= moment


def accept_push(link: OptionLink, pending: PendingPush, at: datetime) -> None:
    """Make a push that TMON accepted the new reference."""
    link.last_pushed, link.pushed_at = pending.target, at
    link.in_flight, link.sold_then = pending.in_flight, pending.sold
    link.attempt = None
    link.problem = None


async def record_answers(
    session: AsyncSession, store: Store, deal_no: int, answers: Mapping[int, api.OptionResult], now: datetime
) -> list[int]:
    """Store TMON's result for each option. Return the options that are refused now and were not before."""
    refused = []
    for link in await links_of(session, store, col(OptionLink.deal_no) == deal_no):
        answer = answers.get(link.option_no)
        if answer is None or link.attempt is None:
            continue
        pending = PendingPush.model_validate(link.attempt)
        if answer.success:
            accept_push(link, pending, now)
            option = await session.get(DealOption, (store.team_id, store.id, deal_no, link.option_no))
            if option is not None:
                option.stock = pending.target
        else:
            link.attempt = None
            if link.problem is None:
                refused.append(link.option_no)
            link.problem = answer.message or ""
    return refused


async def drop_pending(session: AsyncSession, store: Store, deal_no: int, pushes: Iterable[Push]) -> None:
    """Remove the intents of pushes that were not sent. An earlier push of another option may still be open."""
    numbers = [push.option_no for push in pushes]
    mine = (col(OptionLink.deal_no) == deal_no) & col(OptionLink.option_no).in_(numbers)
    for link in await links_of(session, store, mine):
        link.attempt = None


async def links_of(session: AsyncSession, store: Store, *where: ColumnElement[bool]) -> Sequence[OptionLink]:
    """Return links of a store, row-locked in the common lock order."""
    rows = await session.scalars(
        select(OptionLink)
        .where(*scope(OptionLink, store), *where)
        .order_by(col(OptionLink.deal_no), col(OptionLink.option_no))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def _links_around(session: AsyncSession, store: Store, deal_no: int) -> Sequence[OptionLink]:
    """Return the links of a deal, and those of other deals that sell the same SKUs, row-locked."""
    skus = (
        await session.scalars(  # a separate query, because PostgreSQL without fresh statistics takes seconds to join it
            select(col(OptionLink.sku_id)).where(
                *scope(OptionLink, store),
                col(OptionLink.deal_no) == deal_no,
            )
        )
    )
    return await links_of(session, store, col(OptionLink.sku_id).in_(set(skus)))


async def _sums(session: AsyncSession, store: Store, links: Iterable[OptionLink]) -> dict[OptionKey, _Sums]:
    ordered, units = col(StockMovement.ordered_at), col(StockMovement.quantity)
    mine = scope(StockMovement, store)

    async def ordered_within(link: OptionLink, *when: ColumnElement[bool]) -> int:
        found = await session.scalar(
            select(func.sum(units)).where(
                *mine, col(StockMovement.deal_no) == link.deal_no, col(StockMovement.option_no) == link.option_no, *when
            )
        )
        return int(found or 0)

    rows = await session.execute(
        select(col(StockMovement.deal_no), col(StockMovement.option_no), func.sum(units))
        .join(OptionLink, same_key(OptionLink, StockMovement, "deal_no", "option_no"))
        .where(
            *mine,
            col(StockMovement.deal_no).in_({link.deal_no for link in links}),
            ordered > col(OptionLink.pushed_at),
        )
        .group_by(col(StockMovement.deal_no), col(StockMovement.option_no))
    )
    sums = {(deal_no, option_no): _Sums(after_push=int(taken)) for deal_no, option_no, taken in rows}
    for link in links:
        key = (link.deal_no, link.option_no)
        if link.watch_at is not None:
            early, late = link.watch_at - in_flight.SKEW, link.watch_at + in_flight.SKEW
            after = (await ordered_within(link, ordered > early), await ordered_within(link, ordered > late))
            sums[key] = replace(sums.get(key, _Sums()), after_watch=after)
        pending = None if link.attempt is None else PendingPush.model_validate(link.attempt)
        if pending is not None and pending.seen_at is not None:
            taken = await ordered_within(link, ordered > pending.at, ordered <= pending.seen_at)
            sums[key] = replace(sums.get(key, _Sums()), since_attempt=taken)
    return sums
