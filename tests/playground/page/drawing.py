"""How the tests draw."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from bot.playground.page.mrkdwn import Names
from bot.playground.page.render import environment, render_blocks

NAMES = Names({"U1": "김민지", "U2": "<이준호>"}, {"C1": "주문-알림"})


ENGINE = environment()


def text(content: str, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": kind, "text": content}


def draw(*blocks: dict[str, Any]) -> str:
    return str(render_blocks(ENGINE, blocks, NAMES))


class Tags(HTMLParser):
    """The elements of a piece of HTML, as (name, attributes), and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]
