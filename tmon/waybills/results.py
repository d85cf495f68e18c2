"""What is to be shipped, and how it ended for each deal."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tmon.api import (
    AuthError,
    DeliveryStatus,
    NotOffered,
    Parcel,
    Rejected,
    Throttled,
    UnexpectedResponse,
)
from tmon.errors import AppError

WAITS_FOR_SWITCH = "waybills.note_waits_for_switch"
"""Note of what is in doubt while the switch forbids to ask."""
NOT_ARRIVED = "waybills.note_not_arrived"


class Result(StrEnum):
    """How one deal ended."""

    SUCCESS = "success"
    """성공: TMON has the waybill; also where it had the same one before."""
    FAILED = "failed"
    """실패: nothing changed at TMON; the note says why."""
    UNKNOWN = "unknown"
    """확인 중: TMON is being asked what became of it."""
    HELD_BACK = "held_back"
    """취소 요청으로 제외: the buyer has asked to cancel the order."""


@dataclass(frozen=True)
class Shipment:
    """One parcel to be sent: a delivery of an order, or one deal of it."""

    order_no: int
    delivery_no: str
    parcel: Parcel
    deal_no: int | None = None
    """None: every deal of the delivery."""
    row: int | None = None
    """Where the caller has it from: a row of a file."""


@dataclass(frozen=True)
class DealResult:
    """How one deal of a shipment ended."""

    order_no: int
    delivery_no: str
    deal_no: int | None
    """None: the order has no such delivery."""
    result: Result
    note: str | None = None
    """Text key of why; its values are in `values`."""
    detail: str | None = None
    """TMON's own sentence."""
    values: dict[str, Any] = field(default_factory=dict)
    row: int | None = None
    corrects_number: bool = False
    """The carrier does not know the number: the person may type another."""


def failure_note(error: Exception | None) -> tuple[str, str | None]:
    """Text key of why a write failed, and TMON's own sentence if it gave one. `error` is None when it never arrived."""
    match error:
        case None:
            return NOT_ARRIVED, None
        case AppError():
            return "waybills.note_switched_off", None
        case Rejected() if error.current_state in (DeliveryStatus.D4, DeliveryStatus.D5):
            return "waybills.too_late", error.message
        case Rejected() if error.current_state == DeliveryStatus.D1:
            return "waybills.confirm_first", None
        case Rejected() if error.wrong_waybill:
            return "waybills.note_wrong_number", error.message
        case Rejected():
            return "waybills.note_refused", error.message
        case NotOffered():
            return "waybills.note_not_offered", None
        case AuthError():
            return "waybills.note_key", None
        case Throttled():
            return "waybills.note_throttled", None
        case UnexpectedResponse():
            return "waybills.note_unreadable", None
    return "waybills.note_down", None
