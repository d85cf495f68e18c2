"""The playground's web page: a chat rendered from Block Kit, with panels for the TMON sandbox and the mail."""

from __future__ import annotations

from bot.playground.page.guide import CommandHint, DemoStore, PlaygroundGuide
from bot.playground.page.server import add_page

__all__ = ["CommandHint", "DemoStore", "PlaygroundGuide", "add_page"]
