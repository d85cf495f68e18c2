"""Logs: one line per event, as JSON or for a console, with secrets and personal data redacted.

Our code logs ids and counts only; the redactor is the safety net for texts of others (exceptions, libraries).
"""

import logging
import re
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REMOVED = "[removed]"

QUIET = {
    # at DEBUG these log whole envelopes, requests or parameters with all their data
    "slack_sdk": logging.INFO,
    "slack_bolt": logging.INFO,
    "aiosqlite": logging.INFO,
    "httpcore": logging.INFO,
    # at INFO these log a line per request, job, mail or statement
    "httpx": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "mail.log": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
}
"""Loggers that never log below this level, whatever `LOG_LEVEL` is."""

_SECRET_NAME = r"(?:\w*_)?(?:secret|passw(?:or)?d|token|api_?key|encryption_?keys?|data_?key|access_?key|authorization)"  # noqa: S105
_NAMED = re.compile(_SECRET_NAME, re.IGNORECASE)
_ASSIGNED = re.compile(rf"\b({_SECRET_NAME}(?:=|[\"']\s*:\s*)[\"']?)[^\s\"'&,;)}}\]]+", re.IGNORECASE)
_SECRETS = re.compile(
    "|".join(
        (
            r"\bxox[a-z](?:\.xox[a-z])?-[\w-]+|\bxapp-[\w-]+",  # Slack tokens
            r"(?<=hooks\.slack\.com/)[^\s'\"]+",  # response URLs
            r"(?<=[?&]ticket=)[^\s&'\"]+",  # Socket Mode URLs
            r"(?<=\bBearer )[\w.~+/=-]+|(?<=\bBasic )[\w+/=]{8,}",
            r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)",  # user and password of a URL
            r"gAAAA[\w-]{20,}={0,2}|(?<![\w+/=-])[\w-]{43}=(?![\w=])",  # Fernet tokens and keys
            r"(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])",  # TMON's partner tokens
            r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)+",  # e-mail addresses
            # Korean phones: mobile, Seoul, areas, internet, safety numbers
            r"(?<![\d.])(?:\+82[-. ]?(?:\(0\)|0)?|0)(?:1[016-9]|2|[3-6][1-5]|70|50\d)[-. ]?\d{3,4}[-. ]?\d{4}(?!\d)",
        )
    ),
    re.IGNORECASE,
)


def configure(level: str, style: Literal["json", "console"], stream: TextIO = sys.stderr) -> None:
    """Configure structlog and the standard library's logging with one redacted line format, to `stream`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,  # without local variables, which contain everything
                _redactor,
                structlog.processors.JSONRenderer(ensure_ascii=False)
                if style == "json"
                else structlog.dev.ConsoleRenderer(colors=stream.isatty()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.captureWarnings(True)
    sys.excepthook = _log_crash


def redact(text: str) -> str:
    """Remove tokens, keys, passwords, e-mail addresses and Korean phone numbers from `text`."""
    return _SECRETS.sub(REMOVED, _ASSIGNED.sub(rf"\1{REMOVED}", text))


def _redactor(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {name: _redact_named(name, value) for name, value in event.items()}


def _redact_named(name: object, value: object) -> Any:
    if isinstance(name, str) and _NAMED.fullmatch(name):
        return REMOVED
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {str(inner): _redact_named(inner, held) for inner, held in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_redact_named(None, held) for held in value]
        case str():
            return redact(value)
        case _:
            return redact(repr(value))


def _log_crash(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("the process ends with an error", exc_info=(kind, error, traceback))
