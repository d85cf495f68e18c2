"""Switches that make the sandbox misbehave."""

from dataclasses import dataclass, field
from typing import Literal

from bot.playground.tmon.tokens import Tokens

Mode = Literal[
    "error_500_json",
    "error_500",
    "html_502",
    "html_503",
    "empty",
    "truncated",
    "throttled",
    "hang",
    "hang_after_write",
    "down",
]
"""What happens instead of a good answer.

- `error_500_json`: 500 with `error_text`; `error_500`: 500 with an HTML page; `html_502`, `html_503`: a gateway's page;
  `throttled`: 429, with `Retry-After` if `retry_after` is set. Nothing takes effect.
- `empty`, `truncated`: the call takes effect, but its answer comes without its body or with half of it.
- `hang`: nothing takes effect and no answer comes. `hang_after_write`: the call takes effect and no answer comes.
- `down`: the connection is closed without an answer; nothing takes effect.
"""


@dataclass
class Faults:
    """What is wrong at the moment. All off: TMON as it should be.

    `only` (call names), `partners` and `times` narrow down `mode` and `slow_seconds`; a token call has no partner.
    """

    tokens: Tokens = field(repr=False)
    reject_partners: set[str] = field(default_factory=set)
    """Partner ids whose key TMON does not accept."""
    reject_vendor: bool = False
    """No vendor gets a token, and no token is good."""
    mode: Mode | None = None
    slow_seconds: float = 0
    """Real time that passes before a call takes effect."""
    only: set[str] | None = None
    partners: set[str] | None = None
    times: int | None = None
    """The mode ends by itself after so many calls."""
    retry_after: int | None = None
    """Seconds that a throttled caller is told to wait."""
    error_text: str = "요청을 처리하는 중 오류가 발생했습니다."
    token_error_status: Literal[200, 401] = 401
    """The HTTP status of `invalid_token`, which was seen in good answers too (wire contract, ch. 2.4)."""
    not_offered: set[str] = field(default_factory=set)
    """Names of calls that this TMON does not have: its web server's own 404. `PROPOSED_CALLS` is the set of those that nobody has seen."""
    failing_options: set[str] = field(default_factory=set)
    """`vendorDealOptionNo` of options whose stock and display are not changed, each told inside a good answer (ch. 8.5)."""

    def expire_tokens(self) -> None:
        """Ends every token given out so far."""
        self.tokens.expire_all()

    def clear(self) -> None:
        """Puts everything back to normal, rejected keys included."""
        for name, value in vars(Faults(self.tokens)).items():
            setattr(self, name, value)

    def applies_to(self, call_name: str, partner_id: str | None) -> bool:
        """Whether `mode` and `slow_seconds` are meant for this call."""
        return (self.only is None or call_name in self.only) and (self.partners is None or partner_id in self.partners)

    def consume_mode(self) -> Mode | None:
        """The mode for one call that it concerns, counting that call."""
        mode = self.mode
        if mode is not None and self.times is not None:
            self.times -= 1
            if self.times <= 0:
                self.mode, self.times = None, None
        return mode
