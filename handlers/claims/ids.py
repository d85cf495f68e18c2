"""Ids and parameters of claims. They live on in old messages: never rename, only add."""

from enum import StrEnum

from pydantic import Field

from handlers.payloads import Id, Name, Number, PageNumber, Payload
from tmon.claims.claim_list import PAGE, Shown
from tmon.claims.writes import ClaimAct
from tmon.models.claims import ClaimKind


class ClaimAction(StrEnum):
    """Buttons on claim cards and in the list of claims."""

    SEE = "claim.see"
    AGAIN = "claim.again"
    PICKUP = "claim.pickup"
    PICTURES = "claim.pictures"
    PICTURE = "claim.picture"
    """A link to one picture. Slack tells the bot of every press, also of a link."""
    LIST = "claim.list"
    PAGE = "claim.page"
    SHOWN = "claim.shown"
    KIND = "claim.kind"
    STORE = "claim.store"


class ClaimView(StrEnum):
    """Modals about claims."""

    CLAIM = "claim.claim_view"
    LIST = "claim.list_view"
    PICKUP = "claim.pickup_view"
    PICTURES = "claim.pictures_view"


class ClaimRef(Payload):
    """A claim of a store."""

    store: Id
    kind: ClaimKind
    claim: Number


class ClaimRow(Payload):
    """A row of a list, as it was when its page was shown."""

    store: Id
    kind: ClaimKind
    claim: Number
    open: bool = False


class ClaimListRef(Payload):
    """A page of a list of claims: those of a message, those with a number, or those of one store or of all."""

    store: Id | None = None
    batch: Id | None = None
    number: Number | None = None
    shown: Shown = Shown.OPEN
    kind: ClaimKind | None = None
    month: str | None = Field(default=None, max_length=7, pattern=r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$")
    """The month of their deadlines."""
    page: PageNumber = 0
    start: int = Field(default=0, ge=0, lt=2**31)
    rows: tuple[ClaimRow, ...] = Field(default=(), max_length=PAGE)
    """What the page shows: it stays until the list is opened or turned anew."""
    turn: int = Field(default=0, ge=0, lt=2**31)
    """Number of changes of the filter: with each, Slack has to forget its choices."""


class ActAction(StrEnum):
    """Buttons that decide on a claim, and menus of their forms."""

    PRESS = "claim.act"
    """Each button of a card has the name of its act after `#`."""
    CARRIER = "claim.carrier"
    SOLD_OUT = "claim.sold_out"
    SOLD_OUT_GOODS = "claim.sold_out_goods"


class ActView(StrEnum):
    """Modals of acts."""

    FORM = "claim.act_form"
    WORKING = "claim.act_working"
    RESULT = "claim.act_result"
    SOLD_OUT = "claim.sold_out_form"


class ActRef(Payload):
    """An act on a claim."""

    store: Id
    kind: ClaimKind
    claim: Number
    act: ClaimAct
    under: Name | None = None
    """View id of the claim or the list from which a form was opened."""
    list: ClaimListRef | None = None
    """What that list shows."""


class SoldOutRef(Payload):
    """An order of which goods cannot be delivered."""

    store: Id
    order: Number
