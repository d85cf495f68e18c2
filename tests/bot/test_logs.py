"""Planted secrets do not come out of the logs, and ordinary facts do."""

import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import structlog
from cryptography.fernet import Fernet

from bot.logs import MAX_TEXT, REMOVED, configure, redact

KEY = Fernet.generate_key().decode()
SECRETS = [
    "xoxb-123456-abcDEF",
    "xoxe.xoxp-1-abc",
    "xapp-1-A01-99-fff",
    KEY,
    Fernet(KEY).encrypt(b"x").decode(),
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "kim.hayeon@example.co.kr",
    "010-1234-5678",
    "01012345678",
    "+82 10 1234 5678",
    "+82-(0)10-1234-5678",
    "02-123-4567",
    "0504-1234-5678",
    "031.123.4567",
]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers, root.level, sys.excepthook
    stream = io.StringIO()
    configure("DEBUG", "json", stream)
    yield stream
    root.handlers, sys.excepthook = before[0], before[2]
    root.setLevel(before[1])
    logging.captureWarnings(False)
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
def test_a_secret_does_not_come_out(log: io.StringIO, secret: str) -> None:
    structlog.get_logger("bot").info("got " + secret, where={"deep": [secret]}, thing=ValueError(secret))
    logging.getLogger("some.library").warning("said %s", secret)
    try:
        raise LookupError(f"not found: '{secret}'")
    except LookupError:
        structlog.get_logger("bot").exception("failed")
        logging.getLogger("some.library").exception("failed")
    assert secret not in log.getvalue()
    assert len(lines(log)) == 4
    assert log.getvalue().count(REMOVED) >= 6


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer abc.def-123 sent", f"Authorization: Bearer {REMOVED} sent"),
        ("Basic dXNlcjpwYXNzd29yZA==", f"Basic {REMOVED}"),
        ("POST client_id=v&client_secret=hush&x=1", f"POST client_id=v&client_secret={REMOVED}&x=1"),
        ('{"access_token": "hush", "ok": true}', f'{{"access_token": "{REMOVED}", "ok": true}}'),
        ("postgresql+asyncpg://bot:hush@db/tmon", f"postgresql+asyncpg://{REMOVED}@db/tmon"),
        ("wss://wss-primary.slack.com/link/?ticket=hush&app_id=A1", None),
        ("https://hooks.slack.com/actions/T1/2/hush failed", f"https://hooks.slack.com/{REMOVED} failed"),
        (
            "x [type=int_parsing, input_value='hush', input_type=str]",
            f"x [type=int_parsing, input_value={REMOVED}, input_type=str]",
        ),
        ("x [type=missing, input_value={'key': 'hush', 'b': 1}, input_type=dict]\n  y", None),
        ("ValueError: invalid literal for int() with base 10: 'hush'", None),
        ("ValueError: could not convert string to float: 'hush'", None),
        ("ValueError: Invalid isoformat string: 'hush'", None),
        ("invalid input for query argument $3: 'hush' (an integer is required)", None),
        ('duplicate key value violates unique constraint "pk"\nDETAIL:  Key (name)=(hush) already exists.', None),
        ('null value in column "a" of relation "b"\nDETAIL:  Failing row contains (1, hush, null).', None),
        ('invalid input syntax for type integer: "hush"', None),
    ],
)
def test_a_secret_in_its_usual_place(text: str, left: str | None) -> None:
    assert "hush" not in redact(text)
    assert left is None or redact(text) == left


@pytest.mark.parametrize(
    "fact",
    [
        "order 9100200301 of store st_k3v9abcdefgh confirmed",
        "order/st_k3v9abcdefgh/9100200301",
        "ts 1773104400.123456 in C0123456789",
        "2026-03-10T01:00:00.010123Z took 0.0212345678 s",
        "the token was refused; a new one is asked for",
        "basic facts of the bearer",
    ],
)
def test_a_fact_comes_out_whole(fact: str) -> None:
    assert redact(fact) == fact


