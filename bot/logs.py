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

OURS = frozenset({"bot", "handlers", "tmon", "__main__"})
"""Only our own loggers, and those below them, log below INFO."""
QUIET = {
    # at INFO and WARNING these log requests with what people typed, a line per request, job, mail or statement
    "slack_bolt": logging.ERROR,
    "httpx": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "mail.log": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "procrastinate": logging.WARNING,
}
"""Loggers, with all below them, that never log below this level, whatever `LOG_LEVEL` and their own level are."""

MAX_TEXT = 10_000
"""Longer texts are cut before they are looked through."""
_SECRET_NAME = (
    r"(?:\w{0,40}_)?(?:secret|passw(?:or)?d|token|api_?key|encryption_?keys?|data_?key|access_?key|authorization)"  # noqa: S105
)
_NAMED = re.compile(_SECRET_NAME, re.IGNORECASE)
_ASSIGNED = re.compile(
    rf"(?<![a-z0-9_])({_SECRET_NAME}(?:=|[\"']\s{{0,3}}:\s{{0,3}})[\"']?)[^\s\"'&,;)}}\]]{{1,4000}}", re.IGNORECASE
)
_SECRETS = re.compile(
    "|".join(
        (
            r"\bxox[a-z](?:\.xox[a-z])?-[\w-]{1,500}|\bxapp-[\w-]{1,500}",  # Slack tokens
            r"(?<=hooks\.slack\.com/)[^\s'\"]{1,500}",  # response URLs
            r"(?<=[?&]ticket=)[^\s&'\"]{1,500}",  # Socket Mode URLs
            r"(?<=\bBearer )[\w.~+/=-]{1,4000}|(?<=\bBasic )[\w+/=]{8,4000}",
            r"(?<=://)[^\s/@:]{0,200}:[^\s/@]{1,200}(?=@)",  # user and password of a URL
            r"(?<![\w-])gAAAA[\w-]{20,9000}={0,2}|(?<![\w+/=-])[\w-]{43}=(?![\w=])",  # Fernet tokens and keys
            r"(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])",  # TMON's partner tokens
            r"(?<![\w.%+-])[\w.%+-]{1,200}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",  # e-mail addresses
            # what errors quote of the values that they refuse: pydantic, Python, asyncpg and PostgreSQL
            r"(?<=input_value=).{1,4000}?(?=, input_type=|$)",
            r"(?<=with base 10: ).{1,4000}|(?<=string to float: ).{1,4000}|(?<=isoformat string: ).{1,4000}",
            r"(?<=for query argument \$)[0-9]{1,5}: .{1,4000}|(?<=DETAIL:).{1,4000}|(?<=invalid input syntax for type ).{1,4000}",
            # Korean phones: mobile, Seoul, areas, internet, safety numbers
            r"(?<![\d.])(?:\+82[-. ]?(?:\(0\)|0)?|0)(?:1[016-9]|2|[3-6][1-5]|70|50\d)[-. ]?\d{3,4}[-. ]?\d{4}(?!\d)",
        )
    ),
    re.IGNORECASE,
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""Characters that would end a line, colour a terminal or turn the order of what is read."""


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
    handler.addFilter(_is_heard)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,  # without local variables, which contain everything
                _redactor,
                *(_json() if style == "json" else _console(stream)),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:  # spares making records that `_is_heard` drops
        logging.getLogger(name).setLevel(max(least_level(name), root.level))
    logging.captureWarnings(True)
    sys.excepthook = _log_crash


def least_level(name: str) -> int:
    """Return the level below which a logger is never heard.

    A rule for all loggers below a name: libraries make some as they please, and Bolt copies the root's level to its own.
    """
    parts = name.replace(":", ".").split(".")
    for length in range(len(parts), 0, -1):
        if (least := QUIET.get(".".join(parts[:length]))) is not None:
            return least
    return logging.NOTSET if parts[0] in OURS else logging.INFO


def redact(text: str) -> str:
    """Remove tokens, keys, passwords, e-mail addresses and Korean phone numbers from `text`; cuts what is very long."""
    if len(text) > MAX_TEXT:
        # the rest of a secret that the cut goes through would not be recognized
        text = text[:MAX_TEXT].rsplit(maxsplit=1)[0][:MAX_TEXT] + " … (cut)"
    return _SECRETS.sub(REMOVED, _ASSIGNED.sub(rf"\1{REMOVED}", text))


def _is_heard(record: logging.LogRecord) -> bool:
    return record.levelno >= least_level(record.name)


def _json() -> tuple[Processor, ...]:
    def render(logger: WrappedLogger, name: str, event: EventDict) -> str:
        line = str(structlog.processors.JSONRenderer(ensure_ascii=False)(logger, name, event))
        return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", line)

    return (render,)


def _console(stream: TextIO) -> tuple[Processor, ...]:
    def escape(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        escaped = {_visible(name): _visible_values(value) for name, value in event.items()}
        for name in ("exception", "stack"):
            if name in event:  # each line stands apart from those of the log, or an error's text could forge one
                escaped[name] = "\n".join(f"  | {_visible(line)}" for line in str(event[name]).split("\n"))
        return escaped

    return escape, structlog.dev.ConsoleRenderer(colors=stream.isatty())


def _visible_values(value: object) -> Any:
    match value:
        case str():
            return _visible(value)
        case Mapping():
            return {_visible(str(name)): _visible_values(held) for name, held in value.items()}
        case list():
            return [_visible_values(held) for held in value]
        case _:
            return value


def _visible(text: str) -> str:
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)


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
