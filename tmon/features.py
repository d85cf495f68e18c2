"""The list of features. Its order is the order of tasks on the home tab and of collectors in lists."""

from tmon.calendar import feature as calendar
from tmon.claims import feature as claims
from tmon.codes import feature as codes
from tmon.counters import feature as counters
from tmon.feature import DomainFeature
from tmon.incidents import feature as incidents
from tmon.inquiries import feature as inquiries
from tmon.listings import feature as listings
from tmon.orders import feature as orders
from tmon.privacy import feature as privacy
from tmon.products import feature as products
from tmon.reports import feature as reports
from tmon.reviews import feature as reviews
from tmon.settlement import feature as settlement
from tmon.stock import feature as stock
from tmon.stores import feature as stores
from tmon.templates import feature as templates
from tmon.unread import feature as unread
from tmon.vacation import feature as vacation
from tmon.waybills import feature as waybills
from tmon.workspaces import feature as workspaces

FEATURES: tuple[DomainFeature, ...] = (
    stores.FEATURE,
    calendar.FEATURE,
    orders.FEATURE,
    claims.FEATURE,
    waybills.FEATURE,
    inquiries.FEATURE,
    reviews.FEATURE,
    settlement.FEATURE,
    codes.FEATURE,
    counters.FEATURE,
    reports.FEATURE,
    stock.FEATURE,
    vacation.FEATURE,
    templates.FEATURE,
    products.FEATURE,
    listings.FEATURE,
    incidents.FEATURE,
    privacy.FEATURE,
    unread.FEATURE,
    workspaces.FEATURE,
)
