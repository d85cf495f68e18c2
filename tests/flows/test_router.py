"""The guard: whatever a listener does, Slack gets its answer in time, and the person a sentence."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from slack_bolt.request.async_request import AsyncBoltRequest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.playground.slack.demo import DANIEL, GENERAL, MINJI, ORDERS
from handlers.request import SlackRequest
from tests.flows.cards import direct, told
from tests.flows.office import Office, form

REFERENCE = re.compile(r"참조 번호 `([0-9a-f]{6})`")


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """What is logged meanwhile."""
    structlog.reset_defaults()
    with capture_logs() as entries:
        yield entries


async def test_a_duplicate_envelope_is_acknowledged_and_nothing_more(office: Office) -> None:
    await office.opened()
    assert (await office.slack.redeliver()).ok
    await office.press("fine")
    assert (await office.slack.redeliver()).ok
    await office.guard.drain()
    assert office.listeners.heard == {"command": 1, "press": 1}


async def test_a_duplicate_submission_gets_the_answer_of_the_first(office: Office) -> None:
    view = await office.opened()
    first = await office.submit(view, "again")
    second = await office.slack.redeliver()
    assert first.ack
    assert second.ack == first.ack
    assert office.listeners.heard["submit"] == 1


async def test_a_press_is_acknowledged_before_its_listener_ends(office: Office) -> None:
    held, end = asyncio.Event(), asyncio.Event()

    async def hold(_: SlackRequest) -> None:
        held.set()
        await end.wait()

    office.guard.action("hold", hold)
    office.guard._envelopes._process.alone = True
    body = {
        "type": "block_actions",
        "user": {"id": MINJI},
        "team": {"id": office.slack.team_id},
        "actions": [{"type": "button", "action_id": "hold#2", "action_ts": "1", "block_id": "b"}],
    }
    answer = await office.guard._app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    assert answer.status == 200
    await asyncio.wait_for(held.wait(), 10)
    end.set()
    await office.guard.drain()


async def test_bolt_looks_through_few_listeners_however_many_there_are(office: Office) -> None:
    for number in range(50):
        office.guard.action(f"one.{number}", office.listeners.press)
    assert len(office.guard._app._async_listeners) < 10
    with pytest.raises(ValueError, match=r"two listeners of the action one\.7"):
        office.guard.action("one.7", office.listeners.press)


async def test_two_presses_are_two(office: Office) -> None:
    for _ in range(2):
        await office.press("fine")
    assert office.listeners.heard["press"] == 2


async def test_a_broken_button_answers_in_time_with_a_reference_that_the_log_knows(
    office: Office, logged: list[EventDict]
) -> None:
    acted = await office.press("raise")
    assert (acted.ok, acted.elapsed < 1) == (True, True)
    [sentence] = told(office, MINJI, ORDERS)
    found = REFERENCE.search(sentence)
    assert found is not None
    [entry] = [entry for entry in logged if entry["log_level"] == "error"]
    assert (entry["reference"], entry["user"]) == (found[1], MINJI)
    assert told(office, DANIEL, ORDERS) == []


async def test_a_broken_command_speaks_the_persons_language(office: Office) -> None:
    acted = await office.slack.slash(DANIEL, ORDERS, "/tmon", "raise")
    await office.guard.drain()
    assert acted.ok
    [sentence] = told(office, DANIEL, ORDERS)
    assert re.search(r"reference `[0-9a-f]{6}`", sentence)


async def test_a_broken_submission_keeps_the_form_and_says_so_below_a_field(office: Office) -> None:
    view = await office.opened()
    acted = await office.submit(view, "raise")
    assert acted.error == "field_errors"
    assert REFERENCE.search(acted.errors["name~1"])
    assert office.modal(MINJI).state["name~1"]["value"]["value"] == "raise"


async def test_whoever_waited_too_long_for_a_modal_is_asked_to_press_once_more(office: Office) -> None:
    async def open_late(request: SlackRequest) -> None:
        office.clock.advance(timedelta(seconds=4))  # the process stood still: Slack's trigger has expired
        await request.show(form("form"))

    office.guard.action("late", open_late)
    assert (await office.press("fine", action="late")).ok
    assert (await office.press("fine", action="late", user=DANIEL)).ok
    assert told(office, MINJI, ORDERS) == ["화면을 여는 데 시간이 지났습니다. 한 번 더 눌러 주세요."]
    assert told(office, DANIEL, ORDERS) == ["It took too long to open this. Please press once more."]
    office.slack.faults.refuse("views.open", "expired_trigger_id")
    await office.slack.slash(MINJI, ORDERS, "/tmon", "form")
    await office.guard.drain()
    assert "명령을 한 번 더" in told(office, MINJI, ORDERS)[-1]


async def test_a_refusal_stands_below_its_field_in_plain_words(office: Office) -> None:
    acted = await office.submit(await office.opened(), "refuse")
    assert acted.errors["name~1"].startswith("'a & b' 스토어를 찾을 수 없습니다.")


async def test_a_failure_after_the_answer_is_told_in_a_direct_message(office: Office) -> None:
    acted = await office.submit(await office.opened(), "late")
    assert acted.ok
    [sentence] = direct(office, MINJI)
    assert REFERENCE.search(sentence)


async def test_a_submission_that_takes_too_long_keeps_the_form(office: Office) -> None:
    view = await office.opened()
    acted = await office.submit(view, "slow")
    assert (acted.error, acted.elapsed < 3) == ("field_errors", True)
    assert "입력한 내용은 그대로" in acted.errors["name~1"]
    assert (office.listeners.heard["submit"], office.listeners.done["submit"]) == (1, 0)
    assert (await office.submit(view, "fine")).ok


async def test_somebody_unknown_yet_and_a_slow_submission_together_are_in_time(office: Office) -> None:
    view = await office.opened()
    office.guard._directory._people.clear()

    async def slowly(call: Any, phase: Any) -> None:
        if call.method == "users.info" and phase.value == "received":
            await asyncio.sleep(1.2)

    office.slack.on_call = slowly
    acted = await office.submit(view, "slow")
    assert (acted.error, acted.elapsed < 3) == ("field_errors", True)


async def test_an_old_button(office: Office) -> None:
    acted = await office.press("fine", action="press_of_long_ago")
    assert acted.ok
    assert "오래된 버튼" in told(office, MINJI, ORDERS)[0]


async def test_an_old_form(office: Office) -> None:
    view = await office.opened("form_of_long_ago")
    acted = await office.submit(view, "fine")
    assert "오래된 버튼" in acted.errors["name~1"]
    assert (await office.slack.close(MINJI, view.id)).ok


async def test_where_the_bot_may_not_speak_it_answers_in_a_direct_message(office: Office) -> None:
    acted = await office.slack.slash(MINJI, GENERAL, "/tmon", "raise")
    await office.guard.drain()
    assert acted.ok
    assert REFERENCE.search(direct(office, MINJI)[0])


async def test_a_sentence_that_cannot_be_told_harms_nothing(office: Office, logged: list[EventDict]) -> None:
    office.slack.faults.refuse("chat.postEphemeral", "internal_error")
    office.slack.faults.drop("chat.postMessage", times=10)
    acted = await office.press("refuse")
    assert acted.ok
    assert "could not tell" in [entry["event"] for entry in logged]
    assert "error" not in {entry["log_level"] for entry in logged}
    await office.press("fine")
    assert office.listeners.heard["press"] == 2
