"""Buyers, TMON, staff, settings and crashes in any order: what must hold, holds.

A state machine of hypothesis chooses what happens. In CI it plays 120 short runs; `MODEL_STEPS=10000 pytest
tests/flows/model -s` plays that many steps in longer ones. The seed is printed; `MODEL_SEED=…` plays the same again.
"""

import asyncio
import os
import secrets
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, cast

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from bot.playground.tmon import (
    buyer_claims,
    carrier_collects,
    carrier_delivers,
    complete_claim,
    reject_claim,
    withdraw_claim,
)
from tests.clock import MovableClock
from tests.databases import SqliteDatabases
from tests.flows.model.play import Play, play_in
from tests.flows.world import world_on
from tests.mortal import silence
from tmon.listings.documents import Sale
from tmon.models.stores import ApiGroup, ConfirmMode

pytestmark = pytest.mark.timeout(0 if "MODEL_STEPS" in os.environ else 900)

EXAMPLES = 120
STEPS = 6
"""Per run in CI: most of what can go wrong needs two or three things that happen one after the other."""
LONG = 40
"""Steps per run by hand."""

LABELS = (
    "발주확인",
    "송장 등록",
    "송장 등록",
    "송장 수정",
    "발송지연 알림",
    "합포장으로 보내기",
    "품절 취소",
    "취소 승인",
    "취소 거부",
    "반품 승인",
    "반품 거부",
    "반송장 등록",
    "교환 보류",
    "보류 해제",
    "재발송 송장 등록",
    "교환 거부",
    "재배송 송장 등록",
    "재배송 거부",
    "다시 확인",
    "클레임 확인 없이 보내기",
)
"""What people carry out from the button to the form: by chance alone they would seldom get there."""

numbers = st.integers(0, 2**32)
"""Seeds of what a person presses and fills in: what there is to press is known only then."""


