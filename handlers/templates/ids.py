"""Ids and parameters of templates that come back from Slack. They live on in old messages: never rename, only add."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from handlers.payloads import Payload
from tmon.templates.policy import PolicyForm


class TemplateAction(StrEnum):
    """Buttons and menus about the address book and the delivery templates."""

    OVERVIEW = "templates.overview"
    IMPORT_ADDRESSES = "templates.import_addresses"
    IMPORT_NAMED_ADDRESS = "templates.import_named_address"
    ADDRESSES = "templates.addresses"
    NEW_ADDRESS = "templates.new_address"
    EDIT_ADDRESS = "templates.edit_address"
    RETRY_ADDRESS = "templates.retry_address"
    IMPORT = "templates.import"
    LIST = "templates.list"
    NEW = "templates.new"
    COPY = "templates.copy"
    CHANGED = "templates.changed"
    BACK = "templates.back"
    ADD = "templates.add"
    IS_THERE = "templates.is_there"
    NOT_THERE = "templates.not_there"


class TemplateView(StrEnum):
    """Modals about the address book and the delivery templates."""

    OVERVIEW = "templates.overview_view"
    ADDRESSES = "templates.address_list"
    ADDRESS = "templates.address_form"
    NAMED_ADDRESS = "templates.named_address_form"
    LIST = "templates.list_view"
    POLICY = "templates.policy_form"
    PREVIEW = "templates.preview"
    ADD = "templates.add_form"
    IS_THERE = "templates.is_there_form"
    RESULT = "templates.result"


class TemplatesRef(Payload):
    """A store's address book or templates, and a page of a list of them."""

    store: str
    page: int = 0


class AddressRef(Payload):
    """One address; or an attempt to save one, which a person goes on from."""

    store: str
    no: int | None = None
    change: str | None = None
    base: datetime | None = None
    """When the address was read that its form shows."""


class TemplateRef(Payload):
    """One delivery template."""

    store: str
    template: str


class PolicyRef(Payload):
    """The delivery template that is being made, and what was typed for it so far."""

    store: str
    form: PolicyForm = PolicyForm()
    form_version: str = Field(default="", validation_alias="anew", serialization_alias="anew")
    """Tells the inputs of one beginning from those of another."""
