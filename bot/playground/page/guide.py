"""What the page tells a person who has just arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DemoStore:
    """A partner of the TMON sandbox with what has to be typed to register it. The key is a demo key, shown on purpose."""

    seller_id: str
    name: str
    api_key: str


@dataclass(frozen=True)
class CommandHint:
    """One line of the composer's completion: the whole command as it is typed, and what it does."""

    usage: str
    meaning: str


@dataclass(frozen=True)
class PlaygroundGuide:
    """The demo credentials and the commands that work."""

    stores: Sequence[DemoStore]
    commands: Sequence[CommandHint] = field(default=())
