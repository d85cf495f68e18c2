"""What a failure is called, and what it is laid to."""

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
    (UnexpectedResponse, "unexpected_answer"),
)


def error_code(error: TmonError) -> str:
    """The short name of `error` that is kept with a run and with what it failed for."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), "failed")


def is_platform_wide(error: TmonError) -> bool:
    """Whether `error` came before any store was named: at the token call."""
    return error.call == TOKEN.name


def suppresses(wide: Cause, narrow: Cause) -> bool:
    """Whether `wide` speaks for `narrow`, where it concerns the same stores."""
    order = (Cause.VENDOR, Cause.TMON, Cause.KEY, Cause.AREA)
    return wide in order and narrow in order and order.index(wide) < order.index(narrow)
