"""What somebody is told above the modal or the tab that they acted in."""

from collections.abc import Sequence

from handlers.blocks import Block, modal
from handlers.common_views.ids import NoticeView
from handlers.texts import Texts


def notice(t: Texts, blocks: Sequence[Block]) -> Block:
    """A view that is only read, and closed."""
    return modal(t("common.notice_title"), blocks, callback_id=NoticeView.NOTICE, close=t("common.close"))
