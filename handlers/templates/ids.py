"""Ids and parameters of templates. They live on in old messages: never rename, only add."""

from enum import StrEnum

from pydantic import Field

from handlers.payloads import Id, Moment, Name, Number, PageNumber, Payload
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
    """The address book or the templates of a store, and a page of their list."""

    store: Id
    page: PageNumber = 0


class AddressRef(Payload):
    """An address, or an attempt to save one, from which a person continues."""

    store: Id
    no: Number | None = None
    change: Id | None = None
    base: Moment | None = None
    """When the address in the form was read."""


class TemplateRef(Payload):
    """One delivery template."""

    store: Id
    template: Id


class PolicyRef(Payload):
    """The new delivery template, and the values typed so far."""

    store: Id
    form: PolicyForm = PolicyForm()
    form_version: Name = Field(default="", validation_alias="anew", serialization_alias="anew")
    """Part of the inputs' block ids: a new version drops what was typed."""
