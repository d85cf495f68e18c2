"""All endpoints that the client uses, with method, path, and how certain each is."""

from dataclasses import dataclass
from enum import StrEnum


class Certainty(StrEnum):
    """How certain a path or payload is (the marks of docs/tmon-api.md)."""

    A = "A"
    """Observed in at least two independent integrations."""
    B = "B"
    """Observed in one integration."""
    C = "C"
    """Inferred."""
    PROPOSED = "proposed"
    """Never observed; derived from the conventions of the API. TMON may not offer it."""


A, B, C, PROPOSED = Certainty.A, Certainty.B, Certainty.C, Certainty.PROPOSED


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. `path` is relative to `/api/{vendorId}`, except for the token, which is at the host's root."""

    name: str
    method: str
    path: str
    path_certainty: Certainty
    payload_certainty: Certainty
    writes: bool = False
    """Whether it changes data at TMON; such calls are never repeated blindly."""

    @property
    def path_confirmed(self) -> bool:
        """Whether this path was observed in use."""
        return self.path_certainty in (Certainty.A, Certainty.B)

    @property
    def targets_resource(self) -> bool:
        """Whether the path names a single resource (order, claim, …), so that 404 may mean the resource and not the call."""
        return "{" in self.path


TOKEN = Endpoint("token", "POST", "/oauth/token", A, A)
CODES = Endpoint("codes.all", "GET", "/codes", B, PROPOSED)
CATEGORIES = Endpoint("categories.tree", "GET", "/categories", PROPOSED, B)
ORDERS = Endpoint("orders.list", "GET", "/orders", B, A)
ORDER_SEARCH = Endpoint("orders.search", "GET", "/orders/search", B, B)
ORDER = Endpoint("orders.get", "GET", "/orders/{order_no}", B, A)
ORDER_INITIAL = Endpoint("orders.initial", "GET", "/orders/{order_no}/initial", PROPOSED, B)
ORDER_CONFIRM = Endpoint("orders.confirm", "PUT", "/orders/{order_no}/confirm", B, A, writes=True)
WAYBILL_REGISTER = Endpoint("waybills.register", "POST", "/orders/{order_no}/invoices", B, A, writes=True)
WAYBILL_CORRECT = Endpoint("waybills.correct", "PUT", "/orders/{order_no}/invoices", B, A, writes=True)
DELAY_NOTICE = Endpoint("waybills.notify_delay", "PUT", "/orders/{order_no}/delay", PROPOSED, PROPOSED, writes=True)
CLAIM_PATHS = {"C": "cancellations", "R": "refunds", "X": "exchanges", "D": "redeliveries"}
"""First part of the path of each kind of claim, by `ClaimKind`."""
CLAIM_SEARCH = {kind: Endpoint(f"{path}.search", "GET", f"/{path}/search", B, A) for kind, path in CLAIM_PATHS.items()}
CLAIM = {kind: Endpoint(f"{path}.get", "GET", f"/{path}/{{claim_no}}", B, B) for kind, path in CLAIM_PATHS.items()}
ORDER_CLAIMS = Endpoint("claims.of_order", "GET", "/orders/{order_no}/claims", PROPOSED, B)
CANCELLATION_CREATE = Endpoint("cancellations.create", "POST", "/cancellations", B, A, writes=True)
CANCELLATION_APPROVE = Endpoint("cancellations.approve", "PUT", "/cancellations/{claim_no}/approve", B, A, writes=True)
CANCELLATION_REJECT = Endpoint("cancellations.reject", "PUT", "/cancellations/{claim_no}/reject", B, A, writes=True)
REFUND_APPROVE = Endpoint("refunds.approve", "PUT", "/refunds/{claim_no}/approve", B, A, writes=True)
REFUND_REJECT = Endpoint("refunds.reject", "PUT", "/refunds/{claim_no}/reject", C, B, writes=True)
REFUND_HOLD = Endpoint("refunds.hold", "PUT", "/refunds/{claim_no}/hold", PROPOSED, PROPOSED, writes=True)
REFUND_RELEASE = Endpoint("refunds.release", "PUT", "/refunds/{claim_no}/release", PROPOSED, PROPOSED, writes=True)
EXCHANGE_APPROVE = Endpoint("exchanges.approve", "PUT", "/exchanges/{claim_no}/approve", B, A, writes=True)
EXCHANGE_REJECT = Endpoint("exchanges.reject", "PUT", "/exchanges/{claim_no}/reject", C, B, writes=True)
EXCHANGE_RETURN_INVOICE = Endpoint(
    "exchanges.return_invoice", "PUT", "/exchanges/{claim_no}/return-invoice", PROPOSED, B, writes=True
)
EXCHANGE_HOLD = Endpoint("exchanges.hold", "PUT", "/exchanges/{claim_no}/hold", PROPOSED, B, writes=True)
EXCHANGE_RELEASE = Endpoint("exchanges.release", "PUT", "/exchanges/{claim_no}/release", PROPOSED, B, writes=True)
REDELIVERY_APPROVE = Endpoint("redeliveries.approve", "PUT", "/redeliveries/{claim_no}/approve", C, B, writes=True)
REDELIVERY_REJECT = Endpoint(
    "redeliveries.reject", "PUT", "/redeliveries/{claim_no}/reject", PROPOSED, PROPOSED, writes=True
)
ADDRESSES = Endpoint("addresses.list", "GET", "/partners/addresses", B, PROPOSED)
ADDRESS_BY_NAME = Endpoint("addresses.by_name", "GET", "/partners/addresses", B, B)
ADDRESS_CREATE = Endpoint("addresses.create", "POST", "/partners/addresses", A, A, writes=True)
ADDRESS_UPDATE = Endpoint("addresses.update", "PUT", "/partners/addresses/{no}", A, A, writes=True)
TEMPLATE_CREATE = Endpoint("delivery_templates.create", "POST", "/partners/templates", A, A, writes=True)
TEMPLATES = Endpoint("delivery_templates.list", "GET", "/partners/templates", PROPOSED, PROPOSED)
TEMPLATE = Endpoint("delivery_templates.get", "GET", "/partners/templates/{no}", PROPOSED, PROPOSED)
DEAL_CREATE = Endpoint("deals.create", "POST", "/deals", A, A, writes=True)
DEAL_UPDATE = Endpoint("deals.update", "PUT", "/deals/{deal_no}", A, A, writes=True)
DEAL_ADD_OPTIONS = Endpoint("deals.add_options", "POST", "/deals/{deal_no}/options", B, B, writes=True)
DEAL = Endpoint("deals.get", "GET", "/deals/{deal_no}", A, B)
DEAL_STOCK = Endpoint("deals.set_stock", "PUT", "/deals/{deal_no}/stock", B, A, writes=True)
DEAL_DISPLAY = Endpoint("deals.set_display", "PUT", "/deals/{deal_no}/options/display", B, B, writes=True)
DEAL_PAUSE = Endpoint("deals.pause", "PUT", "/deals/{deal_no}/pause", B, A, writes=True)
DEAL_RESUME = Endpoint("deals.resume", "PUT", "/deals/{deal_no}/resume", B, A, writes=True)
DEAL_SALES_PERIOD = Endpoint(
    "deals.set_sales_period", "PUT", "/deals/{deal_no}/sales-period", PROPOSED, PROPOSED, writes=True
)
QUESTIONS = Endpoint("inquiries.questions", "GET", "/qnas", B, A)
CS_INQUIRIES = Endpoint("inquiries.cs_list", "GET", "/cs-inquiry/list", B, A)
CS_INQUIRY = Endpoint("inquiries.cs_get", "GET", "/cs-inquiry/detail/{inquiry_no}", B, A)
QUESTION_REPLY = Endpoint("inquiries.reply", "POST", "/qnas/{article_no}/replies", B, A, writes=True)
CS_ANSWER = Endpoint("inquiries.cs_answer", "POST", "/cs-inquiry/save/{inquiry_no}/{group_no}", B, A, writes=True)
REVIEWS = Endpoint("reviews.list", "GET", "/reviews", PROPOSED, PROPOSED)
REVIEW_REPLY = Endpoint("reviews.reply", "POST", "/reviews/{review_no}/replies", PROPOSED, PROPOSED, writes=True)
SETTLEMENT = Endpoint("settlement.day", "GET", "/settlement", B, A)

