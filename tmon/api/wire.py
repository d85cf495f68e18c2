"""How values look on TMON's wire: Korea time without an offset, seconds left out, numbers in quotes (docs/tmon-api.md, ch. 3)."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AliasGenerator, BaseModel, ConfigDict, PlainValidator, ValidationError
from pydantic.alias_generators import to_camel

from tmon.clock import KST


class MalformedResponse(Exception):
    """An answer lacks what we need, or has it in a form we cannot read; `field` is its path, never its value."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class ApiModel(BaseModel):
    """A thing in an answer of TMON's: unknown fields are passed over, numbers may be strings and the other way round.

    Those that we send as well are made with our names for the fields.
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


class ApiEnum(StrEnum):
    """Codes on the wire. Every subclass has a member UNKNOWN, which stands for one that we have not heard of."""

    @classmethod
    def _missing_(cls, value: object) -> "ApiEnum":
        return cls["UNKNOWN"]


E = TypeVar("E", bound=ApiEnum)


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError("not a date-time")
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=moment.tzinfo or KST).astimezone(UTC)


def _day(value: object) -> date:
    if type(value) is date:
        return value
    if not isinstance(value, str):
        raise ValueError("not a date")
    return datetime.fromisoformat(value).date()


Moment = Annotated[datetime, PlainValidator(_moment)]
"""`yyyy-MM-dd'T'HH:mm[:ss]` in Korea time, read as aware UTC."""

Day = Annotated[date, PlainValidator(_day)]
"""`yyyy-MM-dd`, a day in Korea."""

Filled = Annotated[str | None, AfterValidator(lambda text: text or None)]
"""A text that may be left out; an empty one counts as left out."""


def format_datetime(moment: datetime) -> str:
    """`moment` as TMON's queries want it: Korea time to the second, no offset. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be told to TMON")
    return moment.astimezone(KST).strftime("%Y-%m-%dT%H:%M:%S")


def require_known(code: E) -> E:
    """`code` if it can be sent. Raises ValueError for UNKNOWN."""
    if code is type(code)["UNKNOWN"]:
        raise ValueError(f"{type(code).__name__}: an unknown code cannot be told to TMON")
    return code


def read(model: type[M], data: Any) -> M:
    """`data` as a `model`. Raises WireError with the path of the first thing amiss."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        path = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
        raise MalformedResponse(".".join(map(str, path)) or "(answer)") from None


def as_object(data: Any) -> dict[str, Any]:
    """`data` if it is a JSON object. Raises WireError."""
    if not isinstance(data, dict):
        raise MalformedResponse("(answer)")
    return data


def as_array(data: Any) -> list[Any]:
    """`data` if it is a JSON array. Raises WireError."""
    if not isinstance(data, list):
        raise MalformedResponse("(answer)")
    return data


def discard(data: Any) -> None:
    """For answers to writes that say no more than that they succeeded."""


class SearchPage(ApiModel):
    """One page of a search. Both fields must be there: a page that lacks `hasNext` would end the search too early."""

    items: list[Any]
    has_next: bool
