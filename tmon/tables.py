"""Every table of the product, imported in one place so that the schema is complete."""

from sqlmodel import SQLModel

from tmon.audit import Audit
from tmon.collection.tables import Collection, Run
from tmon.incidents.tables import Incident, IncidentStore
from tmon.notifications import Message
from tmon.orders.tables import Batch, Order, OrderDeal
from tmon.stores.tables import Draft, Store

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "Audit",
    "Batch",
    "Collection",
    "Draft",
    "Incident",
    "IncidentStore",
    "Message",
    "Order",
    "OrderDeal",
    "Run",
    "Store",
]
