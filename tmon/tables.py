"""Every table of the product, imported in one place so that the schema is complete."""

from sqlmodel import SQLModel

from tmon.audit import Audit
from tmon.collection.tables import Collection, Run
from tmon.incidents.tables import Incident, IncidentStore
from tmon.inquiries.tables import Inquiry, InquiryStanding
from tmon.notifications import Message
from tmon.orders.tables import Batch, Order, OrderDeal
from tmon.products.tables import Deal, DealOption, SalePeriodExtension, SalePeriodSchedule
from tmon.stock.tables import CallNotOffered, Movement, OptionLink, Sku
from tmon.stores.tables import Draft, Store
from tmon.templates.tables import AddressChange, DeliveryTemplate, PartnerAddress, TemplateImports

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "AddressChange",
    "Audit",
    "Batch",
    "CallNotOffered",
    "Collection",
    "Deal",
    "DealOption",
    "DeliveryTemplate",
    "Draft",
    "Incident",
    "IncidentStore",
    "Inquiry",
    "InquiryStanding",
    "Message",
    "Movement",
    "OptionLink",
    "Order",
    "OrderDeal",
    "PartnerAddress",
    "Run",
    "SalePeriodExtension",
    "SalePeriodSchedule",
    "Sku",
    "Store",
    "TemplateImports",
]
