"""The page of the playground: a chat drawn from Block Kit, and beside it what is behind the scenes."""

from __future__ import annotations

from bot.playground.page.guide import CommandHint, DemoStore, PlaygroundGuide
from bot.playground.page.server import add_page

__all__ = ["CommandHint", "DemoStore", "PlaygroundGuide", "add_page"]
