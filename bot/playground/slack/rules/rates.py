"""Slack's rate limits (docs.slack.dev, "Rate limits"), by the time that passes on the workspace's clock."""

from __future__ import annotations

import math
from collections import defaultdict, deque

from tmon.clock import Clock, ElapsedTime

TIER_2, TIER_3, TIER_4 = 20, 50, 100
"""Calls per minute, method, app and workspace."""

SPECIAL = 300
"""Calls per minute for "special" tiers; Slack documents "hundreds per minute"."""

PER_MINUTE: dict[str, int] = {
    "auth.test": SPECIAL,
    "blocks.validate": SPECIAL,
    "bots.info": TIER_3,
    "chat.delete": TIER_3,
    "chat.getPermalink": SPECIAL,
    "chat.postEphemeral": TIER_4,
    "chat.postMessage": SPECIAL,
    "chat.update": TIER_3,
    "conversations.open": TIER_3,
    "files.completeUploadExternal": TIER_4,
    "files.delete": TIER_3,
    "files.getUploadURLExternal": TIER_4,
    "files.info": TIER_4,
    "users.info": TIER_4,
    "users.list": TIER_2,
    "users.lookupByEmail": TIER_3,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
    # Slack documents tier 1 ("1+ per minute") but allows ten connections at once; this only stops a reconnect storm.
    "apps.connections.open": TIER_2,
}

POST_BURST = 5
"""Burst size of chat.postMessage, whose rate is one per second and channel (Slack allows "short bursts")."""


class Rates:
    """Counts calls and computes how long a caller must wait."""

    def __init__(self, clock: Clock) -> None:
        self._elapsed = ElapsedTime(clock)
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)
        self._posts: dict[str, tuple[float, float]] = {}

    def wait(self, method: str) -> int:
        """Whole seconds to wait before this method may be called; 0 counts the call."""
        now = self._elapsed()
        calls = self._calls[method]
        while calls and calls[0] <= now - 60:
            calls.popleft()
        if len(calls) >= PER_MINUTE.get(method, TIER_2):
            return max(1, math.ceil(calls[0] + 60 - now))
        calls.append(now)
        return 0

    def wait_to_post(self, channel: str) -> int:
        """Whole seconds to wait before another message in this channel; 0 counts the message."""
        now = self._elapsed()
        left, since = self._posts.get(channel, (float(POST_BURST), now))
        left = min(float(POST_BURST), left + now - since)
        if left < 1:
            self._posts[channel] = (left, now)
            return math.ceil(1 - left)
        self._posts[channel] = (left - 1, now)
        return 0
