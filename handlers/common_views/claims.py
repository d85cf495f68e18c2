"""Buttons about claims that stand on cards and in lists of other features."""

from handlers.blocks import Block, button
from handlers.claims.ids import ActAction, SoldOutRef
from handlers.payloads import encode
from handlers.texts import Texts


def sold_out_button(t: Texts, store_id: str, order_no: int) -> Block:
    """The button 품절 취소 of an order that is not shipped yet."""
    return button(
        t("claims.sold_out"),
        f"{ActAction.SOLD_OUT}#{order_no}",
        encode(SoldOutRef(store=store_id, order=order_no)),
        label=t("claims.sold_out_label", number=order_no),
    )
