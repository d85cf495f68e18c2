"""People who are chosen in the forms of a store: only active full members of the workspace."""

from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from handlers.permissions import SlackUsers
from handlers.request import SlackRequest
from tmon.stores.fields import InvalidFields

T = TypeVar("T")

_FIELDS = ("contact_user", "workers", "cs_workers")
"""The fields in which people are chosen; an empty one is allowed."""


async def with_people(request: SlackRequest, typed: Mapping[str, Any], checked: Awaitable[T]) -> T:
    """Return what `checked` returns. Raises InvalidFields with its errors and those of the chosen people, all at once."""
    errors: dict[str, Any] = {}
    result: T | None = None
    try:
        result = await checked
    except InvalidFields as error:
        errors |= error.errors
    chosen = {name: _ids(typed[name]) for name in _FIELDS if typed.get(name)}
    try:
        await request.services[SlackUsers].require_members(request.team_id, chosen)
    except InvalidFields as error:
        errors = error.errors | errors
    if errors:
        raise InvalidFields(errors)
    return result  # type: ignore[return-value]  # without errors it is what `checked` returned


def _ids(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]
