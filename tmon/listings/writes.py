"""The calls that carry out a change of a product, as writes to TMON. Two kinds, because each obeys another switch.

A write is one step of a change. What is sent follows from what is wanted and what TMON has right before; `outcomes` writes down
what became of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from pydantic import PrivateAttr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import Rejected, StoreApi
from tmon.errors import AppError, state_key
from tmon.listings.documents import ProductFacts, RemoteDeal, Wanted, remote_of
from tmon.listings.failures import KeyBurnt, NotOurs
from tmon.listings.fields import UNMANAGED, F, O
from tmon.listings.limits import free_at, with_call
from tmon.listings.outcomes import Sent, take_deal, write_down
from tmon.listings.standing import carriers_of, facts_of, policy_whom, values_of
from tmon.listings.steps import COUNTED, Act, Step, arrived, deal_change, new_deal, new_options, next_step
from tmon.listings.stock_start import start_stock
from tmon.models.listings import ChangeState, ListedOption, ListedProduct, Origin, ProductChange, ProductState
from tmon.models.stores import ApiGroup
from tmon.products import repository
from tmon.scope import scope
from tmon.stock.sale_status import is_stopped
from tmon.stores.repository import lock
from tmon.writes.remote_write import Outcome, RemoteWrite, Truth, Verdict, WriteConflict, WriteContext


class NothingLeft(AppError):
    """TMON has what is wanted. `as_it_was`: TMON said that it carried something out, and shows otherwise."""

    def __init__(self, *, as_it_was: bool) -> None:
        super().__init__("nothing left")
        self.as_it_was = as_it_was


class OtherKind(AppError):
    """The next step belongs to the other kind of write."""

    def __init__(self) -> None:
        super().__init__("other kind")


class WaitLimit(AppError):
    """TMON's limit of calls for the deal is reached until `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__("wait for the limit")
        self.until = until


@dataclass(frozen=True)
class _Plan:
    """What is about to be sent, and to which product."""

    product: ProductFacts
    step: Step
    stocks: Mapping[str, int]


