"""The page's template engine and helpers for Block Kit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from bot.playground.page.chart import chart
from bot.playground.page.mrkdwn import Names, channel, date, link, mrkdwn, person, plain
from bot.playground.slack.rules.blocks import MAX_FILES

Block = Mapping[str, Any]


@dataclass(frozen=True)
class SelectChoice:
    """An entry of a select: submitted value and label."""

    value: str
    label: str


def environment() -> Environment:
    """The page's Jinja2 environment, with autoescaping of everything but ``Markup``."""
    made = Environment(
        loader=PackageLoader("bot.playground.page"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {
        "mrkdwn": mrkdwn,
        "plain": plain,
        "rich": _rich,
        "person": person,
        "channel": channel,
        "date": date,
        "link": link,
        "picture": _picture,
        "safe_url": lambda url: url if url.lower().startswith(("https://", "http://")) else "#",
    }
    made.globals |= {
        "option_groups": option_groups,
        "initial_values": initial_values,
        "max_files": MAX_FILES,
        "chart": chart,
    }
    return made


def render_blocks(engine: Environment, blocks: Iterable[Block], names: Names, *, scope: str = "x") -> Markup:
    """The HTML of a list of blocks; element ids start with ``scope``."""
    context = {"names": names, "people": _choices(names.people), "channels": _choices(names.channels, "#")}
    macros = engine.get_template("blocks.html").make_module(context)
    return Markup(macros.draw(blocks, scope))  # type: ignore[attr-defined]  # noqa: S704 - the macro escapes


def option_groups(
    item: Block, people: list[SelectChoice], channels: list[SelectChoice]
) -> list[tuple[str, list[SelectChoice]]]:
    """Options of any select as (group label, entries); the label is empty without groups."""
    kind = str(item["type"]).removeprefix("multi_")
    if kind == "users_select":
        return [("", people)]
    if kind in ("channels_select", "conversations_select"):
        return [("", channels)]
    groups = item.get("option_groups") or [{"options": item.get("options", [])}]
    return [
        (
            group["label"]["text"] if "label" in group else "",
            [SelectChoice(option["value"], option["text"]["text"]) for option in group["options"]],
        )
        for group in groups
    ]


def initial_values(item: Block) -> set[str]:
    """Initial values of a select."""
    found: set[str] = set()
    for name, value in item.items():
        if name in ("initial_option", "initial_options"):
            found |= {option["value"] for option in (value if isinstance(value, list) else [value])}
        elif name.startswith("initial_"):
            found |= set(value) if isinstance(value, list) else {value}
    return found


def _choices(names: Mapping[str, str], mark: str = "") -> list[SelectChoice]:
    return [SelectChoice(key, mark + name) for key, name in names.items()]


def _rich(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.split("\n"))


def _picture(item: Block) -> str:
    """Where the page has the picture of an image block or element; empty for one that is not on the web."""
    url = item.get("image_url", "")
    return f"/pictures?url={quote(url, safe='')}" if url.startswith(("https://", "http://")) else ""
