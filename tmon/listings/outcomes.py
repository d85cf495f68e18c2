"""What is written down when a step of a change has ended, or is in doubt. Runs in the engine's transaction, with the store locked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import DealChanged, OptionResult, Registered, SalesStatus
from tmon.due_times import NOTHING
from tmon.listings.documents import Wanted
from tmon.listings.failures import Failure, failure_of
from tmon.listings.fields import UNMANAGED, O
from tmon.listings.identity import number_key
from tmon.listings.queue import MOST_TRIES, RETRY, acts_after, finish, postpone
from tmon.listings.standing import FRESH, values_of
from tmon.listings.steps import Act, Step, kept_after
from tmon.models.listings import (
    ChangeState,
    ChangeWait,
    DealDocument,
    ListedOption,
    ListedProduct,
    ProductChange,
    ProductState,
)
from tmon.models.products import Deal, DealOption
from tmon.models.stores import Store
from tmon.models.writes import WriteStep
from tmon.products import repository
from tmon.scope import scope
from tmon.writes.remote_write import Outcome, WriteContext

LEFT_AS_IT_WAS = "listings.left_as_it_was"
"""Note of a change that TMON has taken, and left as it was."""
_LOST = Failure("listings.down", wait=ChangeWait.RETRY, pause=NOTHING)
"""A call that never arrived."""


@dataclass(frozen=True)
class Sent:
    """What TMON answered to a step, or has by now."""

    registered: Registered | None = None
    adopted: api.Deal | None = None
    """The deal that an earlier registration of ours made."""
    changed: DealChanged | None = None
    option_nos: Mapping[str, int] | None = None
    display: Mapping[str, OptionResult] | None = None
    found: api.Deal | None = None
    """The deal as it was read when the answer was lost."""


async def take_deal(session: AsyncSession, row: ListedProduct, deal: api.Deal | None, now: datetime) -> None:
    """Take over TMON's numbers of a managed product and its options; None: it is gone, and so are its numbers."""
    options = await _options(session, row)
    if deal is None:
        if row.deal_no is None:
            return
        row.deal_no, row.state, row.kept, row.updated_at = None, ProductState.FAILED, {}, now
        for option in options:
            option.option_no = None
        return
    if row.deal_no != deal.deal_no:
        row.deal_no, row.state, row.updated_at = deal.deal_no, ProductState.LISTED, now
    numbers = {one.vendor_option_no: one.option_no for one in deal.options if one.vendor_option_no is not None}
    _number_options(options, numbers)


async def write_down(
    session: AsyncSession,
    context: WriteContext,
    change: ProductChange,
    row: ListedProduct | None,
    step: Step,
    outcome: Outcome[Sent],
) -> None:
    """Write down how a step stands. `row`: its product, if it is managed."""
    now = context.clock()
    if outcome.state is WriteStep.UNKNOWN:
        change.state = ChangeState.UNKNOWN
        change.note = "listings.in_doubt_off" if outcome.waits_for_switch else "listings.in_doubt"
        if row is not None and step.act is Act.REGISTER:
            row.state, row.updated_at = ProductState.UNKNOWN, now
        return
    await _age_document(session, context.store, change, row, now)
    if outcome.state is WriteStep.DONE:
        failure = await _done(session, context, change, row, step, outcome.value or Sent())
    else:
        failure = _LOST if outcome.error is None else failure_of(outcome.error)
        _not_registered(row, step, outcome, now)
    if failure is None:
        change.done, change.tries = [*change.done, step.act.value], 0
        note, values = change.note, change.values
        postpone(change, now, None)
        change.note, change.values = (note, values) if note == LEFT_AS_IT_WAS else (None, {})
        details: dict[str, Any] = {"prices": _prices(change, step)} if step.options and step.act is Act.CHANGE else {}
        context.audit(session, _AUDITED[step.act], change.product_key, settled=outcome.settled, **details)
        return
    await fail(session, change, failure, now, act=step.act)
    if change.state is ChangeState.FAILED:
        context.audit(session, "product.failed", change.product_key, act=step.act.value, reason=failure.note)


def _prices(change: ProductChange, step: Step) -> dict[str, list[Any]]:
    """Return the old and the new price of each option whose price was sent, as the person who accepted the change saw them."""
    return {
        one["option"]: [one.get("old"), one["new"]]
        for one in change.summary
        if one["field"] == O.PRICE and O.PRICE in step.options.get(number_key(one["option"]), {})
    }


async def fail(
    session: AsyncSession, change: ProductChange, failure: Failure, now: datetime, *, act: Act | None = None
) -> None:
    """End a change as failed, or let it wait until it is tried again. `act`: the step that failed."""
    if failure.wait is not None and change.tries + 1 < MOST_TRIES:
        change.tries += 1
        change.note, change.values, change.detail = failure.note, dict(failure.values), failure.detail
        postpone(change, now, failure.wait if failure.pause else None, failure.pause)
        return
    row = await session.get(ListedProduct, (change.team_id, change.store_id, change.product_key), with_for_update=True)
    if row is not None and row.deal_no is None:
        row.state, row.updated_at = ProductState.FAILED, now
    values: dict[str, Any] = dict(failure.values)
    if act is not None and (left := acts_after(Wanted.model_validate(change.wanted), act)):
        values["left"] = [one.value for one in left]
    await finish(session, change, ChangeState.FAILED, now, note=failure.note, values=values, detail=failure.detail)


