"""Names of everything that comes back from Slack. They live on in old messages: never rename, only add."""

from enum import StrEnum

COMMAND = "/tmon"


class OrderAction(StrEnum):
    """Buttons on order cards, batch cards and the order list."""

    CONFIRM = "order.confirm"
    HOLD = "order.hold"
    RELEASE = "order.release"
    CONFIRM_BATCH = "order.confirm_batch"
    LIST = "order.list"
    PAGE = "order.page"


class OrderView(StrEnum):
    """Modals about orders."""

    HOLD = "order.hold_form"
    LIST = "order.list_view"


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


class GuideAction(StrEnum):
    """Buttons of the guide, and those that lead to it."""

    OPEN = "guide.open"
    TOPIC = "guide.topic"


class GuideView(StrEnum):
    """The guide."""

    GUIDE = "guide.view"


class IncidentAction(StrEnum):
    """Buttons on an incident."""

    TAKE = "incident.take"
    RETRY = "incident.retry"
    PAUSE = "incident.pause"
    MOBILE = "incident.mobile"


class IncidentView(StrEnum):
    """Modals about incidents."""

    LIST = "incident.list"
    MOBILE = "incident.mobile_view"
