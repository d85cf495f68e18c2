"""TMON sandbox: an Interwork API server as strict as `docs/tmon-api.md`, for the playground and the tests.

An independent implementation that shares no code with the client in `tmon.api`. One module per resource in `routes`, one
table of them (`server.ROUTES`); `Sandbox` holds the state, `serve` serves it over HTTP, `Faults` makes it fail.
"""

from bot.playground.tmon.call_log import CallPhase, LoggedCall
from bot.playground.tmon.carrier_events import carrier_collects, carrier_delivers
from bot.playground.tmon.claim_events import (
    accept_claim,
    add_claim,
    buyer_cancels,
    buyer_claims,
    buyer_sends_back,
    claimable,
    complete_claim,
    end_claim,
    goods_come_back,
    never_paid,
    reject_claim,
    returned_by,
    settle_overdue_claims,
    ship_refused,
    withdraw_claim,
)
from bot.playground.tmon.deal_listings import DealChange, ListedOption, Listing
from bot.playground.tmon.demo import DEMO_PARTNERS, DEMO_VENDOR, demo_sandbox
from bot.playground.tmon.faults import Faults, Mode
from bot.playground.tmon.inquiry_events import answer_oldest, ask_again, new_cs_inquiry, new_question
from bot.playground.tmon.models import (
    AddressBookEntry,
    BuyerClaim,
    BuyerQuestion,
    BuyerReview,
    ClaimType,
    CsCase,
    OrderedDeal,
    OrderedOption,
    ParcelInvoice,
    Partner,
    PlacedOrder,
    SettledRow,
    StoredTemplate,
    Vendor,
)
from bot.playground.tmon.order_factory import NothingOnSale
from bot.playground.tmon.review_events import new_review
from bot.playground.tmon.routes.reviews import REVIEW_CALLS
from bot.playground.tmon.seed_shop import open_shop
from bot.playground.tmon.server import PROPOSED_CALLS, WRITES, TmonServer, serve
from bot.playground.tmon.settlement_events import arrive_late, correct
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import encrypt

__all__ = [
    "DEMO_PARTNERS",
    "DEMO_VENDOR",
    "PROPOSED_CALLS",
    "REVIEW_CALLS",
    "WRITES",
    "AddressBookEntry",
    "BuyerClaim",
    "BuyerQuestion",
    "BuyerReview",
    "CallPhase",
    "ClaimType",
    "CsCase",
    "DealChange",
    "Faults",
    "ListedOption",
    "Listing",
    "LoggedCall",
    "Mode",
    "NothingOnSale",
    "OrderedDeal",
    "OrderedOption",
    "ParcelInvoice",
    "Partner",
    "PlacedOrder",
    "Sandbox",
    "SettledRow",
    "StoredTemplate",
    "TmonServer",
    "Vendor",
    "accept_claim",
    "add_claim",
    "answer_oldest",
    "arrive_late",
    "ask_again",
    "buyer_cancels",
    "buyer_claims",
    "buyer_sends_back",
    "carrier_collects",
    "carrier_delivers",
    "claimable",
    "complete_claim",
    "correct",
    "demo_sandbox",
    "encrypt",
    "end_claim",
    "goods_come_back",
    "never_paid",
    "new_cs_inquiry",
    "new_question",
    "new_review",
    "open_shop",
    "reject_claim",
    "returned_by",
    "serve",
    "settle_overdue_claims",
    "ship_refused",
    "withdraw_claim",
]
