"""The morning that the panel plays: everything happens at TMON, and an outage never outlives it."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from bot.playground.page.morning import MORNING, Morning
from bot.playground.tmon import DEMO_PARTNERS, Sandbox, demo_sandbox
from tests.clock import MovableClock

STORE = DEMO_PARTNERS[0].partner_id


@pytest.fixture
def sandbox(clock: MovableClock) -> Sandbox:
    return demo_sandbox(clock)


def test_it_takes_a_minute() -> None:
    waits = [later.after - before.after for before, later in pairwise(MORNING)]
    assert all(wait > 0 for wait in waits)
    assert MORNING[-1].after == 60


async def test_orders_questions_a_cancel_and_an_outage_come_and_go(sandbox: Sandbox) -> None:
    orders, questions, claims = len(sandbox.partners[STORE].orders), len(sandbox.questions), len(sandbox.claims)
    modes: list[str | None] = []
    morning = Morning(sandbox, lambda: modes.append(sandbox.faults.mode), pace=0)
    morning.start(STORE)
    morning.start(STORE)  # a second press does not play it twice
    await morning.end()
    assert len(sandbox.partners[STORE].orders) == orders + 24
    assert len(sandbox.questions) == questions + 2
    assert len(sandbox.claims) == claims + 1
    assert any(inquiry.emergency for inquiry in sandbox.cs_inquiries.values())
    assert "down" in modes
    assert sandbox.faults.mode is None
    assert "끝났습니다" in morning.told


async def test_stopping_ends_the_outage_too(sandbox: Sandbox) -> None:
    reached = asyncio.Event()

    def told() -> None:
        if sandbox.faults.mode == "down":
            reached.set()

    morning = Morning(sandbox, told, pace=0.01)
    morning.start(STORE)
    await asyncio.wait_for(reached.wait(), 10)
    morning.stop()
    await asyncio.sleep(0)
    assert not morning.playing
    assert sandbox.faults.mode is None


async def test_an_outage_that_a_person_chose_stays(sandbox: Sandbox) -> None:
    morning = Morning(sandbox, lambda: None, pace=0.01)
    morning.start(STORE)
    sandbox.faults.mode = "html_503"
    await asyncio.sleep(0.05)
    morning.stop()
    await asyncio.sleep(0)
    assert sandbox.faults.mode == "html_503"
