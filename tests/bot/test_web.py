"""What knocks at `/slack/events`: nothing but Slack gets in, and what is refused is refused at once."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot import web as tested
from bot.manifest import EVENTS
from bot.playground.slack.http_requests import signature
from bot.web import SlackRequests
from tests.clock import MovableClock
from tests.flows.world import until
from tests.playground.slack_workspace import ConnectedWorkspace, open_workspace

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
MAX_BODY = 512_000
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
AT_ONCE = 1.0
"""Seconds; it takes milliseconds, but not always on a busy machine."""


def event(**more: Any) -> bytes:
    body = {"type": "event_callback", "team_id": "T1", "event": {"type": "app_home_opened", "user": "U1"}, **more}
    return json.dumps(body, ensure_ascii=False).encode()


@dataclass
class Door:
    """A served app; what has reached its listeners."""

    port: int
    clock: MovableClock
    reached: list[dict[str, Any]] = field(default_factory=list)

    def headers(
        self, body: bytes, more: Mapping[str, str] = MappingProxyType({}), *, age: float = 0, secret: str = SECRET
    ) -> dict[str, str]:
        """As Slack signs."""
        timestamp = str(int(self.clock().timestamp() - age))
        signed = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature(secret, timestamp, body)}
        return {"Content-Type": JSON, "Content-Length": str(len(body)), **signed, **more}

    async def send(
        self, body: bytes, headers: dict[str, str], *, whole: bool = True, method: str = "POST"
    ) -> tuple[int, bytes, float]:
        """A request as it goes over the wire; status, body and seconds. `whole`: send the body, not only the headers."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        began = time.monotonic()
        lines = [f"{method} {EVENTS} HTTP/1.1", "Host: bot", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + (body if whole else b""))
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            answer = await reader.readexactly(length)
        finally:
            writer.close()
        return int(head.split(b" ", 2)[1]), answer, time.monotonic() - began


