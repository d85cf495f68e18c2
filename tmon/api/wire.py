"""Value formats of the API: Korea time without offset, optional seconds, numbers as strings (docs/tmon-api.md, ch. 3)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AliasGenerator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.alias_generators import to_camel

from tmon.api.decoding import OUT_OF_RANGE
from tmon.clock import KST


class MalformedResponse(Exception):
    """A required field of a response is missing or malformed; `field` is its path, never its value.

    `why`: `missing` (absent or null), `fraction` (a part of a won or of a piece), `too_large` (more than 64 bits),
    `too_long`, or `malformed`.
    """

    def __init__(self, field: str, why: str = "malformed") -> None:
        super().__init__(field)
        self.field = field
        self.why = why


class ApiModel(BaseModel):
    """Base of objects in responses: unknown fields are ignored; numbers and strings are converted into each other.

    Models that are also sent are created with our field names.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=AliasGenerator(validation_alias=to_camel),
        validate_by_name=True,
        validate_by_alias=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
    )


M = TypeVar("M", bound=ApiModel)
T = TypeVar("T")


class ApiEnum(StrEnum):
    """Base of TMON's codes. Every subclass has a member UNKNOWN for codes not known to us."""

    @classmethod
    def _missing_(cls, value: object) -> "ApiEnum":
        return cls["UNKNOWN"]


E = TypeVar("E", bound=ApiEnum)


_YEARS = range(1900, 10_000)
"""Outside of them no time zone can be computed."""


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    moment = _iso(value)
    try:
        return moment.replace(tzinfo=moment.tzinfo or KST).astimezone(UTC)
    except OverflowError:  # the last hours of the year 9999, in a zone behind
        raise ValueError("not a year of ours") from None


def _day(value: object) -> date:
    return value if type(value) is date else _iso(value).date()


