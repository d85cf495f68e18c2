"""Error codes, and how incident causes relate to each other."""

from tmon.api.endpoints import TOKEN
from tmon.api.errors import (
    NotOffered,
    PartnerRejected,
    Rejected,
    Throttled,
    TmonError,
    Unavailable,
    UnexpectedResponse,
    UnknownOutcome,
    UnreadableAnswer,
    VendorRejected,
)
from tmon.models.incidents import Cause

_CODES: tuple[tuple[type[TmonError], str], ...] = (
    (VendorRejected, "vendor_rejected"),
    (PartnerRejected, "key_rejected"),
    (Rejected, "rejected"),
    (Throttled, "throttled"),
    (Unavailable, "unavailable"),
    (NotOffered, "not_offered"),
    (UnknownOutcome, "unknown_outcome"),
    (UnreadableAnswer, "unreadable_answer"),
    (UnexpectedResponse, "unexpected_answer"),
)


def error_code(error: TmonError) -> str:
    """Return the error code of `error`, as stored with runs and incidents."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), "failed")


def may_pass(error: TmonError) -> bool:
    """Return whether `error` is one of an outage, which passes by itself and may concern every store."""
    return isinstance(error, Unavailable | Throttled | UnexpectedResponse)


def is_platform_wide(error: TmonError) -> bool:
    """Return whether `error` came from the token call, which names no store."""
    return error.call == TOKEN.name


def suppresses(wide: Cause, narrow: Cause) -> bool:
    """Return whether an incident of cause `wide` suppresses one of cause `narrow` that affects the same stores."""
    order = (Cause.VENDOR, Cause.TMON, Cause.KEY, Cause.AREA)
    return wide in order and narrow in order and order.index(wide) < order.index(narrow)
