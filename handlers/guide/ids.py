"""Ids and parameters of guide that come back from Slack. They live on in old messages: never rename, only add."""

from enum import StrEnum


class GuideAction(StrEnum):
    """Buttons of the guide, and those that lead to it."""

    OPEN = "guide.open"
    TOPIC = "guide.topic"


class GuideView(StrEnum):
    """The guide."""

    GUIDE = "guide.view"
