"""Ids and parameters of stores that come back from Slack. They live on in old messages: never rename, only add."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from handlers.payloads import Payload
from tmon.stores.settings import Part


class SetupAction(StrEnum):
    """Buttons of the setup form, and those that lead to it."""

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
    """Buttons of a store's own view, and those that lead to it."""

    OPEN = "settings.open"
    EDIT = "settings.edit"
    BACK = "settings.back"
    TEST = "settings.test"
    NOTICE = "settings.notice"


class SettingsView(StrEnum):
    """A store's own view, its forms and what they lead to."""

    STORE = "settings.store"
    API = "settings.api"
    CONTACT = "settings.contact"
    SETTINGS = "settings.settings"
    EFFECTS = "settings.effects"
    RESULT = "settings.result"


class SetupRef(Payload):
    """The setup form that is open."""

    store: str = ""
    """Empty: a new store."""
    fresh: bool = False
    """Begun anew: a draft that is kept from earlier does not count."""
    base: datetime | None = None
    """State of the edited store when the form was opened."""


class StoreListRef(Payload):
    """A page of the list of stores, and the store that a button is about."""

    store: str = ""
    page: int = 0


class AutoRef(Payload):
    """The beginning of automatic confirmation."""

    store: str
    include_waiting: bool = False


class StoreViewRef(Payload):
    """A store's own view."""

    store: str
    page: int | None = None
    """The page of the list of stores that it was opened from."""


class PartRef(Payload):
    """One part of a store's settings that is edited alone."""

    store: str
    part: Part
    base: datetime | None = None
    """State of the store when the form was opened."""
    page: int | None = None
    """See `StoreViewRef`."""


class ChangeRef(Payload):
    """Settings as they were typed, while their consequences are shown."""

    store: str
    base: datetime | None = None
    page: int | None = None
    typed: dict[str, str | list[str]] = Field(default_factory=dict)
