"""Injected faults of the sandbox (chapters are those of docs/tmon-api.md)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.playground.tmon.tokens import Tokens

Mode = Literal[
    "error_500_json",
    "error_500",
    "html_502",
    "html_503",
    "empty",
    "empty_without_effect",
    "truncated",
    "throttled",
    "hang",
    "hang_after_write",
    "down",
]
"""What happens instead of a normal response.

- `error_500_json`: 500 with `error_text`; `error_500`: 500 with an HTML page; `html_502`, `html_503`: a gateway's page;
  `throttled`: 429, with `Retry-After` if `retry_after` is set. Nothing takes effect.
- `empty`, `truncated`: the call takes effect, but its response has no body or half of it.
- `empty_without_effect`: 200 without a body, and nothing takes effect.
- `hang`: nothing takes effect and no response comes. `hang_after_write`: the call takes effect and no response comes.
- `down`: the connection is closed without a response; nothing takes effect.
"""


@dataclass
class Faults:
    """The active faults. All off: TMON works normally.

    `only` (call names), `partners` and `times` restrict `mode` and `slow_seconds`; a token call has no partner.
    """

    tokens: Tokens = field(repr=False)
    reject_partners: set[str] = field(default_factory=set)
    """Partner ids whose key is rejected."""
    reject_vendor: bool = False
    """No vendor gets a token, and no token is valid."""
    mode: Mode | None = None
    slow_seconds: float = 0
    """Delay in real time before a call takes effect."""
    only: set[str] | None = None
    partners: set[str] | None = None
    times: int | None = None
    """Number of calls after which the mode ends; None: it stays."""
    retry_after: int | None = None
    """`Retry-After` of `throttled`, in seconds."""
    error_text: str = "요청을 처리하는 중 오류가 발생했습니다."
    token_error_status: Literal[200, 401] = 401
    """The HTTP status of `invalid_token`, which was also observed with 200 (docs/tmon-api.md, ch. 2.4)."""
    not_offered: set[str] = field(default_factory=set)
    """Names of calls that do not exist here: they get the web server's `not_offered_status`. `PROPOSED_CALLS` are the unconfirmed ones."""
    not_offered_status: Literal[404, 405] = 404
    failing_options: set[str] = field(default_factory=set)
    """`vendorDealOptionNo` of options that cannot be changed, neither stock, display, price nor text; reported inside an HTTP 200 (docs/tmon-api.md, ch. 8.2, 8.5)."""
    silent_image_hosts: set[str] = field(default_factory=set)
    """Endings of names of hosts from which TMON gets no answer when it fetches a deal's pictures; "": of every host."""
    rewrites: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    """By call name: takes the document of a successful answer and returns the one to send, or raw bytes.

    For records as no well-meaning server sends them; characters that UTF-8 cannot carry leave as escapes.
    """

    def expire_tokens(self) -> None:
        """Invalidate all tokens issued so far."""
        self.tokens.expire_all()

    def clear(self) -> None:
        """Reset all faults, including rejected keys."""
        for name, value in vars(Faults(self.tokens)).items():
            setattr(self, name, value)

    def picture_is_silent(self, url: str) -> bool:
        """Whether the host of a picture does not answer."""
        host = urlsplit(url).hostname or ""
        return any(host.endswith(ending) for ending in self.silent_image_hosts)

    def applies_to(self, call_name: str, partner_id: str | None) -> bool:
        """Whether `mode` and `slow_seconds` apply to this call."""
        return (self.only is None or call_name in self.only) and (self.partners is None or partner_id in self.partners)

    def consume_mode(self) -> Mode | None:
        """The mode for one affected call, which is counted."""
        mode = self.mode
        if mode is not None and self.times is not None:
            self.times -= 1
            if self.times <= 0:
                self.mode, self.times = None, None
        return mode
