"""Writes that one process is asked for and another one carries out."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.engine.embedded import EmbeddedEngine
from tests.tmon.writes.test_engine import OVER, Engine, Register, Scene, scene  # noqa: F401 - the fixture
from tmon import api
from tmon.api import TmonError
from tmon.claims.writes import ClaimOver
from tmon.clock import KST
from tmon.errors import AppError
from tmon.inquiries.writes import AskedAgain
from tmon.leases import TASK_WAITS
from tmon.models.writes import WriteStep
from tmon.stores.switches import SwitchOff
from tmon.work import Press, Task, pressed
from tmon.writes.handed_over import CARRY_OUT
from tmon.writes.remote_write import Outcome, WriteConflict
from tmon.writes.results import Raised, of_outcome, of_raised, outcome_of


@contextmanager
def pressing(seconds: float = 10) -> Iterator[Press]:
    """A person has pressed something, in a process that others share the work with."""
    press = Press(seconds)
    token = pressed.set(press)
    try:
        yield press
    finally:
        pressed.reset(token)


def two(scene: Scene, *, working: bool = True) -> tuple[Engine, Engine]:  # noqa: F811
    """The process that is asked, and the one that carries out what it hands over, if it is `working`."""
    work, other = EmbeddedEngine(), scene.other_process()

    async def carry_out(_: object, **ids: Any) -> None:
        if working:
            await other.carry_out(**ids)

    work.begin(object(), [Task(CARRY_OUT, carry_out)])  # type: ignore[arg-type]
    return scene.engine(work=work), other


async def test_it_is_stored_with_its_task_before_anything_is_sent_and_sent_by_the_other_process(
    scene: Scene,  # noqa: F811
) -> None:
    asked, _ = two(scene)
    with pressing() as press:
        outcome = await asked.run(scene.write(), "U1")
    assert press.stored.is_set()
    assert outcome.state is WriteStep.DONE
    (row,) = await scene.records()
    assert (row.state, row.handed_over, row.result, row.sealed) == (WriteStep.DONE, True, None, None)
    assert (scene.sent(), scene.there()) == (1, 1)


async def test_what_is_found_before_it_is_sent_is_raised_where_a_person_waits(scene: Scene) -> None:  # noqa: F811
    asked, _ = two(scene)
    with pressing():
        await asked.run(scene.write(), "U1")
        with pytest.raises(AppError, match="address_exists"):
            await asked.run(scene.write(), "U1")
    assert scene.sent() == 1


async def test_why_tmon_did_nothing_is_said_where_a_person_waits(scene: Scene) -> None:  # noqa: F811
    asked, _ = two(scene)
    scene.fail("error_500_json")
    with pressing():
        outcome = await asked.run(scene.write(), "U1")
    assert outcome.state is WriteStep.FAILED
    assert isinstance(outcome.error, api.Rejected)
    assert outcome.error.message
    assert "".join(str(row.result) for row in await scene.records()) == "None", "it stays nowhere"


async def test_nothing_is_stored_for_a_press_that_was_given_up(scene: Scene) -> None:  # noqa: F811
    asked, _ = two(scene)
    with pressing() as press:
        press.begin()
        assert press.give_up()
        with pytest.raises(AppError, match="database_busy"):
            await asked.run(scene.write(), "U1")
    assert await scene.records() == []
    assert not scene.tmon.calls


async def test_a_switch_that_is_off_refuses_before_anything_is_stored(scene: Scene) -> None:  # noqa: F811
    asked, _ = two(scene, working=False)
    await scene.turn(on=False)
    with pressing(), pytest.raises(SwitchOff):
        await asked.run(scene.write(), "U1")
    assert await scene.records() == []


async def test_of_two_tasks_for_one_write_one_carries_it_out(scene: Scene) -> None:  # noqa: F811
    asked, other = two(scene)
    with pressing():
        await asked.run(scene.write(), "U1")
    (row,) = await scene.records()
    await other.carry_out(row.team_id, row.id, "ct_0")
    await asked.carry_out(row.team_id, row.id, str(row.claim_token))
    assert scene.sent() == 1


async def test_one_whose_task_was_lost_is_carried_out_all_the_same(scene: Scene) -> None:  # noqa: F811
    asked, other = two(scene, working=False)
    Register.at.clear()
    with pressing():
        await hand_over(asked, scene)
    await other.settle()
    assert scene.sent() == 0, "its task may still come"
    scene.clock.advance(TASK_WAITS + timedelta(seconds=1))
    await other.settle()
    assert (scene.sent(), (await scene.records())[0].state) == (1, WriteStep.DONE)


async def test_a_process_that_lost_a_write_does_not_say_how_it_ended(scene: Scene) -> None:  # noqa: F811
    work, frozen, third = EmbeddedEngine(), scene.other_process(), scene.engine()
    sending, given_up, released = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def carry_out(_: object, **ids: Any) -> None:
        await frozen.carry_out(**ids)
        given_up.set()

    async def send() -> None:
        sending.set()
        await released.wait()

    async def taken_over() -> None:
        Register.at.clear()
        Register.at["send"] = send
        scene.clock.advance(OVER)
        settling.append(asyncio.create_task(third.settle()))
        await sending.wait()

    settling: list[asyncio.Task[None]] = []
    work.begin(object(), [Task(CARRY_OUT, carry_out)])  # type: ignore[arg-type]
    Register.at["precheck"] = taken_over
    with pressing():
        waiting = asyncio.create_task(scene.engine(work=work).run(scene.write(), "U1"))
    await given_up.wait()
    assert (await scene.records())[0].result is None, "whoever has it now says how it ends"
    released.set()
    outcome = await waiting
    await asyncio.gather(*settling)
    assert (outcome.state, scene.sent()) == (WriteStep.DONE, 1)


SEVERAL = ("서울", "부산", "대구")
"""What one press writes."""


async def test_all_writes_of_a_press_are_stored_before_the_first_is_sent(scene: Scene) -> None:  # noqa: F811
    asked, other = two(scene, working=False)
    with pressing():
        await hand_over(asked, scene, *SEVERAL)
    rows = [row for name in SEVERAL for row in await scene.records(name)]
    assert [(row.state, row.handed_over) for row in rows] == [(WriteStep.PREPARED, True)] * len(SEVERAL)
    (token,) = {str(row.claim_token) for row in rows}
    assert not scene.tmon.calls_of("addresses.create")
    first, *further = [row.id for row in rows]
    for engine in (other, asked):  # its task comes twice
        await engine.carry_out(scene.store.team_id, first, token, further)
    assert [scene.sent(name) for name in SEVERAL] == [1, 1, 1]
    assert [scene.there(name) for name in SEVERAL] == [1, 1, 1]


async def test_of_several_writes_none_is_stored_for_a_press_that_was_given_up(scene: Scene) -> None:  # noqa: F811
    asked, _ = two(scene)
    with pressing() as press:
        press.begin()
        assert press.give_up()
        with pytest.raises(AppError, match="database_busy"):
            await asked.run_all([scene.write(name) for name in SEVERAL], "U1")
    assert [row for name in SEVERAL for row in await scene.records(name)] == []
    assert not scene.tmon.calls


async def test_several_writes_whose_task_was_lost_are_carried_out_all_the_same(scene: Scene) -> None:  # noqa: F811
    asked, other = two(scene, working=False)
    with pressing():
        await hand_over(asked, scene, *SEVERAL)
    scene.clock.advance(TASK_WAITS + timedelta(seconds=1))
    await asyncio.gather(other.settle(), asked.settle())
    assert [scene.sent(name) for name in SEVERAL] == [1, 1, 1]


@pytest.mark.parametrize("is_pressed", [True, False], ids=["shared", "alone"])
async def test_neither_a_refusal_nor_a_doubt_stops_the_other_writes(scene: Scene, is_pressed: bool) -> None:  # noqa: F811
    asked, _ = two(scene)
    await asked.run(scene.write("서울"), "U1")
    with pressing() if is_pressed else nullcontext():
        scene.fail("html_502")
        there, doubtful, done = await asked.run_all([scene.write(name) for name in SEVERAL], "U1")
        assert isinstance(there, AppError)
        assert there.key == "templates.address_exists"
        assert isinstance(doubtful, Outcome)
        assert doubtful.state is WriteStep.UNKNOWN
        assert isinstance(done, Outcome)
        assert done.state is WriteStep.DONE
        open_already, new = await asked.run_all([scene.write("부산"), scene.write("광주")], "U1")
        assert isinstance(open_already, WriteConflict)
        assert isinstance(new, Outcome)
        assert new.state is WriteStep.DONE
    assert [scene.sent(name) for name in (*SEVERAL, "광주")] == [1, 1, 1, 1]


async def test_a_mistake_of_ours_in_one_write_stops_no_other(scene: Scene) -> None:  # noqa: F811
    asked, _ = two(scene)
    moments = iter([ZeroDivisionError])

    async def fail_once() -> None:
        if (error := next(moments, None)) is not None:
            raise error

    Register.at["precheck"] = fail_once
    first, *others = await asked.run_all([scene.write(name) for name in SEVERAL], "U1")
    assert isinstance(first, Outcome)
    assert first.state is WriteStep.FAILED
    assert [one.state for one in others if isinstance(one, Outcome)] == [WriteStep.DONE] * 2
    assert [scene.sent(name) for name in SEVERAL] == [0, 1, 1]


async def test_two_presses_for_the_same_things_send_each_once(scene: Scene) -> None:  # noqa: F811
    asked, _ = two(scene)
    other, _ = two(scene)
    with pressing():
        first = asked.run_all([scene.write(name) for name in SEVERAL], "U1")
        second = other.run_all([scene.write(name) for name in reversed(SEVERAL)], "U2")
        ended = [one for both in await asyncio.gather(first, second) for one in both]
    assert [scene.sent(name) for name in SEVERAL] == [1, 1, 1]
    assert sum(isinstance(one, Outcome) and one.state is WriteStep.DONE for one in ended) == len(SEVERAL)


async def test_what_a_process_that_is_alone_has_stored_is_not_left_behind_while_it_works(
    scene: Scene,  # noqa: F811
) -> None:
    scene.processes[0].alone = True
    asked, other = two(scene, working=False)
    with pressing():
        await hand_over(asked, scene, *SEVERAL)
    await asked.settle()
    assert not scene.tmon.calls_of("addresses.create"), "its task may still come"
    await scene.processes[0].end()
    await other.settle()
    assert [scene.sent(name) for name in SEVERAL] == [1, 1, 1]


async def hand_over(engine: Engine, scene: Scene, *names: str) -> None:  # noqa: F811
    """Asked for, by somebody who does not wait any more."""
    writes = [scene.write(name) for name in names] or [scene.write()]
    waiting = asyncio.create_task(engine.run_all(writes, "U1"))
    press = pressed.get()
    assert press is not None
    await press.stored.wait()
    waiting.cancel()


ERRORS: list[Exception] = [
    AppError(
        "templates.address_exists", field="name", n=3, at=datetime(2026, 3, 10, tzinfo=KST), day=date(2026, 3, 10)
    ),
    WriteConflict("templates.address_being_saved"),
    AskedAgain(7),
    ClaimOver("claims.over", names=["a", "b"], by={"a": 1}),
    api.Rejected("addresses.create", "이미 있는 이름입니다.", 400),
    api.Throttled("addresses.create", None, 429, retry_after=1.5),
    api.NotOffered("addresses.create", None, 404),
    api.UnexpectedResponse("addresses.list", 200, field="no"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_reach_the_other_process_as_they_were(error: AppError | TmonError) -> None:
    left = outcome_of(of_outcome(Outcome(WriteStep.FAILED, False, error)))
    assert left.error is not None
    assert (type(left.error), left.error.args, vars(left.error)) == (type(error), error.args, vars(error))
    assert (left.state, left.value) == (WriteStep.FAILED, False)
    with pytest.raises(Raised) as raised:
        outcome_of(of_raised(error))
    assert vars(raised.value.error) == vars(error)
