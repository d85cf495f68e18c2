"""How the tests visit the page."""

from __future__ import annotations

from bot.playground.slack.demo import MINJI, ORDERS


def say(url: str) -> dict[str, dict[str, str]]:
    return {
        "headers": {"Origin": url, "X-Playground": "1"},
        "json": {"as": MINJI, "channel": ORDERS, "text": "안녕하세요"},
    }
