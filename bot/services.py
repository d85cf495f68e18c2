"""The only wiring: from settings and clients to everything that the product can do."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from slack_bolt.async_app import AsyncApp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import create_app
from bot.delivery import Outbox
from bot.mail import Mailer
from bot.outbox_alarm import OutboxAlarm
from bot.scheduler import Job, jobs_of
from bot.settings import Settings
from handlers.access import Directory
from handlers.features import PAINTERS
from handlers.guard import Guard
from tmon.api import TmonApi, VendorCredentials
from tmon.audit import AuditLog
from tmon.clock import Clock
from tmon.collection.coordinator import Collector, Work, lay_auth_fault
from tmon.database import Database
from tmon.incidents.service import Incidents
from tmon.inquiries.collector import InquiryRun
from tmon.inquiries.service import Inquiries
from tmon.models.collection import Kind
from tmon.orders.collector import OrderRun
from tmon.orders.confirmation import Confirmation
from tmon.orders.delivery_tracking import Deliveries
from tmon.orders.recovery import Sweep
from tmon.orders.service import Orders
from tmon.outbox import Messages
from tmon.products.catalog import Catalog
from tmon.products.runple import Runple
from tmon.products.sale_period.schedule import Timetable
from tmon.products.sale_period.service import SalePeriods
from tmon.sealing import Sealer
from tmon.services import Services
from tmon.stock.collector import StockSync
from tmon.stock.service import Stock
from tmon.stores.api_clients import Connections
from tmon.stores.service import Stores
from tmon.templates.address_book import AddressBooks
from tmon.templates.address_changes import AddressChanges
from tmon.templates.delivery import DeliveryTemplates


@dataclass(frozen=True)
class Bot:
    """The parts that the process starts and stops."""

    services: Services
    client: AsyncWebClient
    app: AsyncApp
    guard: Guard
    outbox: Outbox
    jobs: tuple[Job, ...]


async def assemble(settings: Settings, db: Database, clock: Clock, api: TmonApi) -> Bot:
    """Everything wired together for the workspace of the bot token. Raises SlackApiError when the token is refused."""
    client = AsyncWebClient(token=settings.slack_bot_token.get_secret_value(), base_url=f"{settings.slack_api_url}/")
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    team_id = str((await client.auth_test())["team_id"])
    sealer = Sealer(settings.fernet_keys())
    zone = ZoneInfo(settings.tz_name)
    vendor = VendorCredentials(
        client_id=settings.tmon_client_id,
        client_secret=settings.tmon_client_secret.get_secret_value(),
        vendor_id=settings.tmon_vendor_id,
        personal_data_key=settings.tmon_personal_data_key.get_secret_value(),
    )
    connections = Connections(api, sealer, vendor)
    incidents = Incidents(db, sealer, clock, settings.incident_after_failures)
    on_auth_error = lay_auth_fault(db, incidents, clock)
    confirmation = Confirmation(db, sealer, clock, connections, on_auth_error)
    address_books = AddressBooks(db, sealer, clock, connections, on_auth_error)
    services = Services(
        team_id=team_id,
        language=settings.language,
        clock=clock,
        db=db,
        sealer=sealer,
        connections=connections,
        stores=Stores(db, sealer, clock, connections),
        orders=Orders(db, sealer, clock),
        confirmation=confirmation,
        collector=Collector(
            db,
            clock,
            connections,
            incidents,
            {
                Kind.ORDERS: Work(
                    timedelta(seconds=settings.collect_orders_seconds),
                    lambda store, user: OrderRun(db, sealer, clock, confirmation, incidents, store, user),
                ),
                Kind.INQUIRIES: Work(
                    timedelta(seconds=settings.collect_cs_seconds),
                    lambda store, user: InquiryRun(db, sealer, clock, store, user),
                ),
                Kind.STOCK: Work(
                    timedelta(seconds=settings.stock_sync_seconds), lambda store, _: StockSync(db, clock, store)
                ),
            },
        ),
        incidents=incidents,
        inquiries=Inquiries(db, sealer, clock),
        messages=Messages(db),
        runple=Runple(db, clock),
        audit_log=AuditLog(db),
        catalog=Catalog(db, clock, connections, on_auth_error),
        sale_periods=SalePeriods(db, clock, connections, on_auth_error, Timetable(settings.extend_period_at, zone)),
        stock=Stock(db, clock),
        address_books=address_books,
        address_changes=AddressChanges(db, sealer, clock, connections, address_books, on_auth_error),
        delivery_templates=DeliveryTemplates(db, clock, connections, address_books, on_auth_error),
    )
    directory = Directory(client, team_id)
    app, guard = create_app(services, client, directory, zone)
    mailer = None
    if settings.smtp_url is not None and settings.mail_from is not None:
        mailer = Mailer(settings.smtp_url.get_secret_value(), settings.mail_from)
    patient = AsyncWebClient(client.token, client.base_url, retry_handlers=[])  # a repeated post is a second message
    outbox = Outbox(services, patient, directory, PAINTERS, guard, mailer, settings.operator_email)
    sweep = Sweep(db, sealer, clock, connections, confirmation)
    alarm = OutboxAlarm(db, clock, team_id, reachable=mailer is not None and settings.operator_email is not None)
    jobs = jobs_of(services, sweep, Deliveries(db, clock, connections), alarm, settings)
    return Bot(services, client, app, guard, outbox, jobs)
