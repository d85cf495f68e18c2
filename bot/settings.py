"""Settings from environment variables, also read from `.env`; `.env.example` documents each.

A command reads only what it needs: `migrate` the database, `keys rotate` the keys too, `run`, `worker` and `doctor`
everything.
"""

import re
from datetime import time, timedelta
from email.utils import parseaddr
from typing import Annotated, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ByteSize,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from yarl import URL

from bot.mail import INSECURE
from tmon.network import is_this_machine
from tmon.work import Queue


class SettingsError(Exception):
    """Missing or malformed settings: one line per problem, with the variable's name and never its value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _database_url(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("is not a database URL") from None
    if url.drivername not in ("sqlite+aiosqlite", "postgresql+asyncpg") or not url.database:
        raise ValueError("must be sqlite+aiosqlite:///file or postgresql+asyncpg://user:password@host/name")
    return value


def _comma_separated(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _fernet_keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key.get_secret_value())
        except ValueError:
            raise ValueError(f"key {number} is not one that `tmon-bot keys new` prints") from None
    return keys


def _web_url(value: str) -> str:
    url = _url(value)
    if url is None or url.scheme not in ("http", "https") or not url.host:
        raise ValueError("must be an http:// or https:// URL")
    return value.rstrip("/")


def checked_public_url(value: str) -> str:
    """Return the address at which browsers and Slack reach a deployment, without a trailing slash. Raises ValueError."""
    url = URL(_web_url(value))
    if url.query_string or url.fragment or url.user:
        raise ValueError("must be an address without a query, such as https://bot.example.com")
    if url.scheme != "https" and not is_this_machine(url.host or ""):
        raise ValueError("must begin with https:// (http:// only on this machine: cookies are not safe otherwise)")
    return value.rstrip("/")


def _smtp_url(value: SecretStr) -> SecretStr:
    url = _url(value.get_secret_value())
    if url is None or url.scheme not in ("smtp", "smtps", INSECURE) or not url.host:
        raise ValueError("must be smtp://user:password@host:port, or smtps:// for TLS from the start")
    return value


def _url(value: str) -> URL | None:
    try:
        return URL(value)
    except ValueError:
        return None


def _email(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        raise ValueError("must be an e-mail address, with ASCII before the @") from None


def _sender(value: str) -> str:
    _email(parseaddr(value)[1])
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        raise ValueError("must be a time zone such as Asia/Seoul") from None
    return value


def _token(prefix: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not re.fullmatch(re.escape(prefix) + r"[\w-]+", value.get_secret_value(), re.ASCII):
            raise ValueError(f"must be a token that begins with {prefix}")
        return value

    return AfterValidator(check)


def _personal_data_key(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]{16}", value.get_secret_value()):
        raise ValueError("must have 16 ASCII characters")
    return value


def _time_of_day(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"\d{2}:\d{2}", value, re.ASCII):
        raise ValueError("must be a time of day such as 03:00")
    return value


BotToken = Annotated[SecretStr, _token("xoxb-")]
AppToken = Annotated[SecretStr, _token("xapp-")]
SigningSecret = Annotated[SecretStr, Field(min_length=1)]
Engine = Literal["embedded", "queue"]

TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
"""`HH:MM` in `tz_name`."""


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class DatabaseSettings(BaseSettings):
    """Settings of the database."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        default="sqlite+aiosqlite:///./data/tmon-bot.db", repr=False
    )
    engine: Engine = "embedded"
    """Who carries out the tasks: the one process of `tmon-bot run`, or any number of `web` and `worker`."""

    @field_validator("engine")
    @classmethod
    def _engine_fits_database(cls, value: Engine, info: ValidationInfo) -> Engine:
        if value == "queue" and str(info.data.get("database_url")).startswith("sqlite"):
            raise ValueError(
                "queue needs PostgreSQL, for several processes cannot share an SQLite file:"
                " set DATABASE_URL to postgresql+asyncpg://…, or leave ENGINE out"
            )
        return value


