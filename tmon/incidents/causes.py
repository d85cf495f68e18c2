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
    VendorMissing,
    VendorRejected,
)
from tmon.models.collection import ORDERS
from tmon.models.incidents import Cause, Incident

_CODES: tuple[tuple[type[TmonError], str], ...] = (
    (VendorMissing, "vendor_missing"),
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


def error_of(code: str, call: str, message: str | None) -> TmonError:
    """Return an error with this code, as another process has met it: for telling people of it, and nothing else."""
    kind = next((kind for kind, known in _CODES if known == code), TmonError)
    if issubclass(kind, UnreadableAnswer):
        return kind(call, why="")
    if issubclass(kind, UnexpectedResponse):
        return kind(call, field="", why="")
    return kind(call, message)


def may_pass(error: TmonError) -> bool:
    """Return whether `error` is one of an outage, which passes by itself and may concern every store."""
    return isinstance(error, Unavailable | Throttled | UnexpectedResponse)


def is_platform_wide(error: TmonError) -> bool:
    """Return whether `error` came from the token call, which names no store."""
    return error.call == TOKEN.name


def suppresses(wide: Incident, narrow: Incident) -> bool:
    """Return whether `wide` suppresses `narrow` if that affects no other stores.

    What fails like a store's orders says nothing of its own, and not that orders are collected all the same.
    """
    order = (Cause.VENDOR, Cause.TMON, Cause.KEY, Cause.AREA)
    if wide.cause is narrow.cause is Cause.AREA:
        return wide.area == ORDERS != narrow.area and wide.error == narrow.error
    return wide.cause in order and narrow.cause in order and order.index(wide.cause) < order.index(narrow.cause)
