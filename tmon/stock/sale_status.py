"""Display and sale status by SKU: what to turn off and on at TMON, and the record of what we turned off.

Options whose SKU is 판매중지 are hidden. If that applies to all options of a deal, the deal is paused instead, because the
display of a deal's only option cannot be set (docs/tmon-api.md, ch. 8.6). Only what we turned off is turned on again: it is
recorded before the call is sent, and cleared when TMON shows it as on, so that a crash in between does not falsify it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import SalesStatus
from tmon.api.endpoints import DEAL_DISPLAY, DEAL_PAUSE, DEAL_RESUME
from tmon.calendar.vacations import on_vacation
from tmon.due_times import is_over
from tmon.models.products import Deal, DealOption
from tmon.models.stock import CallNotOffered, OptionLink, Sku
from tmon.models.stores import Store
from tmon.scope import same_key, scope
from tmon.stock.notifications import RefusedPush, notify_not_offered, notify_refused

NOT_OFFERED_PAUSE = timedelta(days=1)
"""Delay before a call that TMON does not offer is tried again."""

_OPEN = (SalesStatus.ON_SALE, SalesStatus.PAUSE)
"""Deals that are ended or scheduled are not changed."""


@dataclass(frozen=True)
class SaleStatusChange:
    """What to turn off and on in one deal; options by number."""

    hide: frozenset[int] = frozenset()
    pause: bool = False
    show: frozenset[int] = frozenset()
    resume: bool = False

    @property
    def turns_off(self) -> bool:
        """Whether anything has to be turned off."""
        return bool(self.hide) or self.pause

    @property
    def any(self) -> bool:
        """Whether anything has to be changed."""
        return self.turns_off or bool(self.show) or self.resume


def change(
    deal: api.Deal, selling: Mapping[int, bool], *, hidden_by_us: Collection[int], paused_by_us: bool
) -> SaleStatusChange:
    """Return the change that a deal needs, as just read. `selling`: whether the SKU of each mapped option is 판매중."""
    if deal.sales_status not in _OPEN:
        return SaleStatusChange()
    paused = deal.sales_status is SalesStatus.PAUSE
    if deal.options and all(selling.get(option.option_no) is False for option in deal.options):
        return SaleStatusChange(pause=not paused)
    return SaleStatusChange(
        hide=frozenset(
            option.option_no
            for option in deal.options
            if option.display and option.vendor_option_no and selling.get(option.option_no) is False
        ),
        show=frozenset(
            option.option_no
            for option in deal.options
            if not option.display
            and option.vendor_option_no
            and selling.get(option.option_no)
            and option.option_no in hidden_by_us
            and len(deal.options) > 1
        ),
        resume=paused and paused_by_us and any(selling.get(option.option_no) for option in deal.options),
    )


async def desired_change(
    session: AsyncSession, store: Store, deal: api.Deal, now: datetime, *, intend: bool = False
) -> SaleStatusChange:
    """Return the change needed by a deal that was just read and stored. Clears our marks of what TMON shows as on.

    With `intend`, what has to be turned off now is recorded as turned off by us.
    """
    row, options = await _rows(session, store, deal.deal_no)
    option_nos = {option.option_no for option in deal.options}
    for option in deal.options:
        if option.display:
            options[option.option_no].hidden_by_us = False
    if deal.sales_status is SalesStatus.ON_SALE:
        row.paused_by_us = False
    needed = change(
        deal,
        await _selling(session, store, deal.deal_no),
        hidden_by_us={no for no in option_nos if options[no].hidden_by_us},
        paused_by_us=row.paused_by_us,
    )
    if not (needed.pause or needed.resume):
        row.sale_problem = None
    for no in option_nos - needed.hide - needed.show:
        options[no].display_problem = None
    if needed.resume and await on_vacation(session, store):
        needed = replace(needed, resume=False)
    needed = await _offered(session, store, needed, now)
    if intend:
        if needed.pause:
            row.paused_by_us = True
        for no in needed.hide:
            options[no].hidden_by_us = True
    return needed


async def is_stopped(session: AsyncSession, store: Store, deal: api.Deal) -> bool:
    """Return whether every option of a deal is mapped to a SKU that is 판매중지: the stock sync keeps it paused."""
    selling = await _selling(session, store, deal.deal_no)
    return bool(deal.options) and all(selling.get(option.option_no) is False for option in deal.options)


async def record_display(
    session: AsyncSession,
    store: Store,
    deal_no: int,
    answers: Mapping[int, api.OptionResult],
    now: datetime,
    *,
    shown: bool,
) -> int:
    """Store TMON's result for each option that was to be shown or hidden. Return how many it refused."""
    _, options = await _rows(session, store, deal_no)
    await _is_offered(session, store, DEAL_DISPLAY.name)
    refused, new = 0, []
    for no, answer in sorted(answers.items()):
        option = options[no]
        if answer.success:
            option.display, option.hidden_by_us, option.display_problem = shown, not shown, None
            continue
        refused += 1
        if option.display_problem is None:
            new.append(no)
        option.display_problem = answer.message or ""
        option.hidden_by_us = (
            shown  # an option that could not be hidden is not hidden by us; one that could not be shown still is
        )
    if new:
        await notify_refused(session, store, deal_no, new, RefusedPush.DISPLAY, now)
    return refused