def _iso(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("not a date")
    moment = datetime.fromisoformat(value)
    if moment.year not in _YEARS:
        raise ValueError("not a year of ours")
    return moment


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("not a number")
    return value


MAX_NUMBER = 2**63 - 1
Number = Annotated[int, BeforeValidator(_number), Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
"""A whole number of 64 bits: won, pieces, and TMON's numbers. A fraction is refused, not rounded."""

Count = Annotated[Number, Field(ge=0)]
"""A number of pieces."""

OrZero = Annotated[Number, BeforeValidator(lambda value: 0 if value is None or value == "" else value)]
"""An amount that TMON leaves out, or sends as null or empty, where there is none."""


def shown(limit: int) -> AfterValidator:
    """Cut a text that is only shown to `limit` characters: nobody reads more of it on a card."""
    return AfterValidator(lambda text: text if text is None or len(text) <= limit else text[: limit - 1] + "…")


def _or_none(value: object, parse: ValidatorFunctionWrapHandler) -> Any:
    try:
        return parse(value)
    except ValueError:
        return None


IF_READABLE = WrapValidator(_or_none)
"""Makes an optional field None where it is malformed: its record is of use without it."""


def _title(value: object) -> object:
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


Title = Annotated[str, BeforeValidator(_title), shown(300)]
"""A name that is only shown; empty where TMON sends none."""

Moment = Annotated[datetime, PlainValidator(_moment)]
"""`yyyy-MM-dd'T'HH:mm[:ss]` in Korea time, read as aware UTC."""


def _of_our_time(moment: datetime) -> datetime:
    if not 2000 <= moment.year < 2200:
        raise ValueError("not a year of ours")
    return moment


TradeMoment = Annotated[Moment, AfterValidator(_of_our_time)]
"""A moment that deadlines are computed from."""

Day = Annotated[date, PlainValidator(_day)]
"""`yyyy-MM-dd`, a date in Korea."""

Filled = Annotated[str | None, AfterValidator(lambda text: text or None)]
"""An optional text; an empty one becomes None."""

Label = Annotated[Filled, shown(300), IF_READABLE]
"""An optional text of one line that is only shown."""

Prose = Annotated[Filled, shown(4000), IF_READABLE]
"""An optional text that people wrote."""

Key = Annotated[str | None, Field(max_length=50), AfterValidator(lambda text: text or None), IF_READABLE]
"""The seller's own number of a deal or option; None where there is none that could be told to TMON again."""

Switch = Annotated[bool, BeforeValidator(lambda value: False if value is None else value)]
"""A boolean that TMON may leave out, or send as null, where it is not set."""

MaybeNumber = Annotated[Number | None, IF_READABLE]
"""An optional number that refers to something else."""

MaybeMoment = Annotated[Moment | None, IF_READABLE]
"""An optional moment that nothing is computed from."""


def format_datetime(moment: datetime) -> str:
    """Format `moment` for TMON's queries: Korea time to the second, no offset. Raises ValueError if it is naive."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be told to TMON")
    return moment.astimezone(KST).strftime("%Y-%m-%dT%H:%M:%S")


def require_known(code: E) -> E:
    """Return `code`. Raises ValueError for UNKNOWN, which cannot be sent."""
    if code is type(code)["UNKNOWN"]:
        raise ValueError(f"{type(code).__name__}: an unknown code cannot be told to TMON")
    return code


def read(model: type[M], data: Any) -> M:
    """Parse `data` as `model`. Raises MalformedResponse with the path of the first invalid field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        path = ".".join(map(str, first["loc"]))
        raise MalformedResponse(path or "(answer)", _why(first["type"], first["input"])) from None
    except (ArithmeticError, TypeError, RecursionError):  # not every validator's failure becomes a ValidationError
        raise MalformedResponse("(answer)") from None


_WHY = {
    "missing": "missing",
    "int_from_float": "fraction",
    "int_parsing_size": "too_large",
    "finite_number": "too_large",
    "less_than_equal": "too_large",
    "string_too_long": "too_long",
}


def _why(kind: str, value: object) -> str:
    if value is None or value == "":
        return "missing"
    if value is OUT_OF_RANGE:
        return "too_large"
    return _WHY.get(kind, "malformed")


@dataclass(frozen=True, slots=True)
class UnreadItem:
    """A record of a list that could not be read: what a person is told, and nothing of its content."""

    number: str
    """TMON's number of it; empty where that cannot be read either."""
    field: str
    """Path of the field that is wrong."""
    why: str
    """As of `MalformedResponse`."""


class Records(list[T]):
    """The records of one list that could be read, and notes of the others: one of them never stops the rest."""

    def __init__(self, records: Iterable[T] = (), unread: Iterable[UnreadItem] = ()) -> None:
        super().__init__(records)
        self.unread = tuple(unread)


def unread_of(records: Iterable[object]) -> tuple[UnreadItem, ...]:
    """Return the notes of the records that could not be read with `records`."""
    return records.unread if isinstance(records, Records) else ()


def read_each(data: Any, parse: Callable[[Any], T], number: str) -> Records[T]:
    """Parse each item of the array `data` by itself. `number`: the field with its number.

    Raises MalformedResponse unless `data` is an array.
    """
    records: list[T] = []
    unread: list[UnreadItem] = []
    for item in as_array(data):
        try:
            records.append(parse(item))
        except MalformedResponse as error:
            unread.append(UnreadItem(_number_of(item, number), error.field, error.why))
    return Records(records, unread)


def merged(first: Records[T], second: Records[T], key: Callable[[T], object]) -> Records[T]:
    """Join two lists that may overlap; what stands in both is taken from the second."""
    return Records({key(record): record for record in (*first, *second)}.values(), {*first.unread, *second.unread})


def _number_of(item: Any, field: str) -> str:
    value = item.get(field) if isinstance(item, dict) else None
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= 19 else ""


def as_object(data: Any) -> dict[str, Any]:
    """Return `data`. Raises MalformedResponse unless it is a JSON object."""
    if not isinstance(data, dict):
        raise MalformedResponse("(answer)")
    return data


def as_array(data: Any) -> list[Any]:
    """Return `data`. Raises MalformedResponse unless it is a JSON array."""
    if not isinstance(data, list):
        raise MalformedResponse("(answer)")
    return data


def discard(data: Any) -> None:
    """Ignore the data: for writes whose response carries no information beyond success."""


class SearchPage(ApiModel):
    """One page of a search. Both fields are required: a missing `hasNext` would end the search too early."""

    items: list[Any]
    has_next: bool
