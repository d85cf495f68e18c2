"""The socket against the playground's Slack: heard, deaf, found again, let go."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot import socket_mode as sockets
from bot.playground.slack.socket_mode import Delivery
from bot.socket_mode import SlackSocket, listening
from tests.clock import MovableClock
from tests.playground.slack_workspace import ConnectedWorkspace, open_workspace


class Seconds:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def slack(clock: MovableClock) -> AsyncIterator[ConnectedWorkspace]:
    async with open_workspace(clock) as slack:
        yield slack


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def socket(slack: ConnectedWorkspace, seconds: Seconds) -> AsyncIterator[SlackSocket]:
    socket = SlackSocket(slack.app, slack.workspace.app_token, seconds)
    await socket.connect()
    await slack.workspace.wait_until(lambda: slack.workspace.connected)
    yield socket
    await socket.close()


async def say(slack: ConnectedWorkspace) -> Delivery:
    return await slack.workspace.sockets.send("slash_commands", {"command": "/tmon", "text": ""})


async def test_what_slack_says_ends_the_silence(
    slack: ConnectedWorkspace, socket: SlackSocket, seconds: Seconds
) -> None:
    slack.workspace.sockets.ack_seconds = 0.2
    seconds.now += 100
    assert socket.silent_seconds() == 100
    await say(slack)
    assert socket.silent_seconds() == 0


async def test_an_answered_ping_ends_the_silence(
    slack: ConnectedWorkspace, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PING_SECONDS", 0.05)
    socket = SlackSocket(slack.app, slack.workspace.app_token, seconds)
    await socket.connect()
    seconds.now += 100
    for _ in range(500):
        if socket.silent_seconds() == 0:
            break
        await asyncio.sleep(0.01)
    else:
        pytest.fail("no answer to a ping was heard")
    await socket.close()


async def test_a_lost_connection_is_found_again(slack: ConnectedWorkspace, socket: SlackSocket) -> None:
    await slack.workspace.sockets.cut()
    await slack.workspace.wait_until(lambda: not slack.workspace.connected)
    await socket.reconnect()
    await slack.workspace.wait_until(lambda: slack.workspace.connected)


async def test_a_reconnect_that_fails_is_no_error(slack: ConnectedWorkspace, socket: SlackSocket) -> None:
    await slack.server.stop()
    await socket.reconnect()


async def test_nobody_lets_us_in(slack: ConnectedWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "CONNECT_SECONDS", 0.2)
    await slack.server.stop()
    with pytest.raises(TimeoutError):
        async with listening(slack.app, slack.workspace.app_token):
            pass


async def test_a_socket_that_is_let_go_takes_nothing_more(slack: ConnectedWorkspace, socket: SlackSocket) -> None:
    taken: list[str] = []

    @slack.app.command("/tmon")
    async def listener(ack: object, command: dict[str, str]) -> None:
        taken.append(command["command"])

    slack.workspace.sockets.ack_seconds = 0.2
    await say(slack)
    socket.stop_listening()
    assert (await say(slack)).error == "timeout"
    assert taken == ["/tmon"]