ENDPOINTS = (
    TOKEN,
    CODES,
    CATEGORIES,
    ORDERS,
    ORDER_SEARCH,
    ORDER,
    ORDER_INITIAL,
    ORDER_CONFIRM,
    WAYBILL_REGISTER,
    WAYBILL_CORRECT,
    DELAY_NOTICE,
    *CLAIM_SEARCH.values(),
    *CLAIM.values(),
    ORDER_CLAIMS,
    CANCELLATION_CREATE,
    CANCELLATION_APPROVE,
    CANCELLATION_REJECT,
    REFUND_APPROVE,
    REFUND_REJECT,
    REFUND_HOLD,
    REFUND_RELEASE,
    EXCHANGE_APPROVE,
    EXCHANGE_REJECT,
    EXCHANGE_RETURN_INVOICE,
    EXCHANGE_HOLD,
    EXCHANGE_RELEASE,
    REDELIVERY_APPROVE,
    REDELIVERY_REJECT,
    ADDRESSES,
    ADDRESS_BY_NAME,
    ADDRESS_CREATE,
    ADDRESS_UPDATE,
    TEMPLATE_CREATE,
    TEMPLATES,
    TEMPLATE,
    DEAL_CREATE,
    DEAL_UPDATE,
    DEAL_ADD_OPTIONS,
    DEAL,
    DEAL_STOCK,
    DEAL_DISPLAY,
    DEAL_PAUSE,
    DEAL_RESUME,
    DEAL_SALES_PERIOD,
    QUESTIONS,
    CS_INQUIRIES,
    CS_INQUIRY,
    QUESTION_REPLY,
    CS_ANSWER,
    REVIEWS,
    REVIEW_REPLY,
    SETTLEMENT,
)
