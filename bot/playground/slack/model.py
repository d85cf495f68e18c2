"""Data of a Slack workspace: users, channels, messages, views, files and API calls."""

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
"""Values of inputs, as in Slack's ``state.values``: block id → action id → {"type": …, "value" or "selected_…": …}."""


class NotVisible(LookupError):
    """The target of a user action is not on the person's screen."""


@dataclass
class SlackUser:
    """A user of the workspace, or of another one (different ``team_id``: Slack Connect)."""

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
    """A conversation. ``user`` is set in direct messages: the person on the other side of the bot."""

    id: str
    name: str
    is_im: bool = False
    user: str | None = None
    members: set[str] = field(default_factory=set)
    bot_is_member: bool = False
    archived: bool = False
    is_private: bool = False
    restricted: bool = False
    """Posting is restricted to some members, and the bot is not one of them."""


@dataclass
class Message:
    """A message. ``ts`` identifies it within the channel."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Block] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    metadata: Mapping[str, Any] | None = None
    files: list[File] = field(default_factory=list)
    thread_ts: str | None = None
    edited_ts: str | None = None
    ephemeral_for: str | None = None
    """The only user who sees it, if it is ephemeral."""
    deleted: bool = False


@dataclass
class View:
    """A modal, or somebody's home tab. ``state`` holds the current values of its inputs."""

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
    opened_in: str | None = None
    """The conversation that the person was viewing when the modal opened."""
    state: State = field(default_factory=dict)


@dataclass(frozen=True)
class WorkspaceChange:
    """A visible change: for which user (None: everybody who sees the channel) and in which channel."""

    kind: Literal["message", "view", "home", "presence"]
    user: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class InteractionResult:
    """Outcome of a user action.

    ``error``: ``no_bot`` (no app is connected), ``timeout`` (no ack within 3 s), ``http_error`` (over HTTP: not 2xx),
    ``invalid_input`` (rejected by Slack's client: see ``errors``), ``field_errors`` (rejected by the app: see ``errors``),
    or Slack's error for an unusable ack (``invalid_ack``, ``push_limit_reached``, …).
    """

    ok: bool
    error: str | None = None
    ack: Mapping[str, Any] | None = None
    envelope_id: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    """Block id → message below the field."""
    elapsed: float = 0.0
    """Seconds until the ack."""


FILES_SCOPE = "files:read"
"""The scope needed to query and download files."""
SHARE_SCOPE = "files:write"
"""The scope needed to upload files."""


@dataclass
class File:
    """An uploaded file."""

    id: str
    name: str
    user: str
    uploaded_at: datetime
    content: bytes = field(repr=False)
    channel: str | None = None
    """The conversation that it was shared in by the app."""
    deleted: bool = False
    """Its content is gone; where it was shared, only this is shown."""

    @property
    def kind(self) -> str:
        """Lower-case file extension without the dot: Slack's ``filetype``."""
        return kind_of(self.name)


@dataclass
class Upload:
    """A file that the app has announced; its content comes to a URL of its own."""

    name: str
    length: int
    content: bytes | None = field(default=None, repr=False)


class FileRejected(ValueError):
    """Slack's client rejects the file; the text is the message that it shows."""


def kind_of(name: str) -> str:
    """Lower-case file extension without the dot; empty if there is none."""
    _, dot, ending = name.rpartition(".")
    return ending.lower() if dot else ""


class SlackCallPhase(Enum):
    """Stage of a call: request read, or response written to the socket."""

    RECEIVED = "received"
    ANSWERED = "answered"


@dataclass
class SlackCall:
    """A call of a Web API method, and its response."""

    method: str
    args: Mapping[str, Any]
    at: datetime
    status: int = 0
    answer: Mapping[str, Any] = field(default_factory=dict)
    host: str = ""
    """The address at which Slack was called: callers that are given different ones can be told apart."""

    @property
    def ok(self) -> bool:
        """Whether the call succeeded."""
        return bool(self.answer.get("ok"))

    @property
    def error(self) -> str | None:
        """Slack's error code, if the call failed."""
        return self.answer.get("error")


def new_id(letter: str) -> str:
    """A new Slack-style id: a letter and ten capitals or digits."""
    return letter + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(10))
