"""The only wiring: builds all services from settings and clients."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler, async_default_handlers
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import create_app
from bot.clients import Clients
from bot.delivery import OutboxWorker
from bot.engine import Engine
from bot.engine.embedded import EmbeddedEngine
from bot.installations import Grant, Installations
from bot.mail import Mailer
from bot.oauth import OAuth, SlackApp
from bot.outbox_alarm import OutboxAlarm
from bot.reachability import lacking, open_contract
from bot.scheduler import ScheduledJob, build_jobs
from bot.settings import BotSettings
from bot.slack_client import DateListener, slack_client
from bot.uninstalls import installation_jobs, listen
from handlers.feature import SlackFeature
from handlers.features import FEATURES as SLACK_FEATURES
from handlers.features import complete, renderers, settings_parts
from handlers.links import SlackLinks
from handlers.permissions import SlackUsers
from handlers.router import Router
from handlers.slack_codes import code_of
from handlers.waybills.file_deletion import FileDeletion
from tmon.api import TmonApi, VendorCredentials
from tmon.clock import Clock, system_clock
from tmon.clock_check import ClockCheck
from tmon.collection.coordinator import auth_error_reporter
from tmon.core import Core, ExampleStore, Options, Services, StoreHook
from tmon.database import Database
from tmon.feature import MINUTE, DomainFeature
from tmon.features import FEATURES
from tmon.incidents.service import IncidentService
from tmon.leases import Claims, Leases
from tmon.presence import Presence
from tmon.processes import Process
from tmon.sealing import Sealer
from tmon.services import all_tasks, build_services
from tmon.stores.api_clients import ApiClients
from tmon.stores.switches import require_on
from tmon.work import Work
from tmon.workspaces.service import Arrival
from tmon.writes.engine import WriteEngine
from tmon.writes.records import delete_writes

log = structlog.stdlib.get_logger(__name__)

Features = tuple[Sequence[DomainFeature], Sequence[SlackFeature]]
"""The manifests of the features in `tmon` and in `handlers`."""


@dataclass(frozen=True)
class Bot:
    """The parts that the process starts and stops."""

    services: Services
    clients: Clients
    app: AsyncApp
    guard: Router
    outbox: OutboxWorker
    engine: Engine
    installations: Installations
    oauth: OAuth | None
    """The pages of an installation; None: only the workspace of the bot token uses this deployment."""
    jobs: tuple[ScheduledJob, ...]
    run_jobs_now: Callable[[], None] = lambda: None
    """Makes all jobs due, once the process has scheduled them."""


async def build_bot(
    settings: BotSettings,
    db: Database,
    clock: Clock,
    api: TmonApi,
    features: Features = (FEATURES, SLACK_FEATURES),
    sealer: Sealer | None = None,
    examples: tuple[ExampleStore, ...] = (),
    process: Process | None = None,
    engine: Engine | None = None,
) -> Bot:
    """Build the bot. Raises SlackApiError if the bot token is refused, and no workspace can install the app.

    `sealer`: by default one that also opens values which are not bound to their row. `examples`: sellers of the sandbox, whose
    values the setup form offers. `process`: by default one that nobody else hears of. `engine`: by default the embedded one.
    """
    engine = engine or EmbeddedEngine()
    domain, slack = features[0], complete(features[1])
    clock_check = ClockCheck(clock)
    api.listen_to_dates(clock_check.heard)
    retries = (
        DateListener(clock_check.heard),
        *async_default_handlers(),
        AsyncRateLimitErrorRetryHandler(max_retry_count=1),
    )
    nobody = slack_client(None, f"{settings.slack_api_url}/", *retries)
    clock_check.ask = nobody.api_test
    core, incidents = _core(
        settings,
        db,
        clock,
        clock_check,
        api,
        domain,
        sealer or Sealer(settings.fernet_keys()),
        examples,
        process or Process(db),
        engine,
    )
    installations = Installations(core, settings.slack_api_url)
    if settings.slack_bot_token is not None:
        await _adopt(installations, nobody, settings, clock())
    for lack in (await lacking(settings, installations), open_contract(settings)):
        if lack is not None:
            log.warning(lack)
    services = build_services(core, incidents, domain)
    clients = Clients(installations, *retries)
    directory = SlackUsers(clients)
    services.add(directory)
    services.add(SlackLinks(clients))
    services.add(settings_parts(slack))
    engine.begin(services, all_tasks(domain))
    zone = ZoneInfo(settings.tz_name)
    app, guard = create_app(services, nobody, directory, clients, zone, slack, settings.tmon_partner_center_url)
    oauth: OAuth | None = None
    jobs_of_app: tuple[ScheduledJob, ...] = ()
    if (slack_app := _slack_app(settings)) is not None:
        oauth = OAuth(installations, slack_app, guard.texts, settings.language)
        jobs_of_app = installation_jobs(installations, slack_app, oauth)
        listen(app, installations)
    mailer = None
    if settings.smtp_url is not None and settings.mail_from is not None:
        mailer = Mailer(settings.smtp_url.get_secret_value(), settings.mail_from)
    patient = Clients(installations)  # a repeated post would be a second message
    outbox = OutboxWorker(services, patient, directory, renderers(slack), guard, mailer, settings.operator_email)
    deletion = FileDeletion(services, clients, directory, guard.texts)
    services.add(deletion)
    reachable = mailer is not None and settings.operator_email is not None
    alarm = OutboxAlarm(db, clock, core.process, reachable=reachable)
    jobs = (
        *build_jobs(services, domain, alarm),
        ScheduledJob("delete shipping files", deletion, MINUTE),
        *jobs_of_app,
    )
    return Bot(services, clients, app, guard, outbox, engine, installations, oauth, jobs)


async def _adopt(installations: Installations, nobody: AsyncWebClient, settings: BotSettings, now: datetime) -> None:
    """Make the token in the settings an installation. Raises SlackApiError if it is refused and all there is."""
    assert settings.slack_bot_token is not None
    token = settings.slack_bot_token.get_secret_value()
    try:
        identity = (await nobody.auth_test(token=token)).data
    except SlackApiError as error:
        if settings.slack_client_id is None:
            raise
        log.error("SLACK_BOT_TOKEN is refused; the other workspaces are served", error=code_of(error))
        return
    assert isinstance(identity, dict)
    await installations.adopt(_grant(identity, token, now))


def _grant(identity: Mapping[str, Any], token: str, now: datetime) -> Grant:
    """Return the installation that a token in the settings belongs to, by the answer of `auth.test` to it."""
    return Grant(
        arrival=Arrival(
            team_id=str(identity["team_id"]),
            name=str(identity.get("team") or identity["team_id"]),
            installed_at=now,
            enterprise_id=identity.get("enterprise_id"),
        ),
        bot_user_id=str(identity["user_id"]),
        bot_token=token,
        bot_id=identity.get("bot_id"),
    )


def _slack_app(settings: BotSettings) -> SlackApp | None:
    """Return the app that workspaces install; None if the settings have none."""
    if settings.slack_client_id is None or settings.slack_client_secret is None or settings.public_url is None:
        return None
    return SlackApp(
        settings.slack_client_id,
        settings.slack_client_secret.get_secret_value(),
        settings.slack_api_url,
        settings.public_url,
    )


def build_core(settings: BotSettings, db: Database) -> Core:
    """Build the core for a command that needs neither Slack nor tasks."""
    clock = system_clock
    core, _ = _core(
        settings,
        db,
        clock,
        ClockCheck(clock),
        TmonApi(settings.tmon_api_url),
        FEATURES,
        Sealer(settings.fernet_keys()),
        (),
        Process(db),
        EmbeddedEngine(),
    )
    return core


def _core(
    settings: BotSettings,
    db: Database,
    clock: Clock,
    clock_check: ClockCheck,
    api: TmonApi,
    features: Sequence[DomainFeature],
    sealer: Sealer,
    examples: tuple[ExampleStore, ...],
    process: Process,
    work: Work,
) -> tuple[Core, IncidentService]:
    vendor = VendorCredentials(
        client_id=settings.tmon_client_id,
        client_secret=settings.tmon_client_secret.get_secret_value(),
        vendor_id=settings.tmon_vendor_id,
        personal_data_key=settings.tmon_personal_data_key.get_secret_value(),
        policy_no=settings.tmon_vendor_policy_no,
    )
    switches = {collector.kind: collector.switch for feature in features for collector in feature.collectors}
    incidents = IncidentService(
        db,
        sealer,
        clock,
        settings.incident_after_failures,
        switches,
        quiet_nights=not examples,  # whoever tries the playground at night would hear of nothing
    )
    claims = Claims(db, process)
    vendor_teams = None if settings.vendor_teams is None else frozenset(settings.vendor_teams)
    clients = ApiClients(api, sealer, vendor, Presence(db, clock), vendor_teams)
    report = auth_error_reporter(db, incidents, clock)
    core = Core(
        db=db,
        clock=clock,
        sealer=sealer,
        clients=clients,
        report_auth_error=report,
        writes=WriteEngine(
            db,
            clock,
            claims,
            sealer,
            clients.for_store,
            require_on,
            report,
            work,
            [w for one in features for w in one.writes],
        ),
        process=process,
        claims=claims,
        leases=Leases(db, claims),
        work=work,
        clock_check=clock_check,
        options=Options(
            zone=ZoneInfo(settings.tz_name),
            language=settings.language,
            collect_orders=timedelta(seconds=settings.collect_orders_seconds),
            collect_claims=timedelta(seconds=settings.collect_claims_seconds),
            collect_cs=timedelta(seconds=settings.collect_cs_seconds),
            collect_reviews=timedelta(seconds=settings.collect_reviews_seconds),
            stock_sync=timedelta(seconds=settings.stock_sync_seconds),
            extend_period_at=settings.extend_period_at,
            settlement_at=settings.settlement_at,
            daily_report_at=settings.daily_report_at,
            personal_data_days=settings.personal_data_days,
            shipping_file=timedelta(minutes=settings.shipping_file_minutes),
            vendor_teams=vendor_teams,
            uninstall_keep=timedelta(days=settings.uninstall_keep_days),
            examples=examples,
        ),
        on_store_removed=(delete_writes, *_hooks(feature.on_store_removed for feature in features)),
        destroy_of_store=tuple(one.retention.destroy_of_store for one in features if one.retention is not None),
        on_channel_mended=(incidents.on_channel_mended, *_hooks(feature.on_channel_mended for feature in features)),
        on_closed_days_changed=_hooks(feature.on_closed_days_changed for feature in features),
        on_auto_confirm_begun=_hooks(feature.on_auto_confirm_begun for feature in features),
    )
    return core, incidents


def _hooks(hooks: Iterable[StoreHook | None]) -> tuple[StoreHook, ...]:
    return tuple(hook for hook in hooks if hook is not None)
