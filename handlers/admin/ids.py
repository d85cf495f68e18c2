"""Ids and parameters of admin. They live on in old messages: never rename, only add."""

from enum import StrEnum

from pydantic import Field

from handlers.payloads import Day, Id, Name, Number, PageNumber, Payload, Words


class AdminAction(StrEnum):
    """Buttons of the admin views."""

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
    AUDIT_EXPORT = "admin.export_audit"
    PRIVACY = "admin.privacy"
    ACCESS_DONE = "admin.access_done"
    ACCESS_EXPORT = "admin.access_export"
    DESTRUCTIONS = "admin.destructions"
    HOLDINGS = "admin.holdings"
    REVIEW = "admin.review"
    LANGUAGE = "admin.language"


class AdminView(StrEnum):
    """Modals for workspace admins."""

    OVERVIEW = "admin.overview_view"
    RUNPLE = "admin.runple_list"
    DEALS = "admin.deal_list"
    NUMBERS = "admin.numbers_form"
    RIGHTS = "admin.rights_list"
    AUDIT = "admin.audit_list"
    PRIVACY = "admin.privacy_view"
    DESTRUCTIONS = "admin.destruction_list"


class AdminRef(Payload):
    """A page of an admin's list of stores, and the store of a button on it."""

    store: Id = ""
    page: PageNumber = 0


class RunpleRef(Payload):
    """A page of the deals of a store with their Runple marks, and the deal of a button on it."""

    store: Id
    page: PageNumber = 0
    search: Words = ""
    deal: Number = 0
    list_view: Name = ""
    """View id of the list from which a form was opened."""


class AuditRef(Payload):
    """A page of the audit log, and its filters."""

    store: Id = ""
    user: Id = ""
    day: Day | None = None
    page: PageNumber = 0
    form_version: Number = Field(default=0, validation_alias="anew", serialization_alias="anew")
    """Part of the inputs' block ids: a new version drops what was typed."""


class PrivacyRef(Payload):
    """The month whose access records are shown: its first day. None: this month, or the last one while it waits for its review."""

    month: Day | None = None
