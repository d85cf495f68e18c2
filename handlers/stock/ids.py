"""Ids and parameters of stock. They live on in old messages: never rename, only add."""

from enum import StrEnum

from pydantic import Field

from handlers.payloads import Id, Name, Number, PageNumber, Payload, Words


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
    OPEN_LIST = "stock.open_list"
    SAMPLE = "stock.sample"
    FIND_SKU = "stock.find_sku"
    LINK_FILE = "stock.link_file"
    LINK_UPLOAD = "stock.link_upload"


class StockView(StrEnum):
    """Modals about stock."""

    LIST = "stock.list"
    UPLOAD = "stock.upload_form"
    PASTE = "stock.paste_form"
    SKU = "stock.sku_form"
    UNMAPPED = "stock.unmapped_list"
    MAP = "stock.map_form"
    RESULT = "stock.result"
    PREVIEW = "stock.preview"
    LINK_UPLOAD = "stock.link_upload_form"
    LINK_PREVIEW = "stock.link_preview"


class StockRef(Payload):
    """A page of a store's SKUs or of its options without one, and the SKU or option of a button or form on it."""

    store: Id
    page: PageNumber = 0
    search: Words = ""
    sku: Id = ""
    deal: Number = 0
    option: Number = 0
    list_view: Name = ""
    """View id of the list from which a form was opened."""
    shown: tuple[tuple[Number, Number], ...] = Field(default=(), max_length=20)
    """Deal and number of the options in that list: they keep their places until it is opened or turned anew."""


class ApplyRef(StockRef):
    """A list of SKUs whose effects are being previewed: the file, or the text in the view, and the mark of the preview."""

    file: Name = ""
    seen: Name = ""


class MismatchRef(Payload):
    """A mismatch of stock that needs a person's decision."""

    store: Id
    deal: Number
    option: Number
    mismatch: Name
