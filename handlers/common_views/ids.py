"""Ids and parameters of notices and switch offers that come back from Slack. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Payload
from tmon.models.stores import ApiGroup


class SwitchAction(StrEnum):
    """The offer to turn on what stands in the way."""

    TURN_ON = "switches.turn_on"


class NoticeView(StrEnum):
    """What somebody is told above the modal or the tab that they acted in."""

    NOTICE = "common.notice"


class SwitchRef(Payload):
    """A switch of a store."""

    store: str
    group: ApiGroup | None = None
    """None: the master switch."""