async def record_sale(
    session: AsyncSession, store: Store, deal_no: int, now: datetime, *, on_sale: bool, refusal: str | None = None
) -> None:
    """Store that a deal was resumed or paused, or TMON's error message if it refused."""
    row, _ = await _rows(session, store, deal_no)
    await _is_offered(session, store, (DEAL_RESUME if on_sale else DEAL_PAUSE).name)
    if refusal is None:
        row.sales_status = str(SalesStatus.ON_SALE if on_sale else SalesStatus.PAUSE)
        row.paused_by_us, row.sale_problem = not on_sale, None
        return
    if row.sale_problem is None:
        await notify_refused(session, store, deal_no, [], RefusedPush.SALE, now)
    row.sale_problem = refusal
    row.paused_by_us = on_sale


async def drop_intent(session: AsyncSession, store: Store, deal_no: int, needed: SaleStatusChange) -> None:
    """Clear the record of what was about to be turned off, because nothing was sent."""
    row, options = await _rows(session, store, deal_no)
    if needed.pause:
        row.paused_by_us = False
    for no in needed.hide:
        options[no].hidden_by_us = False


async def note_not_offered(session: AsyncSession, store: Store, call: str, now: datetime) -> None:
    """Record that TMON does not offer a call: notify once, and try again after a day."""
    await session.merge(CallNotOffered(team_id=store.team_id, store_id=store.id, call=call, at=now))
    await notify_not_offered(session, store, call, now)


async def _is_offered(session: AsyncSession, store: Store, call: str) -> None:
    await session.execute(
        delete(CallNotOffered).where(
            *scope(CallNotOffered, store),
            col(CallNotOffered.call) == call,
        )
    )


async def _offered(session: AsyncSession, store: Store, needed: SaleStatusChange, now: datetime) -> SaleStatusChange:
    """Return `needed` without the parts whose call TMON does not offer."""
    if not needed.any:
        return needed
    missing = set(
        await session.scalars(
            select(col(CallNotOffered.call)).where(
                *scope(CallNotOffered, store),
                ~is_over(col(CallNotOffered.at), now, NOT_OFFERED_PAUSE),
            )
        )
    )
    display = DEAL_DISPLAY.name not in missing
    return SaleStatusChange(
        hide=needed.hide if display else frozenset(),
        pause=needed.pause and DEAL_PAUSE.name not in missing,
        show=needed.show if display else frozenset(),
        resume=needed.resume and DEAL_RESUME.name not in missing,
    )


async def _selling(session: AsyncSession, store: Store, deal_no: int) -> dict[int, bool]:
    """Return the mapped options of a deal, and whether their SKU is sold."""
    rows = await session.execute(
        select(col(OptionLink.option_no), col(Sku.selling))
        .join(Sku, same_key(Sku, OptionLink) & (col(Sku.id) == col(OptionLink.sku_id)))
        .where(
            *scope(OptionLink, store),
            col(OptionLink.deal_no) == deal_no,
        )
    )
    return dict(rows.all())


async def _rows(session: AsyncSession, store: Store, deal_no: int) -> tuple[Deal, dict[int, DealOption]]:
    """Return a deal and its options; the deal is row-locked."""
    deal = await session.get_one(Deal, (store.team_id, store.id, deal_no), with_for_update=True, populate_existing=True)
    options = await session.scalars(
        select(DealOption)
        .where(
            *scope(DealOption, store),
            col(DealOption.deal_no) == deal_no,
        )
        .execution_options(populate_existing=True)
    )
    return deal, {option.option_no: option for option in options}
