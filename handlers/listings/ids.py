"""Ids and parameters of uploaded lists of products. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Id, Name, Number, PageNumber, Payload


class ListingAction(StrEnum):
    """Buttons and the menu of an uploaded list."""

    UPLOAD = "listing.upload"
    PAGE = "listing.page"
    """Also the way back from one product, and to the result from a message."""
    SHOW_KIND = "listing.show_kind"
    DEAL = "listing.deal"
    PROBLEMS = "listing.problems"


class ListingView(StrEnum):
    """Modals of an uploaded list."""

    UPLOAD = "listing.upload_form"
    PREVIEW = "listing.preview"
    RESULT = "listing.result"


class UploadFormRef(Payload):
    """The store whose products a file is about."""

    store: Id


class ListingRef(Payload):
    """A page of an uploaded list of products, or one product of it."""

    upload: Id
    store: Id = ""
    page: PageNumber = 0
    kind: Name = ""
    """The products that are shown: a `Kind` in a preview, an `Outcome` in a result; empty: all."""
    deal: Number | None = None
    """Position of the product in the list, counted from 0."""
    part: PageNumber = 0
    """Page of what changes in that product."""
    form: bool = False
    """It was typed into a form."""
    steep: bool = False
    """A price changes by more than half: the person has to say that it is meant."""
