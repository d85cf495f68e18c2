"""Two processes on one database carry out a vacation as one would."""

import asyncio

import pytest
from sqlalchemy import select

from bot.playground.tmon import LoggedCall
from bot.playground.tmon.call_log import CallPhase
from tests.flows.calendar.test_vacations import DELAY, JOB, PAUSE, RESUME, begin, calls, deals, shop, waiting, work
from tests.flows.cards import posted
from tests.flows.leases import LOSSES, Loss
from tests.flows.stock.shop import Shop, change
from tests.flows.world import at
from tmon.models.calendar import Vacation
from tmon.vacation.service import VacationService

pytestmark = pytest.mark.embedded

__all__ = ["shop"]


async def vacations(shop: Shop) -> list[Vacation]:
    """The vacations of the store."""
    async with shop.world.db.read() as session:
        return list(await session.scalars(select(Vacation)))


async def test_each_deal_is_paused_and_each_notice_sent_once(shop: Shop) -> None:
    await waiting(shop)
    await begin(shop)
    other = await shop.world.second()
    await asyncio.gather(shop.world.run_job(JOB), other.run_job(JOB))
    await work(shop)
    assert (calls(shop, PAUSE), calls(shop, DELAY)) == (2, 1)
    (vacation,) = await vacations(shop)
    await other.bot.services[VacationService].end(shop.person, shop.store.id, vacation.id)
    await asyncio.gather(shop.world.run_job(JOB), other.run_job(JOB))
    await work(shop)
    assert calls(shop, RESUME) == 2
    assert [deal.paused for deal in deals(shop)] == [False, False, True]


@pytest.mark.parametrize("phase", CallPhase)
async def test_while_one_waits_for_tmon_the_other_takes_no_step(shop: Shop, phase: CallPhase) -> None:
    await begin(shop)
    other = await shop.world.second()
    looked: list[int] = []

    async def meanwhile(call: LoggedCall, when: CallPhase) -> None:
        if call.name == PAUSE and when is phase:
            before = len(shop.world.tmon.calls)
            await other.run_job(JOB)
            looked.append(len(shop.world.tmon.calls) - before)

    shop.world.tmon.on_call = meanwhile
    await work(shop)
    assert looked == [0, 0]
    assert calls(shop, PAUSE) == 2


@pytest.mark.parametrize("lose", LOSSES)
async def test_one_that_was_frozen_takes_no_step_after_another_has_taken_over(shop: Shop, lose: Loss) -> None:
    await begin(shop)
    other = await shop.world.second()
    paused: list[int] = []

    async def frozen(call: LoggedCall, when: CallPhase) -> None:
        if call.name == "deals.get":
            shop.world.tmon.on_call = None
            await lose(shop.world)
            await other.run_job(JOB)
            paused.append(calls(shop, PAUSE))

    shop.world.tmon.on_call = frozen
    await work(shop)
    assert (paused, calls(shop, PAUSE)) == ([2], 2)


async def test_silence_that_one_has_met_the_other_heeds(shop: Shop) -> None:
    await begin(shop)
    other = await shop.world.second()
    shop.world.tmon.faults.mode = "down"
    await work(shop)
    asked = len(shop.world.tmon.calls)
    await other.run_job(JOB)
    assert len(shop.world.tmon.calls) == asked
    await shop.world.restart()
    await work(shop)
    assert len(shop.world.tmon.calls) == asked, "and so does the next one"


async def test_switch_that_blocks_it_is_shown_and_not_drawn_again_by_another(shop: Shop) -> None:
    await begin(shop)
    other = await shop.world.second()
    await change(shop, product_on=False)
    await work(shop)
    assert len(await posted(shop.world, f"vacation/{shop.store.id}/")) == 1
    edits = len(shop.world.slack.calls_of("chat.update"))
    for one in (other, shop.world):
        await one.run_job(JOB)
    await work(shop)
    assert len(shop.world.slack.calls_of("chat.update")) == edits


async def test_people_are_reminded_once_that_it_is_over(shop: Shop) -> None:
    await begin(shop)
    other = await shop.world.second()
    await work(shop)
    shop.world.clock.set(at(9, day=17))
    await asyncio.gather(shop.world.run_job(JOB), other.run_job(JOB))
    await work(shop)
    assert len(await posted(shop.world, f"vacation_over/{shop.store.id}/")) == 1
