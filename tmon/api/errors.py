"""Exceptions of the API client.

TmonError
├── AuthError
│   ├── VendorRejected          the deployment's (or the store's own) vendor credentials
│   │   ├── TokenRefused        a freshly fetched token is refused as well
│   │   └── VendorMissing       there are none that the store may use: nothing was sent
│   └── PartnerRejected         the seller's id or key
├── Rejected                    TMON refused the request; `.message` is its error message in Korean
├── Throttled                   too many requests; `.retry_after` is how long to wait
├── Unavailable                 TMON cannot be reached or fails; for a write: nothing was sent
│   └── NotAsked                the store's workspace does not have the app any more: nothing was sent
├── NotOffered                  TMON does not offer the call
├── UnknownOutcome              a write was sent without a conclusive answer: verify, never repeat
└── UnexpectedResponse          a required field is missing or malformed; `.field` is its path
    └── UnreadableAnswer        the whole answer is no JSON document, or too large; `.why` says which

`str(error)` never contains a secret, a body or TMON's error message: that is in `.message`, only for display to the user.
"""

import re
from enum import StrEnum

ALREADY_IN_THAT_STATE = ("배송주문 확인처리가 불가능한 배송상태입니다",)
"""Error messages that mean that the deal is no longer in the required state (docs/tmon-api.md, ch. 13.2)."""

DUPLICATE_NAME = ("주소지명과 중복될 수 없습니다",)
"""Error messages that mean that another address has the name (docs/tmon-api.md, ch. 13.2)."""

DEAL_GONE = (")가 없습니다", "삭제된")
"""Error messages that mean that a deal does not exist or was deleted (docs/tmon-api.md, ch. 13.2)."""

DEAL_EXISTS = ("이미 등록 완료된 딜입니다",)
"""Error messages that mean that a deal with this `vendorDealNo` exists (docs/tmon-api.md, ch. 13.2)."""

UNFIT_TEMPLATE = ("배송템플릿",)
"""Error messages about the delivery template of a deal (docs/tmon-api.md, ch. 13.2)."""

IMAGE_HOST_SILENT = ("이미지 파일에 대해 응답이 없습니다",)
"""Error messages that mean that TMON could not fetch an image, and may be able to later (docs/tmon-api.md, ch. 13.2)."""

SAME_WAYBILL = ("동일 송장 등록 요청",)
"""Error messages that mean that a waybill has that number already (docs/tmon-api.md, ch. 13.2)."""

WRONG_WAYBILL = ("INVALID_INVOICE",)
"""Error messages that mean that the carrier does not know the number (docs/tmon-api.md, ch. 13.2)."""

_CURRENT_STATE = re.compile(r"current_state\W{0,3}(D\d)")
"""The state in which a delivery is instead of the required one (docs/tmon-api.md, ch. 13.2)."""


COMPLETED = ("클레임 처리 완료된 건입니다", "완료된")
"""Error messages that mean that a claim is completed already (docs/tmon-api.md, ch. 13.2)."""

WRONG_NUMBER = ("INVALID_INVOICE", "형식에 맞지 않는 운송장번호")
"""Error messages that mean that the carrier knows no such number, or that it has another form (ch. 13.2)."""

NUMBER_USED = ("중복된 송장",)
"""Error messages that mean that another parcel has the number (ch. 13.2)."""

NUMBER_MISSING = ("택배사코드, 송장번호 모두 입력",)
"""Error messages that mean that the carrier or the number is missing (ch. 13.2)."""

NO_POSSIBILITY = ("처리가능여부를",)
"""Error messages that mean that a CS inquiry does not take 처리가능여부 (ch. 13.2)."""


class Remedy(StrEnum):
    """What a client can do about an error (the three classes of docs/tmon-api.md, ch. 13.2)."""

    RETRY = "retry"
    """Retry later; no action is needed."""
    REREAD = "reread"
    """Read the state at TMON and apply it here: it is, or may be, already as wanted."""
    CORRECT = "correct"
    """A person has to act; TMON's error message, if any, says what is wrong."""


class TmonError(Exception):
    """A failed call to TMON."""

    remedy = Remedy.CORRECT

    def __init__(self, call: str, message: str | None = None, status: int | None = None, *, reason: str = "") -> None:
        """`call`: name of the endpoint in `tmon.api.endpoints`; `message`: TMON's error message; `status`: HTTP status.

        `reason`: a short explanation of ours for the log.
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
    """TMON rejected the credentials."""


class VendorRejected(AuthError):
    """The vendor credentials were rejected by the token call, or the vendor in the path is not the token's (HTTP 403)."""


class TokenRefused(VendorRejected):
    """`invalid_token`, even with a new token (docs/tmon-api.md, ch. 2.4)."""


class VendorMissing(VendorRejected):
    """The store has no vendor credentials of its own, and may not use those of the deployment: TMON was not asked."""


class PartnerRejected(AuthError):
    """The seller's id or key was rejected."""


