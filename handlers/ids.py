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


HOME_OPENED = "app_home_opened"


class HomeAction(StrEnum):
    """Buttons of the home tab."""

    GO = "home.go"
    PAGE = "home.page"
    REFRESH = "home.refresh"


class SwitchAction(StrEnum):
    """The offer to turn on what stands in the way."""

    TURN_ON = "switches.turn_on"


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


class GuideAction(StrEnum):
    """Buttons of the guide, and those that lead to it."""

    OPEN = "guide.open"
    TOPIC = "guide.topic"


class GuideView(StrEnum):
    """The guide."""

    GUIDE = "guide.view"


class TemplateAction(StrEnum):
    """Buttons and menus about the address book and the delivery templates."""

    OVERVIEW = "templates.overview"
    IMPORT_ADDRESSES = "templates.import_addresses"
    IMPORT_NAMED_ADDRESS = "templates.import_named_address"
    ADDRESSES = "templates.addresses"
    NEW_ADDRESS = "templates.new_address"
    EDIT_ADDRESS = "templates.edit_address"
    RETRY_ADDRESS = "templates.retry_address"
    IMPORT = "templates.import"
    LIST = "templates.list"
    NEW = "templates.new"
    COPY = "templates.copy"
    CHANGED = "templates.changed"
    BACK = "templates.back"
    ADD = "templates.add"
    IS_THERE = "templates.is_there"
    NOT_THERE = "templates.not_there"


class TemplateView(StrEnum):
    """Modals about the address book and the delivery templates."""

    OVERVIEW = "templates.overview_view"
    ADDRESSES = "templates.address_list"
    ADDRESS = "templates.address_form"
    NAMED_ADDRESS = "templates.named_address_form"
    LIST = "templates.list_view"
    POLICY = "templates.policy_form"
    PREVIEW = "templates.preview"
    ADD = "templates.add_form"
    IS_THERE = "templates.is_there_form"
    RESULT = "templates.result"


class ProductAction(StrEnum):
    """Buttons about deals and their sale periods."""

    PAGE = "products.page"
    ADD = "products.add"
    OPEN = "products.open"
    OPTIONS = "products.options"
    DAY = "products.day"
    EXCLUDE = "products.exclude"
    INCLUDE = "products.include"


class ProductView(StrEnum):
    """Modals about deals."""

    LIST = "products.list"
    ADD = "products.add_form"
    DEAL = "products.deal"
    DAY = "products.day_view"


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


class StockAction(StrEnum):
    """Buttons about stock."""

    PAGE = "stock.page"
    SYNC = "stock.sync"
    UPLOAD = "stock.upload"
    PASTE = "stock.paste"
    ADD = "stock.add"
    EDIT = "stock.edit"
    REMOVE = "stock.remove"
    UNMAPPED = "stock.unmapped"
    MAP = "stock.map"
    KEEP_OURS = "stock.keep_ours"
    KEEP_TMON = "stock.keep_tmon"


class StockView(StrEnum):
    """Modals about stock."""

    LIST = "stock.list"
    UPLOAD = "stock.upload_form"
    PASTE = "stock.paste_form"
    SKU = "stock.sku_form"
    UNMAPPED = "stock.unmapped_list"
    MAP = "stock.map_form"
    RESULT = "stock.result"


class InquiryAction(StrEnum):
    """Buttons about inquiries."""

    LIST = "inquiry.list"
    PAGE = "inquiry.page"
    SEE = "inquiry.see"


class InquiryView(StrEnum):
    """Modals about inquiries."""

    LIST = "inquiry.list_view"
    WHOLE = "inquiry.whole"


class AdminAction(StrEnum):
    """Buttons and fields of what workspace admins do."""

    OVERVIEW = "admin.overview"
    RUNPLE = "admin.runple"
    MARK_STORE = "admin.mark_store"
    UNMARK_STORE = "admin.unmark_store"
    DEALS = "admin.deals"
    MARK_DEAL = "admin.mark_deal"
    UNMARK_DEAL = "admin.unmark_deal"
    NUMBERS = "admin.numbers"
    RIGHTS = "admin.rights"
    AUDIT = "admin.audit"


class AdminView(StrEnum):
    """Modals of what workspace admins do."""

    OVERVIEW = "admin.overview_view"
    RUNPLE = "admin.runple_list"
    DEALS = "admin.deal_list"
    NUMBERS = "admin.numbers_form"
    RIGHTS = "admin.rights_list"
    AUDIT = "admin.audit_list"


class NoticeView(StrEnum):
    """What somebody is told above the modal or the tab that they acted in."""

    NOTICE = "common.notice"