class StorageSettings(DatabaseSettings):
    """Settings of the database and of the encryption keys."""

    encryption_keys: Annotated[
        tuple[SecretStr, ...],
        NoDecode,
        BeforeValidator(_comma_separated),
        AfterValidator(_fernet_keys),
        Field(min_length=1),
    ]

    def fernet_keys(self) -> list[str]:
        """The plain keys for the sealer: the first one encrypts, all decrypt."""
        return [key.get_secret_value() for key in self.encryption_keys]


class BotSettings(StorageSettings):
    """Settings of every process of the bot."""

    slack_transport: Literal["socket", "http"] = "socket"
    slack_app_token: AppToken | None = None
    slack_signing_secret: SigningSecret | None = None
    slack_api_url: Annotated[str, AfterValidator(_web_url)] = "https://slack.com/api"
    """Without a trailing slash."""

    tmon_api_url: Annotated[str, AfterValidator(_web_url)] = "https://interworkapi.tmon.co.kr"
    tmon_client_id: str
    tmon_client_secret: SecretStr
    tmon_vendor_id: str | None = None
    tmon_vendor_policy_no: Annotated[int, Field(ge=1, lt=10**18)] | None = None
    """업체 정책번호 of this vendor contract; None: stores without a contract of their own cannot register products."""
    tmon_personal_data_key: Annotated[SecretStr, AfterValidator(_personal_data_key)]
    tmon_partner_center_url: Annotated[str, AfterValidator(_web_url), Field(max_length=3000)] | None = None
    """Where the buttons to TMON's partner centre lead; None: the words name it."""

    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    public_url: Annotated[str, AfterValidator(checked_public_url)] | None = None
    """Where browsers and Slack reach this deployment, without a trailing slash."""
    slack_bot_token: BotToken | None = None
    """Of the operator's own workspace; None: only workspaces that have installed the app are served."""
    vendor_teams: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)] | None = None
    """Workspaces whose stores may use this vendor contract; None: all."""
    uninstall_keep_days: int = Field(default=7, ge=0, le=90)
    """0: the data of a workspace that uninstalls the app is destroyed at once."""

    smtp_url: Annotated[SecretStr, AfterValidator(_smtp_url)] | None = None
    mail_from: Annotated[str, AfterValidator(_sender)] | None = None
    operator_email: Annotated[str, AfterValidator(_email)] | None = None

    language: Literal["ko", "en"] = "ko"
    tz_name: Annotated[str, AfterValidator(_time_zone)] = "Asia/Seoul"
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    """0: any free port."""
    http_max_body: ByteSize = Field(default=ByteSize(512_000), ge=1)
    """Of a request of Slack's."""
    collect_orders_seconds: int = Field(default=300, ge=1)
    collect_claims_seconds: int = Field(default=300, ge=1)
    collect_cs_seconds: int = Field(default=600, ge=1)
    collect_reviews_seconds: int = Field(default=3600, ge=1)
    stock_sync_seconds: int = Field(default=600, ge=1)
    extend_period_at: TimeOfDay = time(3, 0)
    settlement_at: TimeOfDay = time(12, 10)
    daily_report_at: TimeOfDay = time(9, 0)
    incident_after_failures: int = Field(default=3, ge=1)
    personal_data_days: int = Field(default=90, ge=1, le=180)
    shipping_file_minutes: int = Field(default=60, ge=1, le=1440)
    worker_queues: Annotated[tuple[Queue, ...], NoDecode, BeforeValidator(_comma_separated), Field(min_length=1)] = (
        tuple(Queue)
    )
    worker_concurrency: int = Field(default=32, ge=1, le=1000)
    """Jobs that a worker carries out at a time."""
    stalled_seconds: int = Field(default=15, ge=2, le=600)
    """A process without heartbeat for so long is gone. The same for all processes."""
    db_pool: int = Field(default=5, ge=1, le=100)
    """Connections of a web or worker process, beside those of its queue and its lock."""
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = "INFO"
    log_format: Literal["json", "console"] = "json"

    @property
    def stalled(self) -> timedelta:
        """After so long without heartbeat a process is gone."""
        return timedelta(seconds=self.stalled_seconds)

    @model_validator(mode="after")
    def _installing_is_whole(self) -> Self:
        given = (self.slack_client_id, self.slack_client_secret, self.public_url)
        if any(given[:2]) and not all(given):
            raise ValueError(
                "SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and PUBLIC_URL go together: set all, or none for one workspace"
            )
        if self.slack_client_id and self.database_url.startswith("sqlite"):
            raise ValueError(
                "SLACK_CLIENT_ID needs PostgreSQL: set DATABASE_URL to postgresql+asyncpg://…, or unset it"
            )
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if (self.smtp_url is None) != (self.mail_from is None):
            raise ValueError("SMTP_URL and MAIL_FROM go together: set both, or neither to send no mail")
        if self.operator_email and self.smtp_url is None:
            raise ValueError("OPERATOR_EMAIL hears nothing without SMTP_URL and MAIL_FROM")
        return self


