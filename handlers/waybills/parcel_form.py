"""What is typed into the forms of waybills: one parcel, and what a form keeps while it is drawn anew."""

import re
import unicodedata
from datetime import date, timedelta
from typing import Any, TypeVar

from handlers.form_values import typed_date
from handlers.request import SlackRequest
from handlers.waybills.ids import FURTHER_LENGTH, MOST_NUMBERS, NUMBER_LENGTH, TypedParcel
from tmon.api import Parcel
from tmon.codes.service import check_carrier
from tmon.codes.tables import OWN_DELIVERY
from tmon.errors import AppError
from tmon.waybills.days import today

_NUMBER = re.compile(r"[0-9][0-9-]*")
_LATEST = timedelta(days=365)
"""How far ahead a day of own delivery may lie."""

T = TypeVar("T", bound=TypedParcel)


def with_parcel(ref: T, parcel: Parcel) -> T:
    """Return `ref` with a parcel that is to be sent."""
    return ref.model_copy(
        update={
            "carrier": parcel.carrier,
            "number": parcel.number,
            "more": parcel.more_numbers,
            "day": parcel.scheduled_on,
            "draft": "",
        }
    )


def keep_draft(ref: T, values: dict[str, Any]) -> T:
    """Return `ref` with what stands in the fields that a form loses when it changes to, or from, own delivery."""
    if ref.carrier != OWN_DELIVERY:
        number = _printable(values.get("number"))[:NUMBER_LENGTH]
        return ref.model_copy(
            update={"number": number or None, "draft": _printable(values.get("more"))[:FURTHER_LENGTH]}
        )
    day = typed_date(values.get("day"))
    return ref if day is None else ref.model_copy(update={"day": day})


def draft_of(ref: TypedParcel) -> Parcel:
    """Return what `keep_draft` has kept."""
    more = tuple(ref.draft.splitlines())
    return Parcel(carrier=ref.carrier or "", number=ref.number, more_numbers=more, scheduled_on=ref.day)


def _printable(typed: object) -> str:
    return "".join(letter for letter in str(typed or "") if letter == "\n" or letter.isprintable())


def typed_parcel(request: SlackRequest, values: dict[str, Any]) -> Parcel:
    """The parcel in the values of a form. Raises AppError at the field that is wrong."""
    carrier = check_carrier(str(values.get("carrier") or ""))
    if carrier == OWN_DELIVERY:
        return Parcel(carrier=carrier, scheduled_on=typed_day(request, values))
    number = _number(str(values.get("number") or ""), "number")
    if not number:
        raise AppError("waybills.no_number", field="number")
    lines = [_number(line, "more") for line in str(values.get("more") or "").replace(",", "\n").splitlines()]
    more = tuple(dict.fromkeys(line for line in lines if line and line != number))
    if len(more) > MOST_NUMBERS:
        raise AppError("waybills.too_many_numbers", field="more", n=MOST_NUMBERS)
    return Parcel(carrier=carrier, number=number, more_numbers=more)


def _number(typed: str, field: str) -> str:
    """A number of digits and hyphens without blanks, whatever width it was typed in; the carrier decides whether it exists."""
    number = "".join(unicodedata.normalize("NFKC", typed).split())
    if number and (not _NUMBER.fullmatch(number) or len(number) > NUMBER_LENGTH):
        raise AppError("waybills.digits_only", field=field)
    return number


def typed_day(request: SlackRequest, values: dict[str, Any]) -> date:
    """The day in the values of a form, today at the earliest. Raises AppError at the field."""
    day = typed_date(values.get("day"))
    if day is None:
        raise AppError("waybills.no_day", field="day")
    first = today(request.services.clock())
    if not first <= day <= first + _LATEST:
        raise AppError("waybills.day_out_of_range", field="day")
    return day