class Machine(RuleBasedStateMachine):
    """What may happen, one after the other."""

    def __init__(self, play: Play, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        super().__init__()
        self.play, self.run = play, run

    def step(self, name: str, act: Callable[[], Any], *, staff: bool = False) -> None:
        async def acting() -> None:
            done = act()
            if asyncio.iscoroutine(done):
                await done

        self.run(self.play.step(name, acting, staff=staff))

    @initialize(
        number=numbers,
        mode=st.sampled_from((ConfirmMode.MANUAL, ConfirmMode.MANUAL, ConfirmMode.AUTO)),
        stage=st.integers(0, 2),
        kind=st.sampled_from("CRXD"),
    )
    def begin(self, number: int, mode: ConfirmMode, stage: int, kind: Any) -> None:
        """Two orders: new, confirmed, or on their way to a buyer who claims something."""
        self.run(self.play.begin(Random(number), mode))
        for deals in (1, 2):
            self.step("a buyer pays", partial(self.play.buyer_pays, deals))
        self.step("orders are collected", self.play.world.collect)
        for label in ("발주확인", "송장 등록")[: 2 if kind != "C" and stage == 2 else min(stage, 1)]:
            for _ in range(2):
                self.carry_out(number, label)
        if stage == 2:
            if kind != "C":
                self.carriers()
            for order in self.play.orders:
                buyer_claims(self.play.world.tmon, kind, order.order_no)
            self.step("6 minutes pass", partial(self.play.pass_time, timedelta(minutes=6)))

    # Buyers and TMON.

    @rule(deals=st.integers(1, 2))
    def buyer_pays(self, deals: int) -> None:
        if len(self.play.orders) < 5:
            self.step("a buyer pays", lambda: self.play.buyer_pays(deals))

    @rule(kind=st.sampled_from("CCCRXD"))
    def buyer_claims(self, kind: Any) -> None:
        order = self.play.an_order()
        if order is not None:
            self.step(
                f"the buyer of {order.order_no} claims {kind}",
                lambda: buyer_claims(self.play.world.tmon, kind, order.order_no),
            )

    @rule(what=st.sampled_from(("withdraw", "complete", "reject")))
    def claim_ends(self, what: str) -> None:
        sandbox = self.play.world.tmon
        found = [claim for claim in sandbox.claims.values() if claim.open]
        if found:
            claim = self.play.rng.choice(found)
            act = {
                "withdraw": withdraw_claim,
                "complete": complete_claim,
                "reject": reject_claim,
            }
            self.step(f"{what} of claim {claim.claim_no}", lambda: act[what](sandbox, claim.claim_no))

    @rule()
    def carriers(self) -> None:
        sandbox, partner = self.play.world.tmon, self.play.partner.partner_id

        def scan() -> None:
            carrier_delivers(sandbox, partner)
            carrier_collects(sandbox, partner)

        self.step("carriers collect and deliver", scan)

    @rule(what=st.sampled_from(("confirmed", "address", "quantity")))
    def order_changes(self, what: str) -> None:
        sandbox = self.play.world.tmon
        found = [
            order
            for order in self.play.orders
            if all(deal.status == "D1" and not deal.cancelled for deal in order.deals)
        ]
        if what == "quantity":  # nobody knows what that would mean for a claim about the quantity before
            claimed = {claim.order_no for claim in sandbox.claims.values()}
            found = [order for order in found if order.order_no not in claimed]
        if not found:
            return
        number = self.play.rng.choice(found).order_no
        act: dict[str, Callable[[], object]] = {
            "confirmed": lambda: sandbox.move_to(number, "D2"),
            "address": lambda: sandbox.change_address(number),
            "quantity": lambda: sandbox.change_quantity(number),
        }
        self.step(f"{what} of {number} at TMON", act[what])

    @rule(minutes=st.sampled_from((1, 6, 6, 35, 130, 60 * 14, 60 * 30)))
    def time_passes(self, minutes: int) -> None:
        self.step(f"{minutes} minutes pass", lambda: self.play.pass_time(timedelta(minutes=minutes)))

    # People.

    @rule(number=numbers)
    def press_card(self, number: int) -> None:
        self._staff("somebody presses", number, self.play.press_card)

    @rule(number=numbers)
    def press_card_and_go_on(self, number: int) -> None:
        async def both() -> None:
            await self.play.press_card()
            await self.play.settle()
            await self.play.use_view()

        self._staff("somebody presses and goes on", number, both)

    @rule(number=numbers, label=st.sampled_from(LABELS))
    def carry_out(self, number: int, label: str) -> None:
        self._staff(f"somebody wants {label}", number, partial(self.play.carry_out, label))

    @rule(number=numbers, label=st.sampled_from(LABELS))
    def carry_out_something_else(self, number: int, label: str) -> None:
        self.carry_out(number, label)

    @rule(number=numbers)
    def use_view(self, number: int) -> None:
        self._staff("somebody goes on", number, self.play.use_view)

    @rule(number=numbers, text=st.sampled_from(("orders", "claims", "waybills", "collect orders", "collect claims")))
    def command(self, number: int, text: str) -> None:
        async def both() -> None:
            await self.play.command(text)
            await self.play.settle()
            await self.play.use_view()

        self._staff(f"somebody types /tmon {text} and goes on", number, both)

    @rule(number=numbers, sale=st.sampled_from(Sale))
    def change_sale(self, number: int, sale: Sale) -> None:
        self._staff(f"somebody wants to {sale} a sale", number, partial(self.play.change_sale, sale))

    def _staff(self, name: str, number: int, act: Callable[[], Any]) -> None:
        self.play.rng = Random(number)
        self.step(name, act, staff=True)

    # Settings.

    @rule(group=st.sampled_from((None, ApiGroup.ORDER)), on=st.booleans())
    def switch(self, group: ApiGroup | None, on: bool) -> None:
        self.step(f"{group or 'everything'} is turned {'on' if on else 'off'}", lambda: self.play.switch(group, on=on))

    # Faults.

    @rule(events=st.integers(1, 25))
    def crash_soon(self, events: int) -> None:
        self.play.trace.append(f"the process will be killed at its event {events}")
        self.play.life.ends_in(events)

    @rule()
    def restart(self) -> None:
        self.step("the process starts again", self.play.restart)

    @rule(
        mode=st.sampled_from(
            ("error_500_json", "html_503", "empty", "truncated", "throttled", "down", "empty_without_effect")
        ),
        times=st.integers(1, 3),
        writes=st.booleans(),
    )
    def tmon_fails(self, mode: Any, times: int, writes: bool) -> None:
        self.play.trace.append(f"TMON's next {times} {'writes' if writes else 'calls'}: {mode}")
        faults = self.play.world.tmon.faults
        faults.mode, faults.times, faults.only = mode, times, set(self.play.writes) if writes else None

    @rule(after=st.booleans(), method=st.sampled_from(("chat.update", "chat.postMessage", "views.open")))
    def slack_fails(self, after: bool, method: str) -> None:
        self.play.trace.append(f"Slack loses the next answer to {method}")
        self.play.world.slack.faults.drop(method, after_effect=after)

    def teardown(self) -> None:
        self.run(self.play.end())


@pytest.fixture
def silent() -> Iterator[None]:
    with silence():
        yield


@pytest.mark.usefixtures("silent")
def test_whatever_happens_in_whatever_order(
    sqlite_databases: SqliteDatabases, tmp_path: Path, encryption_key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("MODEL_SEED") or secrets.randbelow(2**32))
    wanted = int(os.environ.get("MODEL_STEPS") or 0)
    with capsys.disabled():
        print(f"\nMODEL_SEED={seed}")
    runs = settings(
        max_examples=max(1, wanted // LONG) if wanted else EXAMPLES,
        stateful_step_count=LONG if wanted else STEPS,
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # a run that fails is short, and says what had happened
        suppress_health_check=list(HealthCheck),
    )
    with asyncio.Runner() as runner:
        url = runner.run(sqlite_databases.create(tmp_path, migrated=True))
        clock = MovableClock()
        world_context = world_on(url, encryption_key, clock)
        world = runner.run(world_context.__aenter__())
        try:
            play_context = play_in(world)
            play = runner.run(play_context.__aenter__())
            factory = hypothesis.seed(seed)(lambda: Machine(play, runner.run))
            run_state_machine_as_test(cast(Any, factory), settings=runs)
            with capsys.disabled():
                print(f"{play.steps} steps; at TMON {dict(sorted(play.effects.items()))}")
        finally:
            runner.run(world_context.__aexit__(None, None, None))