class ProductWrite(RemoteWrite[Sent]):
    """One step of a change."""

    busy: ClassVar[str] = "listings.busy"
    acts: ClassVar[frozenset[Act]]

    change: str
    """`ProductChange.id`."""
    product: str
    """`ProductChange.product_key`."""
    _plan: _Plan | None = PrivateAttr(default=None)

    @property
    def subject(self) -> str:
        """The product: one step of it is under way at a time."""
        return self.product

    @property
    def planned(self) -> _Plan:
        """What `precheck` found to be sent."""
        assert self._plan is not None
        return self._plan

    async def precheck(self, context: WriteContext) -> None:
        """Read the deal, and find the next step.

        Raises NothingLeft, OtherKind, and AppError if it cannot be sent.
        """
        async with context.db.read() as session:
            change, product, _ = await self._load(session)
        deal = await _read(context.api, product)
        if deal is not None and product.deal_no is None and product.intended_at is None:
            raise AppError("listings.not_ours")
        now = context.clock()
        async with context.db.write() as session:
            await lock(session, self.team_id, self.store_id)
            if deal is not None:
                await repository.upsert_deal(session, context.store, deal, now)
            elif product.deal_no is not None:
                await repository.mark_deleted(session, context.store, product.deal_no, now)
            row = await session.get(ListedProduct, self._product_key, with_for_update=True)
            if row is not None:
                await take_deal(session, row, deal, now)
        async with context.db.read() as session:
            change, product, kept = await self._load(session)
            carriers = await carriers_of(session, context.store)
            stopped = deal is not None and await is_stopped(session, context.store, deal)
        wanted, remote = Wanted.model_validate(change.wanted), None if deal is None else remote_of(deal, carriers)
        step = _next(wanted, product, remote, kept, change.done)
        if step.act not in self.acts:
            raise OtherKind
        if step.act is Act.REGISTER and context.api.deals.policy_no is None:
            raise AppError(state_key("listing_sheet.no_policy", policy_whom(context.store, context.sealer)))
        if step.act is Act.RESUME and stopped:
            raise AppError("listings.sku_stopped")
        self._plan = _Plan(product, step, {})

    async def intend(self, session: AsyncSession, context: WriteContext) -> None:
        """Write down what leaves, and count it. Raises WaitLimit, and WriteConflict if the change has gone on."""
        now, plan = context.clock(), self.planned
        change = await session.get(ProductChange, (self.team_id, self.change), with_for_update=True)
        if change is None or change.state is not ChangeState.WAITING:
            raise WriteConflict(self.busy)
        step, stocks = await _with_stock(session, context, plan.step)
        row = await session.get(ListedProduct, self._product_key, with_for_update=True)
        if row is not None:
            if step.act in COUNTED:
                if (until := free_at(row.calls, now)) is not None:
                    raise WaitLimit(until)
                row.calls = with_call(row.calls, now)
            if step.act is Act.REGISTER:
                step = step.model_copy(update={"first": row.intended_at is None})
                row.intended_at, row.state = row.intended_at or now, ProductState.SENDING
            row.updated_at = now
        change.state, change.sent, change.sent_at = ChangeState.SENDING, step.model_dump(mode="json"), now
        change.note, change.values, change.detail, change.wait = None, {}, None, None
        self._plan = replace(plan, step=step, stocks=stocks)

    async def send(self, context: WriteContext) -> Sent:
        """Make the call of the step."""
        plan, deals = self.planned, context.api.deals
        product, step = plan.product, plan.step
        deal_no = product.deal_no or 0
        match step.act:
            case Act.REGISTER:
                return await self._register(context.api)
            case Act.CHANGE:
                return Sent(changed=await deals.update(_named(product), deal_change(step, product)))
            case Act.ADD:
                options = new_options(step, product, plan.stocks)
                return Sent(option_nos=await deals.add_options(_named(product), options))
            case Act.PERIOD:
                await deals.set_sales_period(deal_no, step.values[F.END], step.values.get(F.START))
            case Act.DISPLAY:
                shown = {
                    str(product.options[key].vendor_option_no): bool(v[O.DISPLAY]) for key, v in step.options.items()
                }
                return Sent(display=await deals.set_display(deal_no, shown))
            case Act.PAUSE:
                await deals.pause(deal_no)
            case Act.RESUME:
                await deals.resume(deal_no)
        return Sent()

    async def verify(self, context: WriteContext) -> Verdict[Sent]:
        """Read the deal, and compare it with what left."""
        async with context.db.read() as session:
            change = await session.get(ProductChange, (self.team_id, self.change))
            if change is None or change.sent is None:
                return Verdict(Truth.NOT_DONE)
            change, product, _ = await self._load(session)
            carriers = await carriers_of(session, context.store)
        assert change.sent is not None
        deal = await _read(context.api, product)
        remote = None if deal is None else remote_of(deal, carriers)
        return Verdict(arrived(Step.model_validate(change.sent), product, remote), Sent(found=deal))

    async def apply(self, session: AsyncSession, context: WriteContext, outcome: Outcome[Sent]) -> None:
        """Write down how the step ended; the change goes on, or ends."""
        change = await session.get(ProductChange, (self.team_id, self.change), with_for_update=True)
        if change is None or change.sent is None or change.state not in (ChangeState.SENDING, ChangeState.UNKNOWN):
            return  # the store was removed; or it was claimed, and nothing of it began
        row = await session.get(ListedProduct, self._product_key, with_for_update=True)
        await write_down(session, context, change, row, Step.model_validate(change.sent), outcome)

    @property
    def _product_key(self) -> tuple[str, str, str]:
        return self.team_id, self.store_id, self.product

    async def _load(self, session: AsyncSession) -> tuple[ProductChange, ProductFacts, dict[F, Any]]:
        """Return the change, its product, and what is kept of that. Raises AppError."""
        change = await session.get(ProductChange, (self.team_id, self.change))
        if change is None:
            raise AppError("listings.change_gone")
        if self.product.startswith(UNMANAGED):
            return change, _unmanaged(self.product), {}
        row = await session.get(ListedProduct, self._product_key)
        if row is None:
            raise AppError("listings.gone")
        options = await session.scalars(
            select(ListedOption).where(*scope(ListedOption, self), col(ListedOption.product_key) == self.product)
        )
        return change, facts_of(row, options), values_of(row.kept)

    async def _register(self, client: StoreApi) -> Sent:
        """Register the deal, or take over the one that an earlier call of ours has registered."""
        plan = self.planned
        try:
            return Sent(registered=await client.deals.create(new_deal(plan.step, plan.product, plan.stocks)))
        except Rejected as error:
            if not error.deal_exists:
                raise
            if plan.step.first:
                raise NotOurs(error.call, error.message, error.status) from error
            if (deal := await _read(client, plan.product)) is None:
                raise KeyBurnt(error.call, error.message, error.status) from error
            return Sent(adopted=deal)


