"""Ids and parameters of stores. They live on in old messages: never rename, only add."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from handlers.payloads import Payload
from tmon.stores.settings import Part


class SetupAction(StrEnum):
    """Buttons of the setup form, and buttons that open it."""

    NEW = "setup.new"
    RESUME = "setup.resume"
    EDIT = "setup.edit"
    BACK = "setup.back"


class SetupView(StrEnum):
    """Modals of the setup."""

    CHOICES = "setup.choices"
    API = "setup.api"
    CONTACT = "setup.contact"
    SETTINGS = "setup.settings"
    RESULT = "setup.result"


class StoreAction(StrEnum):
    """Buttons about a store, in lists, results and direct messages."""

    PAUSE = "stores.pause"
    RESUME = "stores.resume"
    REMOVE = "stores.remove"
    PAGE = "stores.page"
    RECHECK = "stores.recheck"
    START_AUTO = "stores.start_auto"
    STATUS_PAGE = "stores.status_page"


class StoreView(StrEnum):
    """Modals about stores."""

    LIST = "stores.list"
    REMOVE = "stores.remove_form"
    STATUS = "stores.status"


class SettingsAction(StrEnum):
    """Buttons of the settings view of a store, and buttons that open it."""

    OPEN = "settings.open"
    EDIT = "settings.edit"
    BACK = "settings.back"
    TEST = "settings.test"
    NOTICE = "settings.notice"


class SettingsView(StrEnum):
    """The settings view of a store, its forms and their follow-ups."""

    STORE = "settings.store"
    API = "settings.api"
    CONTACT = "settings.contact"
    SETTINGS = "settings.settings"
    EFFECTS = "settings.effects"
    RESULT = "settings.result"


class SetupRef(Payload):
    """The open setup form."""

    store: str = ""
    """Empty: a new store."""
    fresh: bool = False
    """Started afresh: a stored draft is ignored."""
    base: datetime | None = None
    """`updated_at` of the edited store when the form was opened."""


class StoreListRef(Payload):
    """A page of the list of stores, and the store of a button."""

    store: str = ""
    page: int = 0


class AutoRef(Payload):
    """The start of automatic confirmation."""

    store: str
    include_waiting: bool = False


class StoreViewRef(Payload):
    """The settings view of a store."""

    store: str
    page: int | None = None
    """The page of the list of stores from which it was opened."""


class PartRef(Payload):
    """A part of a store's settings, which is edited separately."""

    store: str
    part: Part
    base: datetime | None = None
    """`updated_at` of the store when the form was opened."""
    page: int | None = None
    """See `StoreViewRef`."""


class ChangeRef(Payload):
    """Typed settings whose consequences are being previewed."""

    store: str
    base: datetime | None = None
    page: int | None = None
    typed: dict[str, str | list[str]] = Field(default_factory=dict)
