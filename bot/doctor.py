"""`tmon-bot doctor`: checks everything that the bot depends on; one line each, without secrets."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot import public_address
from bot.block_kit_check import distinct_shapes, validate_samples
from bot.database_clock import TOLERANCE, DatabaseClock
from bot.db import SchemaUnfit, create_database, require_schema, schema_is_current
from bot.engine.queue import queue_state
from bot.installations import Installations, Installed
from bot.keys import fingerprints, samples
from bot.mail import Mailer, MailUnavailable
from bot.manifest import BOT_SCOPES
from bot.private_files import readable_secrets
from bot.reachability import lacking, open_contract
from bot.services import build_core
from bot.settings import BotSettings
from bot.slack_client import slack_client
from handlers.feature import Sample
from handlers.permissions import SLACK_ERRORS
from tmon.api import PartnerCredentials, TmonApi, TmonError, VendorCredentials
from tmon.database import Database
from tmon.privacy import chain
from tmon.processes import KnownProcess, known
from tmon.sealing import Sealer
from tmon.work import Queue

LATE = timedelta(minutes=1)
"""A job of the queue that has waited for so long lacks a worker."""
SCOPES = frozenset(BOT_SCOPES)
Progress = Callable[[str], object]


class CheckFailed(Exception):
    """A check failed; the message says why."""


class Doubtful(Exception):
    """A check found something that works, but that the operator should mend; the message says what."""


class _Patience(AsyncRateLimitErrorRetryHandler):
    """Retry handler that waits as long as Slack's `Retry-After` says, and reports it."""

    def __init__(self, tell: Progress) -> None:
        super().__init__(max_retry_count=5)
        self._tell = tell

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        self._tell("Slack is asked too fast, waiting")
        await super().prepare_for_next_attempt_async(state=state, request=request, response=response, error=error)


async def run_checks(
    settings: BotSettings, say: Callable[[str], object], samples: Iterable[Sample], tell: Progress = lambda _: None
) -> int:
    """Run every check and print a line for each; returns 1 if any fails, else 0. `tell` gets the progress."""
    db = create_database(settings.database_url)
    own_token = settings.slack_bot_token
    several = settings.slack_client_id is not None or own_token is None
    app_token = settings.slack_app_token if settings.slack_transport == "socket" else None
    checks: list[tuple[str, Callable[[], Awaitable[str]]]] = [
        ("database", lambda: _database(db, shared=settings.engine == "queue")),
        ("encryption keys", lambda: _keys(db, Sealer(settings.fernet_keys()))),
        ("audit log", lambda: _audit_log(db)),
        ("clock", lambda: _clock(db)),
        ("processes", lambda: _processes(settings, db)),
        *([("queue", lambda: _queue(settings, db))] if settings.engine == "queue" else []),
        *([] if own_token is None else [("Slack bot token", lambda: _bot_token(settings, own_token, tell))]),
        *([] if app_token is None else [("Slack app token", lambda: _app_token(settings, app_token, tell))]),
        *([("installations", lambda: _installations(settings, db, tell))] if several else []),
        *([] if settings.public_url is None else [("public address", lambda: _public_address(settings, db))]),
        ("views and messages", lambda: _shapes(settings, db, samples, tell)),
        ("TMON", lambda: _tmon(settings)),
        *([("vendor contract", lambda: _vendor_contract(settings))] if settings.slack_client_id is not None else []),
        ("mail", lambda: _mail(settings)),
    ]
    say("ok    settings: complete")
    for line in readable_secrets(settings, Path.cwd()):
        say(f"warn  {line}")
    failed = 0
    for name, check in checks:
        try:
            say(f"ok    {name}: {await check()}")
        except CheckFailed as unwell:
            failed = 1
            say(f"FAIL  {name}: {unwell}")
        except Doubtful as doubt:
            say(f"warn  {name}: {doubt}")
    await db.engine.dispose()
    return failed


async def _database(db: Database, *, shared: bool) -> str:
    """`shared`: its processes may be older than its schema, which others have brought to a newer one."""
    try:
        current = await schema_is_current(db)
        if shared:
            await require_schema(db)
    except SchemaUnfit as unfit:
        raise CheckFailed(f"answers, but {unfit}") from None
    except (SQLAlchemyError, OSError) as error:
        raise CheckFailed(f"does not answer ({type(error).__name__})") from None
    if current:
        return f"{db.engine.dialect.name} answers, with the current schema"
    if shared:
        raise Doubtful("answers, with the schema of a newer version: bring the processes of this one to it")
    raise CheckFailed("answers, but its schema is not the current one: tmon-bot migrate")


