"""What can go wrong when TMON is asked.

    TmonError
    ├── AuthError
    │   ├── VendorRejected          the deployment's (or the store's own) vendor credentials
    │   │   └── TokenRefused        a token that was fetched a moment ago is refused as well
    │   └── PartnerRejected         the seller's id or key
    ├── Rejected                    TMON understood and said no; `.message` is its own Korean sentence
    ├── Throttled                   too many calls; `.retry_after` says how long to wait
    ├── Unavailable                 TMON cannot be reached or does not make sense; for a write: nothing was done
    ├── NotOffered                  TMON has no such call
    ├── UnknownOutcome              a write left, and no answer tells what became of it: ask, never repeat
    └── UnexpectedAnswer            an answer without a field that we need; `.field` names it

No error's text holds a secret, a body or a sentence of TMON's: sentences are in `.message`, for those who are to read them.
"""

from enum import StrEnum

ALREADY_IN_THAT_STATE = ("배송주문 확인처리가 불가능한 배송상태입니다",)
"""Sentences that say that the deal has left the state the call is for (docs/tmon-api.md, ch. 13.2)."""

DUPLICATE_NAME = ("주소지명과 중복될 수 없습니다",)
"""Sentences that say that another address bears the name (docs/tmon-api.md, ch. 13.2)."""

DEAL_GONE = (")가 없습니다", "삭제된")
"""Sentences that say that a deal is not there, or not any more (docs/tmon-api.md, ch. 13.2)."""


class Remedy(StrEnum):
    """What a client can do about an error (the three classes of the docs/tmon-api.md, ch. 13.2)."""

    RETRY = "retry"
    """Ask again later; nobody has to do anything."""
    REREAD = "reread"
    """Read what TMON has and adopt it: it is in that state already, or may be."""
    CORRECT = "correct"
    """Needs a person; TMON's sentence, if any, tells what is wrong."""


class TmonError(Exception):
    """A call to TMON that did not succeed."""

    remedy = Remedy.CORRECT

    def __init__(self, call: str, message: str | None = None, status: int | None = None, *, reason: str = "") -> None:
        """`call` is the name of the call in `tmon.api.endpoints`, `message` TMON's own sentence, `status` the HTTP status.

        `reason` is a word or two of ours for the log.
        """
        super().__init__(call)
        self.call = call
        self.message = message
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        parts = [type(self).__name__]
        if self.status is not None:
            parts.append(f"HTTP {self.status}")
        if self.reason:
            parts.append(self.reason)
        return f"{self.call}: {', '.join(parts)}"

    __repr__ = __str__


class AuthError(TmonError):
    """TMON does not accept who we say we are."""


class VendorRejected(AuthError):
    """The vendor credentials are refused: at the token call, or the vendor in the path is not the token's (HTTP 403)."""


class TokenRefused(VendorRejected):
    """`invalid_token`, also with a new token (docs/tmon-api.md, ch. 2.4)."""


class PartnerRejected(AuthError):
    """The seller's id or key is refused."""


class Rejected(TmonError):
    """TMON's refusal, whether it came with 4xx, 5xx or 200: `.message` is readable Korean (docs/tmon-api.md, ch. 13.1)."""

    @property
    def already(self) -> bool:
        """Whether it says that the thing is not in the state it was taken for, so that it must be read again."""
        return self._says(ALREADY_IN_THAT_STATE)

    @property
    def duplicate_name(self) -> bool:
        """Whether it says that another address bears the name: the one to be read by its name and adopted."""
        return self._says(DUPLICATE_NAME)

    @property
    def deal_gone(self) -> bool:
        """Whether it says that TMON has no such deal, or has deleted it."""
        return self._says(DEAL_GONE)

    @property
    def remedy(self) -> Remedy:  # type: ignore[override] # depends on the sentence
        """REREAD where TMON has what was wanted, or more than we knew; else CORRECT."""
        return Remedy.REREAD if self.already or self.duplicate_name else Remedy.CORRECT

    def _says(self, sentences: tuple[str, ...]) -> bool:
        return self.message is not None and any(sentence in self.message for sentence in sentences)


class Throttled(TmonError):
    """HTTP 429. The call was not carried out."""

    remedy = Remedy.RETRY

    def __init__(
        self, call: str, message: str | None = None, status: int | None = None, *, retry_after: float | None = None
    ) -> None:
        """`retry_after`: the seconds TMON asks to wait, None if it does not say."""
        super().__init__(call, message, status)
        self.retry_after = retry_after


class Unavailable(TmonError):
    """Time-out, no connection, 5xx or HTML or nothing in place of JSON, or a sentence that means trouble inside TMON.

    A write that raises it had no effect: no byte of it was sent.
    """

    remedy = Remedy.RETRY


class NotOffered(TmonError):
    """TMON has no such call (404 or 405).

    On a path that was never seen in use (`Certainty` C or proposed) every 404 and 405 means this. On a path that was, a 404
    with a sentence of TMON's is about the order or claim in the path, and is `Rejected`.
    """


class UnknownOutcome(TmonError):
    """A write was sent and no answer tells whether it took effect, or what it made: the number of a new thing may be lost."""

    remedy = Remedy.REREAD


class UnexpectedResponse(TmonError):
    """A successful answer to a read that we cannot take: `.field` is the path of what is missing or malformed, never its value."""

    def __init__(self, call: str, status: int | None = None, *, field: str) -> None:
        super().__init__(call, None, status, reason=f"field {field}")
        self.field = field
