"""A TMON Interwork server as strict as the wire contract, for the playground and for tests.

It is its own reading of the contract and shares no code with the client in `tmon.api`. One module per resource, one table
of routes (`server.ROUTES`); `Sandbox` holds the state, `serve` puts it behind HTTP, `Faults` makes it fail.
"""

from bot.playground.tmon.call_log import CallPhase, LoggedCall
from bot.playground.tmon.deal_listings import DealChange, ListedOption, Listing
from bot.playground.tmon.demo import DEMO_PARTNERS, DEMO_VENDOR, demo_sandbox
from bot.playground.tmon.faults import Faults, Mode
from bot.playground.tmon.inquiry_events import answer_oldest, ask_again, new_cs_inquiry, new_question
from bot.playground.tmon.models import (
    AddressBookEntry,
    BuyerQuestion,
    CancelClaim,
    CsCase,
    OrderedDeal,
    OrderedOption,
    Partner,
    PlacedOrder,
    StoredTemplate,
    Vendor,
)
from bot.playground.tmon.order_factory import NothingOnSale
from bot.playground.tmon.seed_shop import open_shop
from bot.playground.tmon.server import PROPOSED_CALLS, WRITES, TmonServer, serve
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import encrypt

__all__ = [
    "DEMO_PARTNERS",
    "DEMO_VENDOR",
    "PROPOSED_CALLS",
    "WRITES",
    "AddressBookEntry",
    "BuyerQuestion",
    "CallPhase",
    "CancelClaim",
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
    "Partner",
    "PlacedOrder",
    "Sandbox",
    "StoredTemplate",
    "TmonServer",
    "Vendor",
    "answer_oldest",
    "ask_again",
    "demo_sandbox",
    "encrypt",
    "new_cs_inquiry",
    "new_question",
    "open_shop",
    "serve",
]