async def _done(
    session: AsyncSession,
    context: WriteContext,
    change: ProductChange,
    row: ListedProduct | None,
    step: Step,
    sent: Sent,
) -> Failure | None:
    """Write down what TMON has carried out. Returns why it was not all of it."""
    now, store = context.clock(), context.store
    found = sent.adopted or sent.found
    if found is not None:
        await repository.upsert_deal(session, store, found, now)
        if row is not None:
            await take_deal(session, row, found, now)
    match step.act:
        case Act.REGISTER:
            assert row is not None
            await _registered(session, row, step, sent, now)
        case Act.CHANGE:
            return _changed(change, row, step, sent.changed)
        case Act.ADD:
            if row is not None and sent.option_nos is not None:
                _number_options(await _options(session, row), sent.option_nos)
        case Act.PERIOD:
            if row is not None:
                row.kept = kept_after(values_of(row.kept), step)
        case Act.DISPLAY:
            return await _displayed(session, store, row, step, sent)
        case Act.PAUSE | Act.RESUME:
            status = SalesStatus.PAUSE if step.act is Act.PAUSE else SalesStatus.ON_SALE
            await session.execute(
                update(Deal)
                .where(*scope(Deal, store), col(Deal.deal_no) == _deal_no(change, row))
                # a person did it: neither the stock sync nor a vacation takes it back
                .values(sales_status=str(status), paused_by_us=False, sale_problem=None)
            )
    return None


async def _registered(session: AsyncSession, row: ListedProduct, step: Step, sent: Sent, now: datetime) -> None:
    if sent.registered is not None:
        row.deal_no = sent.registered.deal_no
        _number_options(await _options(session, row), sent.registered.option_nos)
    row.state, row.updated_at = ProductState.LISTED, now
    # an adopted one was registered by an earlier call, which may have said something else
    row.kept = {} if sent.adopted is not None else kept_after({}, step)


def _changed(
    change: ProductChange, row: ListedProduct | None, step: Step, answer: DealChanged | None
) -> Failure | None:
    """Write down what became of the two halves of a change; None: the deal, read afterwards, has all of it."""
    deal, options = (None, None) if answer is None else (answer.deal, answer.options)
    if row is not None and (deal is None or deal.refusal is None):
        row.kept = kept_after(values_of(row.kept), step)
    refusals = [half.refusal for half in (deal, options) if half is not None and half.refusal is not None]
    if refusals:
        failure = failure_of(refusals[0])
        if failure.wait is not None or len(refusals) > 1 or not (step.values and step.options):
            return failure
        note = "listings.options_refused" if deal is not None and deal.refusal is None else "listings.deal_refused"
        return Failure(note, detail=failure.detail)
    halves = [half for half, said in ((deal, step.values), (options, step.options)) if half is not None and said]
    if halves and all(half.skipped for half in halves):
        change.note, change.values = LEFT_AS_IT_WAS, {}
    return None


async def _displayed(
    session: AsyncSession, store: Store, row: ListedProduct | None, step: Step, sent: Sent
) -> Failure | None:
    """Write down which options are shown and hidden by a person, and which TMON refused."""
    if row is None:
        return None
    by_key = {one.number_key: one for one in await _options(session, row)}
    refused = None
    for key, fields in step.options.items():
        option = by_key.get(key)
        if option is None:
            continue
        answer = (sent.display or {}).get(str(option.vendor_option_no))
        if answer is not None and not answer.success:
            refused = answer.message or ""
            continue
        await session.execute(
            update(DealOption)
            .where(
                *scope(DealOption, store),
                col(DealOption.deal_no) == row.deal_no,
                col(DealOption.option_no) == option.option_no,
            )
            .values(display=bool(fields[O.DISPLAY]), hidden_by_us=False, display_problem=None)
        )
    return None if refused is None else Failure("listings.refused", detail=refused or None)


def _not_registered(row: ListedProduct | None, step: Step, outcome: Outcome[Sent], now: datetime) -> None:
    """Write down that a registration came to nothing; the first one, of which TMON said so, leaves no right to adopt."""
    if row is None or step.act is not Act.REGISTER:
        return
    row.state, row.updated_at = (ProductState.PLANNED if outcome.error is None else ProductState.FAILED), now
    if step.first and outcome.error is not None:
        row.intended_at = None


async def _age_document(
    session: AsyncSession, store: Store, change: ProductChange, row: ListedProduct | None, now: datetime
) -> None:
    """Let what was read before a call serve for no judgement any more."""
    await session.execute(
        update(DealDocument)
        .where(*scope(DealDocument, store), col(DealDocument.deal_no) == _deal_no(change, row))
        .values(read_at=now - FRESH - RETRY),
        execution_options={"synchronize_session": False},
    )


def _deal_no(change: ProductChange, row: ListedProduct | None) -> int | None:
    return int(change.product_key.removeprefix(UNMANAGED)) if row is None else row.deal_no


def _number_options(options: Iterable[ListedOption], numbers: Mapping[str, int]) -> None:
    for option in options:
        if option.vendor_option_no is not None and option.vendor_option_no in numbers:
            option.option_no = numbers[option.vendor_option_no]


async def _options(session: AsyncSession, row: ListedProduct) -> list[ListedOption]:
    found = await session.scalars(
        select(ListedOption).where(*scope(ListedOption, row), col(ListedOption.product_key) == row.number_key)
    )
    return list(found)


_AUDITED = {
    Act.REGISTER: "product.register",
    Act.CHANGE: "product.change",
    Act.ADD: "product.add_options",
    Act.PERIOD: "product.period",
    Act.DISPLAY: "product.display",
    Act.PAUSE: "product.pause",
    Act.RESUME: "product.resume",
}
