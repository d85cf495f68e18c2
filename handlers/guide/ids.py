"""Ids of the guide. They live on in old messages: never rename, only add."""

from enum import StrEnum


class GuideAction(StrEnum):
    """Buttons of the guide, and buttons that open it."""

    OPEN = "guide.open"
    TOPIC = "guide.topic"


class GuideView(StrEnum):
    """The modal of the guide."""

    GUIDE = "guide.view"
