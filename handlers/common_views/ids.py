"""Ids and parameters of notices and switch offers. They live on in old messages: never rename, only add."""

from enum import StrEnum

from pydantic import Field

from handlers.payloads import Id, Payload
from tmon.models.stores import ApiGroup
from tmon.permissions import Permission


class SwitchAction(StrEnum):
    """The button that turns on a switch which blocked an action."""

    TURN_ON = "switches.turn_on"


class CommandAction(StrEnum):
    """Buttons that run a command, such as `/tmon stock` for a store: their value is what follows `/tmon`."""

    RUN = "command.run"


class PartnerCenterAction(StrEnum):
    """The link to TMON's partner centre. Slack tells the bot of every press, also of a link."""

    OPEN = "common.partner_center"


class RightsAction(StrEnum):
    """The button that asks for a right which somebody lacks."""

    ASK = "rights.ask"


class NoticeView(StrEnum):
    """The modal that shows a message above the modal or home tab in which a person acted."""

    NOTICE = "common.notice"
    STORES = "common.store_choice"
    """Which store a command is about; what was asked for takes its place."""


class RightsRef(Payload):
    """A right on a store."""

    store: Id
    right: Permission


class SwitchRef(Payload):
    """A switch of a store."""

    store: Id
    group: ApiGroup | None = None
    """None: the master switch."""


class StoreRemedy(StrEnum):
    """Buttons beside a store that mend what is wrong with it."""

    FIX_KEY = "setup.fix_key"
    ASK_AUTO = "stores.ask_auto"
    CONFIRM_EMAIL = "settings.confirm_email"


class StoreRef(Payload):
    """The store of such a button."""

    store: str = Field(default="", max_length=20)
