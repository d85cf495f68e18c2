"""The way to a product's page from the cards and lists of other features."""

from handlers.blocks import Block, button
from handlers.payloads import encode
from handlers.products.ids import DealRef, ProductAction
from handlers.texts import Texts


def deal_button(t: Texts, store_id: str, deal_no: int, suffix: str = "") -> Block:
    """The button 상품 보기. `suffix`: tells several of one deal in a view apart."""
    return button(
        t("products.see"),
        f"{ProductAction.OPEN}#{suffix or deal_no}",
        encode(DealRef(store=store_id, deal=deal_no)),
        label=t("products.see_label", no=deal_no),
    )
