"""The guard: whatever a listener does, Slack gets its answer in time, and the person a sentence."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.playground.slack.demo import DANIEL, GENERAL, HANEUL, MINJI, ORDERS, OUTSIDER
from bot.playground.slack.model import InteractionResult, Message, View
from bot.services import build_bot
from handlers.permissions import SlackUsers
from handlers.request import SlackRequest
from handlers.router import Router
from tests.clock import MovableClock
from tests.databases import SqliteDatabases
from tests.flows.cards import direct, told
from tests.flows.world import QUICK, Scene, scene_on
from tmon.api import TmonApi
from tmon.errors import AppError

REFERENCE = re.compile(r"참조 번호 `([0-9a-f]{6})`")


@dataclass
class Listeners:
    """What the app of this test listens to; each says how it is meant to misbehave."""

    heard: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)

    async def command(self, request: SlackRequest) -> None:
        """`/tmon <callback id>` opens that form; `/tmon raise` fails."""
        text = str(request.body["text"])
        self.heard["command"] += 1
        if text == "raise":
            raise RuntimeError("the listener is broken")
        await request.client.views_open(trigger_id=request.trigger_id, view=form(text))

    async def press(self, request: SlackRequest) -> None:
        """A button that fails as its value says."""
        self.heard["press"] += 1
        match request.value:
            case "raise":
                raise RuntimeError("the listener is broken")
            case "refuse":
                raise AppError("common.store_gone")

    async def submit(self, request: SlackRequest) -> None:
        """A form that fails as its field says."""
        self.heard["submit"] += 1
        match request.view["state"]["values"]["name~1"]["value"]["value"]:
            case "raise":
                raise RuntimeError("the listener is broken")
            case "refuse":
                raise AppError("common.no_store_named", field="name", name="a & b", names="c")
            case "late":
                await request.ack()
                raise RuntimeError("the listener is broken")
            case "slow":
                await asyncio.sleep(10)
            case "again":
                await request.ack(response_action="update", view=form("other"))
        await request.ack()
        self.done["submit"] += 1


def form(callback_id: str) -> dict[str, Any]:
    """A modal with one field that had to start anew once."""
    name = {"type": "plain_text_input", "action_id": "value"}
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": {"type": "plain_text", "text": "양식"},
        "submit": {"type": "plain_text", "text": "저장"},
        "notify_on_close": True,
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "안내"}},
            {"type": "input", "block_id": "name~1", "label": {"type": "plain_text", "text": "이름"}, "element": name},
        ],
    }


@dataclass
class Office(Scene):
    """An app with a guard and listeners of its own."""

    listeners: Listeners
    guard: Router

    async def press(
        self, value: str, *, user: str = MINJI, action: str = "press", channel: str = ORDERS
    ) -> InteractionResult:
        """Presses a button on a message of the bot."""
        message = self.button(value, action, channel)
        acted = await self.slack.click(user, channel=channel, ts=message.ts, action_id=action)
        await self.guard.drain()
        return acted

    def button(self, value: str, action: str, channel: str) -> Message:
        """A message of the bot with one button."""
        element = {
            "type": "button",
            "action_id": action,
            "value": value,
            "text": {"type": "plain_text", "text": "누르기"},
        }
        blocks = [{"type": "actions", "block_id": "b", "elements": [element]}]
        return self.slack.conversations.add_message(channel, self.slack.bot_user_id, "x", blocks=blocks)

    async def opened(self, callback_id: str = "form", user: str = MINJI) -> View:
        """A form in front of somebody."""
        acted = await self.slack.slash(user, ORDERS, "/tmon", callback_id)
        assert acted.ok
        await self.guard.drain()
        return self.modal(user)

    async def submit(self, view: View, value: str) -> InteractionResult:
        """Types `value` and sends the form."""
        acted = await self.slack.submit(view.user, view.id, {"name~1": value})
        await self.guard.drain()
        return acted


@pytest.fixture
async def office(
    sqlite_databases: SqliteDatabases, tmp_path: Path, encryption_key: str, clock: MovableClock
) -> AsyncIterator[Office]:
    """On one kind of database: the guard asks none."""
    url = await sqlite_databases.create(tmp_path, migrated=True)
    async with scene_on(url, encryption_key, clock) as scene, AsyncExitStack() as stack:
        api = await stack.enter_async_context(TmonApi(scene.settings.tmon_api_url, timeouts=QUICK))
        bot = await build_bot(scene.settings, scene.db, clock, api)
        app = AsyncApp(client=bot.client)
        directory = SlackUsers(bot.client, scene.slack.team_id)
        guard = Router(app, bot.services, directory, team_id=scene.slack.team_id, zone=ZoneInfo("Asia/Seoul"))
        listeners = Listeners()
        guard.command("/tmon", listeners.command)
        guard.action("press", listeners.press)
        guard.submission("form", listeners.submit)
        guard.catch_all()
        handler = AsyncSocketModeHandler(app, scene.slack.app_token, web_client=bot.client)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        stack.push_async_callback(handler.close_async)
        yield Office(**vars(scene), listeners=listeners, guard=guard)


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


@pytest.mark.parametrize("trouble", ["refuse", "break_down", "hang", "drop"])
async def test_slack_does_not_say_who_somebody_is(office: Office, trouble: str) -> None:
    faults = office.slack.faults
    if trouble == "refuse":
        faults.refuse("users.info", "internal_error", times=10)
    else:
        getattr(faults, trouble)("users.info", times=10)
    began = time.monotonic()
    acted = await office.press("fine")
    faults.clear()
    assert (acted.ok, acted.elapsed < 1) == (True, True)
    assert time.monotonic() - began < 3
    assert "Slack 응답이 늦어" in told(office, MINJI, ORDERS)[0]
    assert office.listeners.heard["press"] == 0
    await office.press("fine")
    assert office.listeners.heard["press"] == 1, "a failure is not remembered"


async def test_a_person_is_asked_about_once_for_minutes(office: Office) -> None:
    for _ in range(3):
        await office.press("fine")
    assert len(office.slack.calls_of("users.info")) == 1


@pytest.mark.parametrize("who", [OUTSIDER, HANEUL])
async def test_strangers_and_guests_are_turned_away(office: Office, who: str) -> None:
    acted = await office.press("fine", user=who)
    assert acted.ok
    assert office.listeners.heard["press"] == 0
    assert "쓸 수 없습니다" in told(office, who, ORDERS)[0]


@pytest.mark.parametrize("trait", ["is_bot", "deleted", "is_ultra_restricted"])
async def test_bots_and_those_who_left_are_turned_away(office: Office, trait: str) -> None:
    setattr(office.slack.people[DANIEL], trait, True)
    await office.press("fine", user=DANIEL)
    assert office.listeners.heard["press"] == 0


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
