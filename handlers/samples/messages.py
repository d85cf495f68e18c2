"""Messages as samples."""

from typing import Any

from handlers.blocks import Block
from handlers.common_views.partner_center import partner_center_buttons
from handlers.rendering import RenderedMessage
from handlers.texts import Texts


def message(text: str, blocks: list[Block] | None = None) -> dict[str, Any]:
    """A message; without `blocks` it consists of its text."""
    return vars(RenderedMessage.of_text(text) if blocks is None else RenderedMessage(text, blocks))


def linked_message(t: Texts, text: str) -> dict[str, Any]:
    """A message that leads to the partner centre."""
    return vars(RenderedMessage.of_text(text, *partner_center_buttons(t)))