class Rejected(TmonError):
    """TMON refused the request, with 4xx, 5xx or 200. `.message` is readable Korean (docs/tmon-api.md, ch. 13.1)."""

    def __init__(
        self,
        call: str,
        message: str | None = None,
        status: int | None = None,
        *,
        reason: str = "",
        said: str | None = None,
    ) -> None:
        """`said`: the error message as TMON sent it, to be interpreted and not kept; `message`: what people may read of it."""
        super().__init__(call, message, status, reason=reason)
        said = said or message or ""
        self.already = _says(said, ALREADY_IN_THAT_STATE)
        """Whether the resource is not in the expected state, so that it must be read again."""
        self.duplicate_name = _says(said, DUPLICATE_NAME)
        """Whether another address has the name: read that one by its name and apply it here."""
        self.completed = _says(said, COMPLETED)
        """Whether the claim is completed already: only the claim, read again, tells what became of it."""
        self.wrong_number = _says(said, WRONG_NUMBER)
        """Whether the number of a waybill is to be corrected."""
        self.number_used = _says(said, NUMBER_USED)
        """Whether another parcel has the number of the waybill."""
        self.number_missing = _says(said, NUMBER_MISSING)
        """Whether TMON wants both a carrier and a number."""
        self.deal_gone = _says(said, DEAL_GONE) and not _says(said, UNFIT_TEMPLATE)
        """Whether the deal does not exist at TMON, or was deleted; not what it refers to."""
        self.deal_exists = _says(said, DEAL_EXISTS)
        """Whether a deal with this key exists: read it by the key."""
        self.image_host_silent = _says(said, IMAGE_HOST_SILENT)
        """Whether TMON could not fetch an image; the same request may succeed later."""
        self.same_waybill = _says(said, SAME_WAYBILL)
        """Whether a waybill has the number already: this one, if the order, read again, says that it is shipped."""
        self.wrong_waybill = _says(said, WRONG_WAYBILL)
        """Whether the carrier does not know the number."""
        self.no_possibility = _says(said, NO_POSSIBILITY)
        """Whether the answer to a CS inquiry is to be sent without `possibilityYn`."""
        found = _CURRENT_STATE.search(said)
        self.current_state = found[1] if found else None
        """The state of the delivery, D1…D5, where that is why it was refused."""

    @property
    def remedy(self) -> Remedy:  # type: ignore[override] # depends on the message
        """REREAD if TMON's state may already be as wanted or is newer than ours, RETRY if an image host was silent."""
        if self.image_host_silent:
            return Remedy.RETRY
        exists = self.duplicate_name or self.deal_exists
        reread = self.already or exists or self.same_waybill or self.current_state is not None
        return Remedy.REREAD if reread else Remedy.CORRECT


def _says(said: str, sentences: tuple[str, ...]) -> bool:
    return any(sentence in said for sentence in sentences)


class Throttled(TmonError):
    """HTTP 429: too many requests. The call was not carried out."""

    remedy = Remedy.RETRY

    def __init__(
        self, call: str, message: str | None = None, status: int | None = None, *, retry_after: float | None = None
    ) -> None:
        """`retry_after`: seconds to wait, None if TMON gives none."""
        super().__init__(call, message, status)
        self.retry_after = retry_after


class Unavailable(TmonError):
    """Timeout, no connection, 5xx, or an error message about a fault inside TMON.

    A write that raises it had no effect: nothing was sent.
    """

    remedy = Remedy.RETRY


class NotAsked(Unavailable):
    """The workspace of the store does not have the app installed any more: TMON was not asked."""


class NotOffered(TmonError):
    """TMON does not offer the call (404 or 405).

    On a path never observed in use (`Certainty` C or proposed), every 404 and 405 means this. On an observed path, a 404
    with an error message is about the resource in the path, and is `Rejected`.
    """


class UnknownOutcome(TmonError):
    """A write was sent, but its effect, or the number of a created resource, is not known."""

    remedy = Remedy.REREAD


class UnexpectedResponse(TmonError):
    """A successful response to a read that cannot be parsed. `.field` is the path of the missing or malformed field."""

    def __init__(self, call: str, status: int | None = None, *, field: str, why: str = "malformed") -> None:
        """`why`: `missing`, `fraction`, `too_large`, `too_long` or `malformed` (`tmon.api.wire.MalformedResponse`)."""
        super().__init__(call, None, status, reason=f"field {field}: {why}")
        self.field = field
        self.why = why


class UnreadableAnswer(UnexpectedResponse):
    """TMON answered a read with success, but with no JSON document: a page, a fragment, nothing, or far too much."""

    remedy = Remedy.RETRY

    def __init__(self, call: str, status: int | None = None, *, why: str) -> None:
        """`why`: `empty`, `page`, `truncated`, `no_json`, `encoding`, `too_deep` or `too_large`."""
        super().__init__(call, status, field="(answer)", why=why)

    @property
    def passing(self) -> bool:
        """Whether the same request may be answered better next time."""
        return self.why != "too_large"
