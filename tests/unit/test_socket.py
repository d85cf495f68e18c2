"""The socket against the playground's Slack: heard, deaf, found again, let go."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot import socket as sockets
from bot.playground.slack.socket_mode import Delivery
from bot.socket import Socket, listening
from tests.clock import MovableClock
from tests.playground.slack_office import Office, open_office


class Seconds:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def office(clock: MovableClock) -> AsyncIterator[Office]:
    async with open_office(clock) as office:
        yield office


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def socket(office: Office, seconds: Seconds) -> AsyncIterator[Socket]:
    socket = Socket(office.app, office.workspace.app_token, seconds)
    await socket.connect()
    await office.workspace.wait_until(lambda: office.workspace.connected)
    yield socket
    await socket.close()


async def say(office: Office) -> Delivery:
    return await office.workspace.sockets.send("slash_commands", {"command": "/tmon", "text": ""})


async def test_what_slack_says_ends_the_silence(office: Office, socket: Socket, seconds: Seconds) -> None:
    office.workspace.sockets.ack_seconds = 0.2
    seconds.now += 100
    assert socket.deaf_seconds() == 100
    await say(office)
    assert socket.deaf_seconds() == 0


async def test_an_answered_ping_ends_the_silence(
    office: Office, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "PING_SECONDS", 0.05)
    socket = Socket(office.app, office.workspace.app_token, seconds)
    await socket.connect()
    seconds.now += 100
    for _ in range(500):
        if socket.deaf_seconds() == 0:
            break
        await asyncio.sleep(0.01)
    else:
        pytest.fail("no answer to a ping was heard")
    await socket.close()


async def test_a_lost_connection_is_found_again(office: Office, socket: Socket) -> None:
    await office.workspace.sockets.cut()
    await office.workspace.wait_until(lambda: not office.workspace.connected)
    await socket.reconnect()
    await office.workspace.wait_until(lambda: office.workspace.connected)


async def test_a_reconnect_that_fails_is_no_error(office: Office, socket: Socket) -> None:
    await office.server.stop()
    await socket.reconnect()


async def test_nobody_lets_us_in(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "CONNECT_SECONDS", 0.2)
    await office.server.stop()
    with pytest.raises(TimeoutError):
        async with listening(office.app, office.workspace.app_token):
            pass


async def test_a_socket_that_is_let_go_takes_nothing_more(office: Office, socket: Socket) -> None:
    taken: list[str] = []

    @office.app.command("/tmon")
    async def listener(ack: object, command: dict[str, str]) -> None:
        taken.append(command["command"])

    office.workspace.sockets.ack_seconds = 0.2
    await say(office)
    socket.stop_listening()
    assert (await say(office)).error == "timeout"
    assert taken == ["/tmon"]
