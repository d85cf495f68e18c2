"""Ids and parameters of the setting of products. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Id, PageNumber, Payload


class ListingSettingAction(StrEnum):
    """Buttons of the setting."""

    EDIT = "listing.setting"


class ListingSettingView(StrEnum):
    """Modals of the setting."""

    FORM = "listing.setting_form"


class ListingSettingRef(Payload):
    """A store whose products only managers may change, or order staff too."""

    store: Id
    page: PageNumber | None = None
    """The page of the list of stores from which its settings were opened."""
