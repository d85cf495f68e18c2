"""Everything that the product can do, in one bundle; built once, in `bot/services.py`."""

from dataclasses import dataclass

from tmon.audit import AuditLog
from tmon.clock import Clock
from tmon.collection.coordinator import Collector
from tmon.database import Database
from tmon.incidents.service import Incidents
from tmon.inquiries.service import Inquiries
from tmon.orders.confirmation import Confirmation
from tmon.orders.service import Orders
from tmon.outbox import Messages
from tmon.products.catalog import Catalog
from tmon.products.runple import Runple
from tmon.products.sale_period.service import SalePeriods
from tmon.sealing import Sealer
from tmon.stock.service import Stock
from tmon.stores.api_clients import Connections
from tmon.stores.service import Stores
from tmon.templates.address_book import AddressBooks
from tmon.templates.address_changes import AddressChanges
from tmon.templates.delivery import DeliveryTemplates


@dataclass(frozen=True)
class Services:
    """The services of one workspace."""

    team_id: str
    language: str
    """Language of channel messages and mails: `ko` or `en`."""
    clock: Clock
    db: Database
    sealer: Sealer
    connections: Connections
    stores: Stores
    orders: Orders
    confirmation: Confirmation
    collector: Collector
    incidents: Incidents
    inquiries: Inquiries
    messages: Messages
    address_books: AddressBooks
    address_changes: AddressChanges
    delivery_templates: DeliveryTemplates
    catalog: Catalog
    runple: Runple
    audit_log: AuditLog
    sale_periods: SalePeriods
    stock: Stock
