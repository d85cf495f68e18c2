"""Short-lived credentials of the app: trigger ids and response URLs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tmon.clock import Clock

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5


@dataclass(frozen=True)
class Trigger:
    """Who acted, when, and in which modal (if any)."""

    user: str
    issued: datetime
    view_id: str | None = None
    channel: str | None = None
    """The conversation in which somebody acted."""
    used: bool = False


class Triggers:
    """``trigger_id``: opens one view, within three seconds (docs.slack.dev, "Handling user interaction")."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str, view_id: str | None = None, channel: str | None = None) -> str:
        """Issue a trigger id for a user action."""
        now = self._clock()
        trigger_id = f"{int(now.timestamp() * 1000)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = Trigger(user, now, view_id, channel)
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger | str:
        """Use up a trigger id: the trigger, or Slack's error code."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            return "invalid_trigger_id"
        if trigger.used:
            return "exchanged_trigger_id"
        if self._clock() - trigger.issued > TRIGGER_LIFE:
            return "expired_trigger_id"
        self._issued[trigger_id] = replace(trigger, used=True)
        return trigger


@dataclass
class ResponseUrl:
    """Target of a response: user, channel, and the message acted on (if any)."""

    user: str
    channel: str
    message_ts: str | None
    issued: datetime
    uses: int = 0


class ResponseUrls:
    """``response_url``: five answers within thirty minutes (docs.slack.dev, "Handling user interaction")."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, ResponseUrl] = {}

    def issue(self, user: str, channel: str, message_ts: str | None = None) -> str:
        """Issue a URL and return the secret at its end."""
        secret = secrets.token_urlsafe(18)
        self._issued[secret] = ResponseUrl(user, channel, message_ts, self._clock())
        return secret

    def use(self, secret: str) -> ResponseUrl | str:
        """Count one use: the target, or Slack's error code."""
        url = self._issued.get(secret)
        if url is None:
            return "invalid_url"
        if self._clock() - url.issued > RESPONSE_URL_LIFE:
            return "expired_url"
        if url.uses == RESPONSE_URL_USES:
            return "used_url"
        url.uses += 1
        return url
