"""Ids and parameters of admin that come back from Slack. They live on in old messages: never rename, only add."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from handlers.payloads import Payload


class AdminAction(StrEnum):
    """Buttons and fields of what workspace admins do."""

    OVERVIEW = "admin.overview"
    RUNPLE = "admin.runple"
    MARK_STORE = "admin.mark_store"
    UNMARK_STORE = "admin.unmark_store"
    DEALS = "admin.deals"
    MARK_DEAL = "admin.mark_deal"
    UNMARK_DEAL = "admin.unmark_deal"
    NUMBERS = "admin.numbers"
    RIGHTS = "admin.rights"
    AUDIT = "admin.audit"


class AdminView(StrEnum):
    """Modals of what workspace admins do."""

    OVERVIEW = "admin.overview_view"
    RUNPLE = "admin.runple_list"
    DEALS = "admin.deal_list"
    NUMBERS = "admin.numbers_form"
    RIGHTS = "admin.rights_list"
    AUDIT = "admin.audit_list"


class AdminRef(Payload):
    """A page of a list of stores that admins see, and the store that a button on it is about."""

    store: str = ""
    page: int = 0


class RunpleRef(Payload):
    """A page of a store's deals as admins mark them, and the deal that a button on it is about."""

    store: str
    page: int = 0
    search: str = ""
    deal: int = 0
    list_view: str = ""
    """The list that a form was opened from."""


class AuditRef(Payload):
    """A page of the audit list, and what it is narrowed to."""

    store: str = ""
    user: str = ""
    day: date | None = None
    page: int = 0
    form_version: int = Field(default=0, validation_alias="anew", serialization_alias="anew")
    """Tells the inputs of one beginning from those of another."""