@asynccontextmanager
async def opened(slack: ConnectedWorkspace, clock: MovableClock) -> AsyncIterator[Door]:
    client = AsyncWebClient(slack.workspace.bot_token, base_url=slack.server.api_url)
    app = AsyncApp(client=client, request_verification_enabled=False)
    requests = SlackRequests(app, SECRET, MAX_BODY, clock)
    site = web.Application()
    site.add_routes(requests.routes())
    runner = web.AppRunner(site, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    door = Door(runner.addresses[0][1], clock)

    @app.middleware
    async def count(body: dict[str, Any], next_: Any) -> None:
        door.reached.append(body)
        await next_()

    @app.command("/tmon")
    async def command(ack: AsyncAck) -> None:
        await ack(text="받았습니다")

    @app.event("app_home_opened")
    async def event() -> None: ...

    try:
        yield door
    finally:
        await runner.cleanup()


@pytest.fixture
async def door(clock: MovableClock) -> AsyncIterator[Door]:
    async with open_workspace(clock) as slack, opened(slack, clock) as made:
        yield made


def command(text: str) -> bytes:
    return urlencode({"command": "/tmon", "text": text, "team_id": "T1", "user_id": "U1"}).encode()


async def test_what_slack_has_signed_gets_in(door: Door) -> None:
    body = event(name="한빛리빙")
    assert (await door.send(body, door.headers(body)))[0] == 200
    body = command("주문")
    status, answer, _ = await door.send(body, door.headers(body, {"Content-Type": FORM}))
    assert (status, answer.decode()) == (200, "받았습니다")
    assert [one.get("name") or one["text"] for one in door.reached] == ["한빛리빙", "주문"]


@pytest.mark.parametrize("text", ["payload", "orders payload=1", "{}", '{"type": "x"}'])
async def test_a_command_is_read_as_it_was_typed(door: Door, text: str) -> None:
    body = command(text)
    assert (await door.send(body, door.headers(body, {"Content-Type": FORM})))[0] == 200
    assert [one["text"] for one in door.reached] == [text]


async def test_the_url_is_verified_by_the_challenge(door: Door) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"}).encode()
    status, answer, _ = await door.send(body, door.headers(body))
    assert (status, json.loads(answer)) == (200, {"challenge": "3eZbrw1aB"})
    assert (await door.send(body, door.headers(body, secret="wrong")))[0] == 401
    assert door.reached == []


JUNK = [b"", b"{", b"{}", b"payload=%7B", b"\xff\xfe\x00", event(), b"a" * 500_000, b"[" * 100_000]


@pytest.mark.parametrize("content_type", [JSON, FORM, "text/plain", "multipart/form-data; boundary=x", ""])
async def test_junk_is_refused_at_once_and_reaches_nobody(door: Door, content_type: str) -> None:
    for body in JUNK:
        headers = door.headers(body, {"Content-Type": content_type}, secret="somebody else's")
        unsigned = {name: value for name, value in headers.items() if not name.startswith("X-Slack")}
        for sent in (headers, unsigned):
            status, _, seconds = await door.send(body, sent)
            assert (status, seconds < AT_ONCE) == (401, True), body[:20]
    assert door.reached == []


@pytest.mark.parametrize(
    ("content_type", "bodies"),
    [
        (JSON, [b"", b"{", b"[]", b"7", b"[" * 100_000]),
        (FORM, [b"payload=%7B", b"payload=7", b"payload=" + b"[" * 100_000]),
        ("text/plain", [b"{}", event()]),
    ],
)
async def test_signed_junk_is_refused_and_reaches_nobody(door: Door, content_type: str, bodies: list[bytes]) -> None:
    for body in bodies:
        assert (await door.send(body, door.headers(body, {"Content-Type": content_type})))[0] == 400, body[:20]
    assert door.reached == []


@pytest.mark.parametrize(
    ("timestamp", "signed"),
    [
        ("", "v0=" + "a" * 64),
        ("soon", "v0=" + "a" * 64),
        ("-1", "v0=" + "a" * 64),
        ("1e9", "v0=" + "a" * 64),
        ("9" * 5000, "v0=" + "a" * 64),
        ("١٢٣", "v0=" + "a" * 64),
        ("now", ""),
        ("now", "v0="),
        ("now", "v0=서명"),
        ("now", "v1=" + "a" * 64),
    ],
)
async def test_headers_that_make_no_sense_are_refused(door: Door, timestamp: str, signed: str) -> None:
    body = event()
    headers = door.headers(body)
    if timestamp != "now":
        headers["X-Slack-Request-Timestamp"] = timestamp
    headers["X-Slack-Signature"] = signed
    assert (await door.send(body, headers))[0] == 401
    assert door.reached == []


@pytest.mark.parametrize(("age", "status"), [(0, 200), (290, 200), (-290, 200), (400, 401), (-400, 401)])
async def test_a_signature_is_worth_five_minutes(door: Door, age: int, status: int) -> None:
    body = event()
    assert (await door.send(body, door.headers(body, age=age)))[0] == status


async def test_the_bytes_are_signed_not_what_they_mean(door: Door) -> None:
    body = event()
    changed = body.replace(b"U1", b"U2")
    assert (await door.send(changed, door.headers(body)))[0] == 401
    spaced = json.dumps(json.loads(body), indent=1).encode()
    headers = door.headers(body) | {"Content-Length": str(len(spaced))}
    assert (await door.send(spaced, headers))[0] == 401


async def test_what_is_too_long_is_refused_before_it_is_sent(door: Door) -> None:
    body = b"a" * 10_000_000
    status, _, seconds = await door.send(body, door.headers(body), whole=False)
    assert (status, seconds < AT_ONCE) == (413, True)
    status, _, _ = await door.send(b"", door.headers(b"") | {"Content-Length": str(MAX_BODY + 1)}, whole=False)
    assert status == 413
    whole = event(padding="").replace(
        b'"padding": ""', b'"padding": "' + b"a" * (MAX_BODY - len(event(padding=""))) + b'"'
    )
    assert len(whole) == MAX_BODY
    assert (await door.send(whole, door.headers(whole)))[0] == 200


async def test_ten_megabytes_that_are_sent_all_the_same_get_their_answer(door: Door) -> None:
    body = b"a" * 10_000_000
    status, _, seconds = await door.send(body, door.headers(body))
    assert (status, seconds < AT_ONCE) == (413, True)


async def test_a_body_without_a_length_is_refused(door: Door) -> None:
    body = event()
    headers = door.headers(body)
    del headers["Content-Length"]
    assert (await door.send(b"", headers, whole=False))[0] == 411
    chunked = headers | {"Transfer-Encoding": "chunked"}
    assert (await door.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), chunked))[0] == 411
    assert door.reached == []


async def test_a_body_that_says_it_is_compressed_is_not_unpacked(door: Door) -> None:
    bomb = gzip.compress(b"a" * 50_000_000)
    for signed in (bomb, b"a" * 50_000_000):
        headers = door.headers(signed, {"Content-Encoding": "gzip", "Content-Length": str(len(bomb))})
        assert (await door.send(bomb, headers))[0] == 401
    assert door.reached == []


async def test_nobody_waits_for_a_slow_body(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tested, "BODY_SECONDS", 0.2)
    body = event()
    status, _, seconds = await door.send(body[:10], door.headers(body))
    assert (status, seconds < 0.2 + AT_ONCE) == (408, True)


async def test_whoever_hangs_up_within_a_body_is_no_error_of_ours(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    body = event()
    lines = [
        f"POST {EVENTS} HTTP/1.1",
        "Host: bot",
        *(f"{name}: {value}" for name, value in door.headers(body).items()),
    ]
    with capture_logs() as entries:
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body[:10])
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
        await until(lambda: [entry for entry in entries if entry["event"] == "request refused"] or caplog.records)
    assert [record.getMessage() for record in caplog.records] == []
    assert door.reached == []


async def test_bolt_obeys_no_header_of_a_request(door: Door) -> None:
    body = command("help")
    lazy = {"Content-Type": FORM, "X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": "command"}
    status, answer, _ = await door.send(body, door.headers(body, lazy))
    assert (status, answer.decode()) == (200, "받았습니다")


async def test_only_posts_are_served(door: Door) -> None:
    assert (await door.send(b"", door.headers(b""), method="GET"))[0] == 405
