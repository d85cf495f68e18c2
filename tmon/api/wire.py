"""Value formats of the API: Korea time without offset, optional seconds, numbers as strings (docs/tmon-api.md, ch. 3)."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AliasGenerator, BaseModel, ConfigDict, PlainValidator, ValidationError
from pydantic.alias_generators import to_camel

from tmon.clock import KST


class MalformedResponse(Exception):
    """A required field of a response is missing or malformed; `field` is its path, never its value."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


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


class ApiEnum(StrEnum):
    """Base of TMON's codes. Every subclass has a member UNKNOWN for codes not known to us."""

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
"""`yyyy-MM-dd`, a date in Korea."""

Filled = Annotated[str | None, AfterValidator(lambda text: text or None)]
"""An optional text; an empty one becomes None."""


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
        path = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
        raise MalformedResponse(".".join(map(str, path)) or "(answer)") from None


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