class WriteListing(ProductWrite):
    """Registers a product, changes it, adds options, sets its sale period."""

    kind: ClassVar[str] = "product.write"
    switch: ClassVar[ApiGroup] = ApiGroup.PRODUCT
    acts: ClassVar[frozenset[Act]] = frozenset({Act.REGISTER, Act.CHANGE, Act.ADD, Act.PERIOD})


class WriteSale(ProductWrite):
    """Shows and hides options, pauses and resumes the sale, because a person wants it."""

    kind: ClassVar[str] = "product.sale"
    switch: ClassVar[ApiGroup] = ApiGroup.STOCK
    acts: ClassVar[frozenset[Act]] = frozenset({Act.DISPLAY, Act.PAUSE, Act.RESUME})


def _unmanaged(key: str) -> ProductFacts:
    """Return a deal that is not managed here, as far as steps need it."""
    return ProductFacts(
        number_key=key,
        seller_no=key,
        vendor_deal_no=None,
        deal_no=int(key.removeprefix(UNMANAGED)),
        origin=Origin.TAKEN_OVER,
        state=ProductState.LISTED,
        intended_at=None,
    )


def _named(product: ProductFacts) -> str | int:
    """Return what names the deal in a change: our key where it has one."""
    name = product.vendor_deal_no or product.deal_no
    assert name is not None
    return name


def _next(
    wanted: Wanted, product: ProductFacts, remote: RemoteDeal | None, kept: Mapping[F, Any], done: list[str]
) -> Step:
    """Return the next step. Raises NothingLeft, and AppError if the deal is gone."""
    try:
        step = next_step(wanted, product, remote, kept, done)
    except ValueError:
        raise AppError("listings.gone") from None
    if step is None:
        raise NothingLeft(as_it_was=next_step(wanted, product, remote, kept, ()) is not None)
    return step


async def _read(client: StoreApi, product: ProductFacts) -> api.Deal | None:
    """Return a deal as it is now; None: TMON has none, or none any more. Raises TmonError."""
    try:
        if product.deal_no is not None:
            return await client.deals.get(product.deal_no)
        if product.vendor_deal_no is None:  # it was taken over without a key, and is gone
            return None
        return await client.deals.by_vendor_no(product.vendor_deal_no)
    except Rejected as error:
        if error.deal_gone:
            return None
        raise


async def _with_stock(session: AsyncSession, context: WriteContext, step: Step) -> tuple[Step, dict[str, int]]:
    """Return a step with what its new options start with, and that by option. Raises AppError if nothing says it."""
    if step.act not in (Act.REGISTER, Act.ADD):
        return step, {}
    stocks: dict[str, int] = {}
    for key, fields in step.options.items():
        stock = await start_stock(session, context.store, fields.get(O.STOCK), fields.get(O.SKU))
        if stock is None:
            raise AppError("listings.no_stock")
        stocks[key] = stock
    options = {key: {**fields, str(O.STOCK): stocks[key]} for key, fields in step.options.items()}
    return step.model_copy(update={"options": options}), stocks
