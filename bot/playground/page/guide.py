"""Content of the page's introduction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class DemoStore:
    """A partner of the TMON sandbox, with the values needed to register it. The API key is a demo key, shown on purpose."""

    seller_id: str
    name: str
    api_key: str


@dataclass(frozen=True)
class CommandHint:
    """An entry of the command completion: the whole command, and what it does (mrkdwn)."""

    usage: str
    meaning: str
    also: Sequence[str] = ()
    """Other spellings of the command, such as the English one."""


@dataclass(frozen=True)
class PlaygroundGuide:
    """Demo credentials and available commands."""

    stores: Sequence[DemoStore]
    commands: Sequence[CommandHint] = field(default=())