async def _keys(db: Database, sealer: Sealer) -> str:
    try:
        tried = await samples(db, sealer)
    except (SQLAlchemyError, OSError) as error:
        raise CheckFailed(f"cannot be tried ({type(error).__name__})") from None
    if locked := [sample.column for sample in tried if sample.locked]:
        raise CheckFailed(f"none opens what is stored in {', '.join(locked)}")
    if moved := [sample.column for sample in tried if sample.moved]:
        raise CheckFailed(f"a value in {', '.join(moved)} belongs to another row: somebody changed the database")
    old = sum(sample.old for sample in tried)
    later = f"; {old} are under an older key or not bound to their row: tmon-bot keys rotate" if old else ""
    return f"{sum(sample.looked for sample in tried)} stored values tried, all open{later}"


async def _audit_log(db: Database) -> str:
    try:
        states = {team: await chain.verify(db, team) for team in await chain.teams(db)}
    except (SQLAlchemyError, OSError) as error:
        raise CheckFailed(f"cannot be read ({type(error).__name__})") from None
    if broken := [f"{team} from record {one.broken_at}" for team, one in states.items() if one.broken_at is not None]:
        raise CheckFailed(f"records were changed or are missing: {', '.join(broken)}")
    return f"{sum(one.length for one in states.values())} records in the chain, none changed"


async def _clock(db: Database) -> str:
    machine = DatabaseClock(db)
    try:
        await machine.measure()
    except (SQLAlchemyError, OSError) as error:
        raise CheckFailed(f"the database's cannot be read ({type(error).__name__})") from None
    if machine.correction:
        raise Doubtful(f"this machine's is {_off(machine.behind)}; its processes correct it, but set it right (NTP)")
    return f"this machine's is within {TOLERANCE.seconds} seconds of the database's"


async def _known(settings: BotSettings, db: Database) -> list[KnownProcess]:
    return await known(db, settings.stalled)


async def _processes(settings: BotSettings, db: Database) -> str:
    """Say who works on the database."""
    keys = fingerprints(settings.fernet_keys())
    try:
        found = await _known(settings, db)
    except (SQLAlchemyError, OSError) as error:
        raise CheckFailed(f"cannot be read ({type(error).__name__})") from None
    alive = [one.record for one in found if not one.gone]
    if unknown := {
        f"{one.role} encrypts with the key {one.keys[0]}, which {other.role} does not have"
        for one in alive
        for other in alive
        if one.keys and one.keys[0] not in other.keys
    }:
        raise CheckFailed(f"{'; '.join(sorted(unknown))}: start them with the same keys")
    said = "; ".join(_process(one, keys) for one in found) or "none works on this database"
    if any(one.keys != list(keys) for one in alive):
        raise Doubtful(f"{said}. Other keys than those of this command ({' '.join(keys)}): start them again")
    if len({one.version for one in alive}) > 1:
        raise Doubtful(f"{said}. Several versions: bring all of them to the newest")
    return said


async def _queue(settings: BotSettings, db: Database) -> str:
    """Say what waits for workers."""
    try:
        state = await queue_state(db, settings.stalled)
        alive = [one.record for one in await _known(settings, db) if not one.gone]
    except (SQLAlchemyError, OSError) as error:
        raise CheckFailed(f"cannot be read ({type(error).__name__})") from None
    oldest = round((state.oldest or timedelta()).total_seconds())
    workers = [one for one in alive if one.role == "worker"]
    said = f"workers: {len(workers)}; jobs: {state.running} running, {state.waiting} waiting"
    if state.oldest is not None:
        said += f", the oldest for {oldest} seconds"
    if not workers:
        raise CheckFailed(f"{said}; nobody carries them out: start `tmon-bot worker`")
    # a worker of an older version does not say which it has
    if missing := set(Queue).difference(*(one.facts.get("queues", Queue) for one in workers)):
        raise CheckFailed(f"{said}; none has {', '.join(sorted(missing))} in WORKER_QUEUES: start one that has")
    doubts = []
    if oldest > LATE.total_seconds():
        doubts.append("they wait too long: start more workers, or one that has all of WORKER_QUEUES")
    if state.stalled:
        doubts.append(f"{state.stalled} of a worker that is gone, which others take over")
    if state.unknown:
        doubts.append(f"{state.unknown} of a newer version: bring the workers to it")
    if doubts:
        raise Doubtful(f"{said}; {'; '.join(doubts)}")
    return said


def _process(one: KnownProcess, keys: Sequence[str]) -> str:
    record, seconds = one.record, round(one.silent.total_seconds())
    said = f"{record.role} {record.version}"
    if one.gone:
        return f"{said} was last heard {seconds} seconds ago and is gone; others take over what it did"
    behind = timedelta(seconds=record.facts.get("clock_behind", 0))
    if abs(behind) > TOLERANCE:
        said += f" with a clock {_off(behind)}"
    if record.keys != list(keys):
        said += f" with the keys {' '.join(record.keys)}"
    return f"{said} was heard {seconds} seconds ago"


def _off(behind: timedelta) -> str:
    seconds = round(behind.total_seconds())
    return f"{abs(seconds)} seconds {'behind' if seconds > 0 else 'ahead of'} the database's"


