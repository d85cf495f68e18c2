"""Every call that we make, and how sure we are of it. The calls take their methods and paths from here."""

from dataclasses import dataclass
from enum import StrEnum


class Certainty(StrEnum):
    """How a path or payload is known (the marks of the wire contract)."""

    A = "A"
    """Seen in at least two independent integrations."""
    B = "B"
    """Seen in one."""
    C = "C"
    """Inferred."""
    PROPOSED = "proposed"
    """Never seen; a convention in the same style. TMON may not know it."""


A, B, PROPOSED = Certainty.A, Certainty.B, Certainty.PROPOSED


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `path` is below `/api/{vendorId}`, except that of the token, which is at the host's root."""

    name: str
    method: str
    path: str
    path_certainty: Certainty
    payload_certainty: Certainty
    writes: bool = False
    """Whether it changes something at TMON, so that it is never repeated blindly."""

    @property
    def path_was_seen(self) -> bool:
        """Whether somebody really used this path."""
        return self.path_certainty in (Certainty.A, Certainty.B)

    @property
    def names_a_thing(self) -> bool:
        """Whether the path leads to one order or claim, so that 404 may speak of that and not of the call."""
        return "{" in self.path


TOKEN = Call("token", "POST", "/oauth/token", A, A)
CODES = Call("codes.all", "GET", "/codes", B, PROPOSED)
CATEGORIES = Call("categories.tree", "GET", "/categories", PROPOSED, B)
ORDERS = Call("orders.list", "GET", "/orders", B, A)
ORDER_SEARCH = Call("orders.search", "GET", "/orders/search", B, B)
ORDER = Call("orders.get", "GET", "/orders/{order_no}", B, A)
ORDER_INITIAL = Call("orders.initial", "GET", "/orders/{order_no}/initial", PROPOSED, B)
ORDER_CONFIRM = Call("orders.confirm", "PUT", "/orders/{order_no}/confirm", B, A, writes=True)
CANCELLATION_SEARCH = Call("cancellations.search", "GET", "/cancellations/search", B, A)
CANCELLATION = Call("cancellations.get", "GET", "/cancellations/{claim_no}", B, B)
ORDER_CLAIMS = Call("cancellations.of_order", "GET", "/orders/{order_no}/claims", PROPOSED, B)
ADDRESSES = Call("addresses.list", "GET", "/partners/addresses", B, PROPOSED)
ADDRESS_BY_NAME = Call("addresses.by_name", "GET", "/partners/addresses", B, B)
ADDRESS_CREATE = Call("addresses.create", "POST", "/partners/addresses", A, A, writes=True)
ADDRESS_UPDATE = Call("addresses.update", "PUT", "/partners/addresses/{no}", A, A, writes=True)
TEMPLATE_CREATE = Call("delivery_templates.create", "POST", "/partners/templates", A, A, writes=True)
TEMPLATES = Call("delivery_templates.list", "GET", "/partners/templates", PROPOSED, PROPOSED)
TEMPLATE = Call("delivery_templates.get", "GET", "/partners/templates/{no}", PROPOSED, PROPOSED)
DEAL = Call("deals.get", "GET", "/deals/{deal_no}", A, B)
DEAL_STOCK = Call("deals.set_stock", "PUT", "/deals/{deal_no}/stock", B, A, writes=True)
DEAL_DISPLAY = Call("deals.set_display", "PUT", "/deals/{deal_no}/options/display", B, B, writes=True)
DEAL_PAUSE = Call("deals.pause", "PUT", "/deals/{deal_no}/pause", B, A, writes=True)
DEAL_RESUME = Call("deals.resume", "PUT", "/deals/{deal_no}/resume", B, A, writes=True)
DEAL_SALES_PERIOD = Call(
    "deals.set_sales_period", "PUT", "/deals/{deal_no}/sales-period", PROPOSED, PROPOSED, writes=True
)
QUESTIONS = Call("inquiries.questions", "GET", "/qnas", B, A)
CS_INQUIRIES = Call("inquiries.cs_list", "GET", "/cs-inquiry/list", B, A)
CS_INQUIRY = Call("inquiries.cs_get", "GET", "/cs-inquiry/detail/{inquiry_no}", B, A)

CALLS = (
    TOKEN,
    CODES,
    CATEGORIES,
    ORDERS,
    ORDER_SEARCH,
    ORDER,
    ORDER_INITIAL,
    ORDER_CONFIRM,
    CANCELLATION_SEARCH,
    CANCELLATION,
    ORDER_CLAIMS,
    ADDRESSES,
    ADDRESS_BY_NAME,
    ADDRESS_CREATE,
    ADDRESS_UPDATE,
    TEMPLATE_CREATE,
    TEMPLATES,
    TEMPLATE,
    DEAL,
    DEAL_STOCK,
    DEAL_DISPLAY,
    DEAL_PAUSE,
    DEAL_RESUME,
    DEAL_SALES_PERIOD,
    QUESTIONS,
    CS_INQUIRIES,
    CS_INQUIRY,
)
