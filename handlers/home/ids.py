"""Ids of the home tab. They live on in old views: never rename, only add."""

from enum import StrEnum

HOME_OPENED = "app_home_opened"


class HomeAction(StrEnum):
    """Buttons of the home tab."""

    GO = "home.go"
    PAGE = "home.page"
    REFRESH = "home.refresh"