async def _bot_token(settings: BotSettings, token: SecretStr, tell: Progress) -> str:
    answer = await _call(_slack(settings, token.get_secret_value(), tell), "auth.test")
    granted = {scope.strip() for scope in answer.headers.get("x-oauth-scopes", "").split(",")}
    if missing := SCOPES - granted:
        raise CheckFailed(f"lacks the scopes {', '.join(sorted(missing))}: install the app again")
    return f"works in {answer.get('team')}, with every scope"


async def _installations(settings: BotSettings, db: Database, tell: Progress) -> str:
    found = await _installed(settings, db)
    lost = []
    for number, one in enumerate(found, start=1):
        tell(f"installation {number} of {len(found)}")
        try:
            await _bot_token(settings, SecretStr(one.token), tell)
        except CheckFailed as unwell:
            lost.append(f"{one.team_id} ({unwell})")
    if lost:
        raise CheckFailed("these do not work: " + ", ".join(lost))
    lack = await lacking(settings, Installations(build_core(settings, db), settings.slack_api_url))
    if lack is not None:
        raise Doubtful(lack) if found else CheckFailed(lack)
    return f"{len(found)} stored, all work"


async def _installed(settings: BotSettings, db: Database) -> list[Installed]:
    try:
        return await Installations(build_core(settings, db), settings.slack_api_url).all()
    except (SQLAlchemyError, OSError) as error:
        raise CheckFailed(f"cannot be read ({type(error).__name__})") from None


async def _public_address(settings: BotSettings, db: Database) -> str:
    try:
        return f"{settings.public_url} {await public_address.examine(settings)}"
    except public_address.WrongAnswer as wrong:
        raise CheckFailed(str(wrong)) from None
    except public_address.Unreachable as error:
        said = f"{settings.public_url} does not answer ({error})"
    try:
        serving = [one for one in await _known(settings, db) if one.record.role in ("run", "web") and not one.gone]
    except (SQLAlchemyError, OSError):
        serving = []
    if serving:
        raise CheckFailed(f"{said}, although {serving[0].record.role} works: look at the balancer, TLS and HTTP_HOST")
    raise Doubtful(f"{said}; start tmon-bot web and look again")


async def _app_token(settings: BotSettings, token: SecretStr, tell: Progress) -> str:
    await _call(_slack(settings, token.get_secret_value(), tell), "apps.connections.open")
    return "opens a socket"


async def _shapes(settings: BotSettings, db: Database, samples: Iterable[Sample], tell: Progress) -> str:
    distinct = distinct_shapes(samples)
    if settings.slack_bot_token is not None:
        token = settings.slack_bot_token.get_secret_value()
    else:
        installed = await _installed(settings, db)
        if not installed:
            raise Doubtful("no workspace has installed the app yet, and Slack judges them for nobody else")
        token = installed[0].token
    client = _slack(settings, token, tell)
    try:
        refused = await validate_samples(client, distinct, tell)
    except SlackApiError as error:
        raise CheckFailed(f"Slack does not judge them: {error.response.get('error')}") from None
    except SLACK_ERRORS as error:
        raise CheckFailed(f"Slack does not answer ({type(error).__name__})") from None
    if refused:
        raise CheckFailed("Slack refuses " + ", ".join(refused))
    return f"Slack takes all {len(distinct)} shapes"


async def _tmon(settings: BotSettings) -> str:
    vendor = VendorCredentials(
        client_id=settings.tmon_client_id,
        client_secret=settings.tmon_client_secret.get_secret_value(),
        vendor_id=settings.tmon_vendor_id,
    )
    async with TmonApi(settings.tmon_api_url) as api:
        try:
            await api.store(vendor, PartnerCredentials(partner_id="-", partner_token="-")).check_token()  # noqa: S106
        except TmonError as error:
            raise CheckFailed(f"no token ({type(error).__name__})") from None
    return f"{urlsplit(settings.tmon_api_url).hostname} gives a token"


async def _vendor_contract(settings: BotSettings) -> str:
    if (open_to_all := open_contract(settings)) is not None:
        raise Doubtful(open_to_all)
    return f"for {len(settings.vendor_teams or ())} workspaces; stores of others bring their own"


async def _mail(settings: BotSettings) -> str:
    if settings.smtp_url is None or settings.mail_from is None:
        return "not set up; nobody hears by mail"
    try:
        await Mailer(settings.smtp_url.get_secret_value(), settings.mail_from).check()
    except MailUnavailable as error:
        raise CheckFailed(str(error)) from None
    return "the server lets us in"


def _slack(settings: BotSettings, token: str, tell: Progress) -> AsyncWebClient:
    base_url = f"{settings.slack_api_url}/"
    return slack_client(token, base_url, _Patience(tell), timeout=10)


async def _call(client: AsyncWebClient, method: str) -> Any:
    try:
        return await client.api_call(method)
    except SlackApiError as error:
        raise CheckFailed(f"Slack says {error.response.get('error')}") from None
    except SLACK_ERRORS as error:
        raise CheckFailed(f"Slack does not answer ({type(error).__name__})") from None