class ListeningSettings(BotSettings):
    """Settings of a process that Slack speaks to."""

    slack_app_token: AppToken | None = Field(default=None, validate_default=True)
    """Needed for the socket."""
    slack_signing_secret: SigningSecret | None = Field(default=None, validate_default=True)
    """Needed for HTTP."""

    @field_validator("slack_app_token", "slack_signing_secret")
    @classmethod
    def _transport_has_its_secret(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        needed = {"slack_app_token": "socket", "slack_signing_secret": "http"}[str(info.field_name)]
        if value is None and info.data.get("slack_transport") == needed:
            raise PydanticCustomError("missing", "")
        return value


class Settings(ListeningSettings):
    """Settings of `tmon-bot run`, the one process that does everything."""

    slack_bot_token: BotToken | None = Field(default=None, validate_default=True)
    """Needed unless workspaces install the app."""

    @field_validator("slack_bot_token")
    @classmethod
    def _has_a_workspace(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and info.data.get("slack_client_id") is None:
            raise PydanticCustomError("missing", "")
        return value

    @field_validator("engine")
    @classmethod
    def _is_embedded(cls, value: Engine) -> Engine:
        if value != "embedded":
            raise ValueError(
                f"`tmon-bot run` does everything by itself and works with embedded only; leave ENGINE out,"
                f" or start `tmon-bot web` and `tmon-bot worker`, which work with {value}"
            )
        return value


class QueueSettings(BotSettings):
    """Settings of `tmon-bot web` and `tmon-bot worker`, which share the work with others."""

    engine: Engine = Field(default="embedded", validate_default=True)

    @field_validator("engine")
    @classmethod
    def _is_queue(cls, value: Engine) -> Engine:
        if value != "queue":
            raise ValueError(
                "`tmon-bot web` and `tmon-bot worker` divide the work by a queue: set ENGINE=queue and a"
                " DATABASE_URL of PostgreSQL, or start `tmon-bot run`, which does everything by itself"
            )
        return value


class WebSettings(QueueSettings, ListeningSettings):
    """Settings of `tmon-bot web`."""


class ExplicitSettings(Settings):
    """Settings given by code (playground, tests): environment and `.env` are ignored."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


S = TypeVar("S", bound=DatabaseSettings)


def read(kind: type[S]) -> S:
    """Read the settings of the environment. Raises SettingsError with all problems at once."""
    try:
        return kind()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
    raise SettingsError([f"{_name(problem['loc'])}{_reason(problem['type'], problem['msg'])}" for problem in problems])


def _name(location: tuple[int | str, ...]) -> str:
    return f"{str(location[0]).upper()}: " if location else ""


def _reason(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind.startswith("byte_size"):
        return "must be a size such as 512 kB"  # the message repeats what was given
    return message.removeprefix("Value error, ")
