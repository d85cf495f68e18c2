"""What a Slack workspace holds: people, channels, messages, views, files and calls."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Literal

Block = dict[str, Any]
State = dict[str, dict[str, dict[str, Any]]]
"""What inputs hold, as in Slack's ``state.values``: block id → action id → {"type": …, "value" or "selected_…": …}."""


class NotVisible(LookupError):
    """A person acted on something that is not on their screen."""


@dataclass
class SlackUser:
    """Somebody in the workspace, or of another one (``team_id`` differs: Slack Connect)."""

    id: str
    name: str
    real_name: str
    email: str
    team_id: str
    locale: str = "ko-KR"
    title: str = ""
    is_owner: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    """A guest."""
    is_ultra_restricted: bool = False
    """A guest of a single channel."""
    is_bot: bool = False
    deleted: bool = False


@dataclass
class Channel:
    """A conversation. ``user`` is set in direct messages: the person that the bot talks with."""

    id: str
    name: str
    is_im: bool = False
    user: str | None = None
    members: set[str] = field(default_factory=set)
    bot_is_member: bool = False
    archived: bool = False
    is_private: bool = False
    restricted: bool = False
    """Only some may post here, and the bot is none of them."""


@dataclass
class Message:
    """One message. ``ts`` is its name within the channel."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Block] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    metadata: Mapping[str, Any] | None = None
    thread_ts: str | None = None
    edited_ts: str | None = None
    ephemeral_for: str | None = None
    """The only person who sees it, if it is ephemeral."""
    deleted: bool = False


@dataclass
class View:
    """A modal, or somebody's home tab. ``state`` is what its inputs hold at this moment."""

    id: str
    hash: str
    type: Literal["modal", "home"]
    user: str
    root_view_id: str
    previous_view_id: str | None
    blocks: list[Block]
    title: Block | None = None
    submit: Block | None = None
    close: Block | None = None
    private_metadata: str = ""
    callback_id: str = ""
    external_id: str = ""
    notify_on_close: bool = False
    clear_on_close: bool = False
    state: State = field(default_factory=dict)


@dataclass(frozen=True)
class WorkspaceChange:
    """Something that a screen shows has changed: for whom (None: everybody who sees the channel) and where."""

    kind: Literal["message", "view", "home", "presence"]
    user: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class InteractionResult:
    """What came of a person's act.

    ``error``: ``no_bot`` (nobody is connected), ``timeout`` (no ack within 3 s), ``invalid_input`` (Slack's client would
    not send it: see ``errors``), ``field_errors`` (the app answered with errors: see ``errors``), or what Slack makes of an
    ack that it cannot use (``invalid_ack``, ``push_limit_reached``, …).
    """

    ok: bool
    error: str | None = None
    ack: Mapping[str, Any] | None = None
    envelope_id: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    """Block id → the sentence below the field."""
    elapsed: float = 0.0
    """Seconds until the ack."""


FILES_SCOPE = "files:read"
"""The scope without which an app can neither ask for files nor fetch them."""


@dataclass(frozen=True)
class File:
    """One file as somebody uploaded it."""

    id: str
    name: str
    user: str
    uploaded_at: datetime
    content: bytes = field(repr=False)

    @property
    def kind(self) -> str:
        """The ending of its name, in small letters, without the dot: what Slack calls ``filetype``."""
        return kind_of(self.name)


class FileRejected(ValueError):
    """Slack's client does not take the file; the text is the sentence that it shows."""


def kind_of(name: str) -> str:
    """The ending of a file's name, in small letters, without the dot; empty when it has none."""
    _, dot, ending = name.rpartition(".")
    return ending.lower() if dot else ""


class SlackCallPhase(Enum):
    """Where a call is: read, or its answer written to the socket."""

    RECEIVED = "received"
    ANSWERED = "answered"


@dataclass
class SlackCall:
    """One call of a Web API method and what it was answered."""

    method: str
    args: Mapping[str, Any]
    at: datetime
    status: int = 0
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether Slack did it."""
        return bool(self.answer.get("ok"))

    @property
    def error(self) -> str | None:
        """Slack's error, if it did not."""
        return self.answer.get("error")


def new_id(letter: str) -> str:
    """An id as Slack makes them: a letter and ten capitals or digits."""
    return letter + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(10))
