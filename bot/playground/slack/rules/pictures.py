"""Pictures, which Slack loads before it takes the blocks that show them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from bot.playground.slack.model import Block
from bot.playground.slack.rules.schema import Violations


def check_pictures(blocks: Iterable[Block], at: str, silent_hosts: Collection[str]) -> Violations:
    """Pictures in validated blocks that Slack cannot load: their host's name ends with one of ``silent_hosts``."""
    violations = Violations()
    for position, block in enumerate(blocks):
        places = {f"{at}/{position}": block, f"{at}/{position}/accessory": block.get("accessory", {})}
        places |= {f"{at}/{position}/elements/{n}": one for n, one in enumerate(block.get("elements", []))}
        for place, item in places.items():
            if item.get("type") == "image" and "image_url" in item:
                host = urlsplit(item["image_url"]).hostname or ""
                if any(host.endswith(ending) for ending in silent_hosts):
                    violations.add("downloading image failed", f"{place}/image_url")
    return violations
