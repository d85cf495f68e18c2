"""Ids and parameters of home that come back from Slack. They live on in old messages: never rename, only add."""

from enum import StrEnum

HOME_OPENED = "app_home_opened"


class HomeAction(StrEnum):
    """Buttons of the home tab."""

    GO = "home.go"
    PAGE = "home.page"
    REFRESH = "home.refresh"
