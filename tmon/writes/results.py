"""How a write ended, as the process that carried it out leaves it for the one in which a person waits."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from tmon.api import TmonError
from tmon.errors import AppError
from tmon.models.writes import WriteStep
from tmon.writes.remote_write import Outcome

FORGOTTEN = timedelta(hours=1)
"""After so long nobody waits for a result."""


class Raised(Exception):
    """Nothing was sent: `error` says why, as it was raised in the other process."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.error = error


def of_outcome(outcome: Outcome[Any]) -> dict[str, Any]:
    """Return an outcome as JSON. Of what TMON answered only a yes or no is kept: the rest is in the feature's rows."""
    return {
        "state": outcome.state.value,
        "value": outcome.value if isinstance(outcome.value, bool) else None,
        "error": None if outcome.error is None else _of_error(outcome.error),
        "settled": outcome.settled,
        "waits_for_switch": outcome.waits_for_switch,
    }


def of_raised(error: AppError | TmonError) -> dict[str, Any]:
    """Return an error that was raised before anything was sent, as JSON."""
    return {"raised": _of_error(error)}


def outcome_of(result: dict[str, Any]) -> Outcome[Any]:
    """Return the outcome that another process has left. Raises Raised."""
    if (raised := result.get("raised")) is not None:
        raise Raised(_error_of(raised))
    error = result["error"]
    return Outcome(
        WriteStep(result["state"]),
        result["value"],
        None if error is None else _error_of(error),
        settled=result["settled"],
        waits_for_switch=result["waits_for_switch"],
    )


def _of_error(error: Exception) -> dict[str, Any]:
    return {
        "class": type(error).__qualname__,
        "args": [_plain(one) for one in error.args],
        "facts": {name: _plain(value) for name, value in vars(error).items()},
    }


def _error_of(told: dict[str, Any]) -> Exception:
    kinds = {kind.__qualname__: kind for base in (AppError, TmonError) for kind in _kinds(base)}
    kind = kinds.get(told["class"], TmonError)
    error = kind.__new__(kind)
    error.args = tuple(_meant(one) for one in told["args"])
    vars(error).update({name: _meant(value) for name, value in told["facts"].items()})
    return error


def _kinds(base: type[Exception]) -> Iterator[type[Exception]]:
    yield base
    for kind in base.__subclasses__():
        yield from _kinds(kind)


def _plain(value: object) -> Any:
    """Return a fact of an error as JSON can hold it."""
    match value:
        case datetime() | date():
            return {type(value).__name__: value.isoformat()}
        case dict():
            return {"dict": {str(name): _plain(one) for name, one in value.items()}}
        case list() | tuple() | set() | frozenset():
            return [_plain(one) for one in value]
        case bool() | int() | float() | None:
            return value
    return str(value)


def _meant(value: Any) -> Any:
    if isinstance(value, list):
        return [_meant(one) for one in value]
    if not isinstance(value, dict):
        return value
    ((kind, given),) = value.items()
    if kind == "dict":
        return {name: _meant(one) for name, one in given.items()}
    return {"datetime": datetime, "date": date}[kind].fromisoformat(given)
