"""Ids and parameters of stores. They live on in old messages: never rename, only add."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from handlers.payloads import Id, Moment, Name, PageNumber, Payload, Text
from tmon.stores.settings import Part


class SetupAction(StrEnum):
    """Buttons of the setup form, and buttons that open it."""

    NEW = "setup.new"
    RESUME = "setup.resume"
    EDIT = "setup.edit"
    BACK = "setup.back"
    DEFAULTS = "setup.defaults"
    MORE = "setup.more"
    ACCOUNT = "setup.account"
    MODE = "setup.mode"
    DISCARD = "setup.discard"
    EXAMPLE = "setup.example"


class SetupView(StrEnum):
    """Modals of the setup."""

    CHOICES = "setup.choices"
    API = "setup.api"
    CONTACT = "setup.contact"
    SETTINGS = "setup.settings"
    KEY = "setup.key"
    RESULT = "setup.result"
    PUSH = "setup.push"


class StoreAction(StrEnum):
    """Buttons about a store, in lists, results and direct messages."""

    PAUSE = "stores.pause"
    RESUME = "stores.resume"
    REMOVE = "stores.remove"
    PAGE = "stores.page"
    RECHECK = "stores.recheck"
    START_AUTO = "stores.start_auto"
    STATUS_PAGE = "stores.status_page"
    MENU = "stores.menu"


class StoreView(StrEnum):
    """Modals about stores."""

    LIST = "stores.list"
    REMOVE = "stores.remove_form"
    STATUS = "stores.status"
    PAUSE = "stores.pause_form"
    AUTO = "stores.auto_form"


class SettingsAction(StrEnum):
    """Buttons of the settings view of a store, and buttons that open it."""

    OPEN = "settings.open"
    EDIT = "settings.edit"
    BACK = "settings.back"
    TEST = "settings.test"
    NOTICE = "settings.notice"
    RESEND_CODE = "settings.resend_code"


class SettingsView(StrEnum):
    """The settings view of a store, its forms and their follow-ups."""

    STORE = "settings.store"
    API = "settings.api"
    CONTACT = "settings.contact"
    SETTINGS = "settings.settings"
    EFFECTS = "settings.effects"
    CODE = "settings.code_form"
    RESULT = "settings.result"


class HandoverAction(StrEnum):
    """Button of the hand-over of a store."""

    OPEN = "stores.hand_over"


class HandoverView(StrEnum):
    """Modals of the hand-over of a store."""

    FORM = "stores.hand_over_form"
    RESULT = "stores.handed_over"


class SetupRef(Payload):
    """The open setup form."""

    store: str = Field(default="", max_length=20)
    """Empty: a new store."""
    fresh: bool = False
    """Started afresh: a stored draft is ignored."""
    base: Moment | None = None
    """`updated_at` of the edited store when the form was opened."""
    channel: str = Field(default="", max_length=20)
    """The channel in which the form was asked for; empty if that was none."""
    more: bool = False
    """Whether the fields behind 더 보기 are shown."""
    account: str = Field(default="", max_length=20)
    """The Slack account whose name and address were filled in as the contact's."""
    accepted: bool = False
    """Whether TMON has accepted the key in the first step."""


class PushRef(SetupRef):
    """The stock that would change at TMON if the draft is saved."""

    push: Name = ""
    """The mark of what the person has seen."""


SAVE = 4
"""What follows the last step."""


class KeyRef(SetupRef):
    """The form with nothing but the key."""

    step: int = Field(default=0, ge=0, le=SAVE)
    """The step of the draft to go on with, `SAVE` to save it; 0: the key of a stored store."""


class StoreListRef(Payload):
    """A page of the list of stores, and the store of a button."""

    store: Id = ""
    page: PageNumber = 0


class MenuRef(Payload):
    """A chosen option of a store's menu, and the view that confirms it."""

    store: str = Field(default="", max_length=20)
    page: PageNumber | None = None
    """See `StoreViewRef`; None in the settings view that was opened from elsewhere."""
    view: str = Field(default="", max_length=40)
    """The view that confirms."""
    parent: str = Field(default="", max_length=40)
    """The view from which it was opened."""


class AutoRef(Payload):
    """The start of automatic confirmation."""

    store: Id
    include_waiting: bool = False


class StoreViewRef(Payload):
    """The settings view of a store."""

    store: Id
    page: PageNumber | None = None
    """The page of the list of stores from which it was opened."""


class PartRef(Payload):
    """A part of a store's settings, which is edited separately."""

    store: Id
    part: Part
    base: Moment | None = None
    """`updated_at` of the store when the form was opened."""
    page: PageNumber | None = None
    """See `StoreViewRef`."""
    more: bool = False
    """Whether the fields behind 더 보기 are shown."""
    account: str = Field(default="", max_length=20)
    """The Slack account whose name and address were filled in as the contact's."""
    no_reviews: bool = False
    """Whether TMON offers no reviews, which is said beside the switch of CS."""


class ChangeRef(Payload):
    """Typed settings whose consequences are being previewed."""

    store: Id
    base: Moment | None = None
    page: PageNumber | None = None
    typed: dict[Name, Text | Annotated[list[Name], Field(max_length=200)]] = Field(default_factory=dict, max_length=60)
    push: Name = ""
    """The mark of the stock that the person saw would change at TMON."""