def test_what_a_field_is_called_can_be_enough(log: io.StringIO) -> None:
    structlog.get_logger("bot").info("x", api_key="plain", SLACK_BOT_TOKEN="plain", headers={"Authorization": "plain"})
    assert "plain" not in log.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        *("slack_bolt.AsyncApp", "slack_bolt.IgnoringSelfEvents", "slack_bolt", "AsyncApp:listener"),
        *("slack_sdk.socket_mode.aiohttp", "slack_sdk.web.async_client", "httpx", "httpcore.http11", "aiosqlite"),
        *("aiosmtplib", "aiohttp.client", "sqlalchemy.engine.Engine", "asyncio", "websockets", "any.other.library"),
    ],
)
def test_libraries_that_print_payloads_are_kept_from_it_whatever_their_level(log: io.StringIO, name: str) -> None:
    library = logging.getLogger(name)
    before = library.level
    library.setLevel(logging.DEBUG)  # as Bolt does, which copies the root's
    try:
        library.debug("payload")
        library.error("something else")
    finally:
        library.setLevel(before)
    assert [line["event"] for line in lines(log)] == ["something else"]


@pytest.mark.parametrize("name", ["httpx", "slack_bolt.AsyncApp", "sqlalchemy.engine.Engine", "aiohttp.access"])
def test_what_is_typed_or_asked_is_not_told_at_info_either(log: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("Unhandled request ({'value': 'typed'})")
    assert log.getvalue() == ""


@pytest.mark.parametrize("name", ["bot", "bot.delivery", "handlers.router", "tmon.collection.coordinator"])
def test_our_own_loggers_follow_the_setting(log: io.StringIO, name: str) -> None:
    logging.getLogger(name).debug("detail")
    structlog.stdlib.get_logger(name).debug("detail")
    assert [line["event"] for line in lines(log)] == ["detail", "detail"]


FORGED = [
    "x\n2026-03-10T01:00:00Z [error] forged",
    "x\r\nforged",
    "x\x1b[31mforged",
    "x\x9b31mforged",
    "x\u2028forged",
    "x\x85forged",
    "x\x0bforged",
    "x\u202eforged",
    "x\x00forged\x7f",
    "x\ud800forged",
]


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize("text", FORGED, ids=ascii)
def test_control_characters_are_escaped(log: io.StringIO, style: Literal["json", "console"], text: str) -> None:
    stream = io.StringIO()
    configure("DEBUG", style, stream)
    structlog.get_logger("bot").info(text, value=text, deep={text: [text]})
    logging.getLogger("some.library").warning("said %s", text)
    try:
        raise LookupError(text)
    except LookupError:
        logging.getLogger("some.library").exception("failed")
    written = stream.getvalue()
    assert re.search("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\ud800-\\udfff]", written) is None
    own = [line for line in written.split("\n") if line and not line.startswith("  | ")]
    assert len(own) == 3
    assert "forged" in written
    if style == "json":
        assert json.loads(own[0])["value"] == text


def test_a_very_long_text_is_cut_and_no_half_of_a_secret_is_left(log: io.StringIO) -> None:
    for before in range(MAX_TEXT - 12, MAX_TEXT + 1):
        structlog.get_logger("bot").info("a" * (before - 1) + " 010-1234-5678 " + "b" * 100_000)
    assert "010-" not in log.getvalue()
    assert len(log.getvalue()) < 13 * (MAX_TEXT + 500)


def test_a_line_says_when_where_and_how_bad(log: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(ref="r1"):
        structlog.get_logger("bot.delivery").warning("late", seconds=3)
    (line,) = lines(log)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "late", "seconds": 3, "ref": "r1", "level": "warning", "logger": "bot.delivery"}


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_crash_is_logged_like_the_rest(style: str) -> None:
    code = f"from bot.logs import configure\nconfigure('INFO', '{style}')\nraise ValueError('010-1234-5678')"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "ValueError" in ended.stderr
    assert REMOVED in ended.stderr
    assert "1234" not in ended.stderr
