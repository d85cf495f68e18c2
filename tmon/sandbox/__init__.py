"""A TMON Interwork server as strict as the wire contract, for the playground and for tests.

It is its own reading of the contract and shares no code with the client in `tmon.api`. One module per resource, one table
of routes (`server.ROUTES`); `Sandbox` holds the state, `serve` puts it behind HTTP, `Faults` makes it fail.
"""

from tmon.sandbox.asking import answer_oldest, ask_again, new_cs_inquiry, new_question
from tmon.sandbox.calls import Call, Phase
from tmon.sandbox.demo import DEMO_PARTNERS, DEMO_VENDOR
from tmon.sandbox.faults import Faults, Mode
from tmon.sandbox.listings import Change, ListedOption, Listing
from tmon.sandbox.opening import open_shop
from tmon.sandbox.placing import NothingOnSale
from tmon.sandbox.records import (
    DeliveryTemplate,
    Partner,
    PartnerAddress,
    SandboxClaim,
    SandboxCsInquiry,
    SandboxDeal,
    SandboxOption,
    SandboxOrder,
    SandboxQuestion,
    Vendor,
)
from tmon.sandbox.running import run
from tmon.sandbox.sandbox import Sandbox
from tmon.sandbox.server import PROPOSED_CALLS, WRITES, SandboxServer, serve
from tmon.sandbox.wire import encrypt

__all__ = [
    "DEMO_PARTNERS",
    "DEMO_VENDOR",
    "PROPOSED_CALLS",
    "WRITES",
    "Call",
    "Change",
    "DeliveryTemplate",
    "Faults",
    "ListedOption",
    "Listing",
    "Mode",
    "NothingOnSale",
    "Partner",
    "PartnerAddress",
    "Phase",
    "Sandbox",
    "SandboxClaim",
    "SandboxCsInquiry",
    "SandboxDeal",
    "SandboxOption",
    "SandboxOrder",
    "SandboxQuestion",
    "SandboxServer",
    "Vendor",
    "answer_oldest",
    "ask_again",
    "encrypt",
    "new_cs_inquiry",
    "new_question",
    "open_shop",
    "run",
    "serve",
]
