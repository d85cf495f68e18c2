"""The notice: a message above the modal or home tab in which a person acted."""

from collections.abc import Sequence

from handlers.blocks import Block, modal
from handlers.common_views.ids import NoticeView
from handlers.texts import Texts


def notice(t: Texts, blocks: Sequence[Block]) -> Block:
    """A modal without fields or a submit button."""
    return modal(t("common.notice_title"), blocks, callback_id=NoticeView.NOTICE, close=t("common.close"))
