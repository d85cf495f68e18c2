"""Code tables (docs/tmon-api.md, ch. 5.1)."""

from typing import Any

from tmon.api import endpoints
from tmon.api.session import ApiSession
from tmon.api.wire import ApiModel, MalformedResponse, Title, as_object, read, read_each


class Code(ApiModel):
    """A code and its meaning, for example carrier 10099 자체배송."""

    code: str
    description: Title = ""


def _read_groups(data: Any) -> dict[str, list[Code]]:
    groups = as_object(data)
    # A group that is no array does not take the others with it; where none is, the answer has another shape.
    arrays = {name: entries for name, entries in groups.items() if isinstance(entries, list)}
    if groups and not arrays:
        raise MalformedResponse("(answer)")
    return {name: read_each(entries, lambda entry: read(Code, entry), "code") for name, entries in arrays.items()}


class Codes:
    """TMON's code tables."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    async def all(self) -> dict[str, list[Code]]:
        """Return the code groups by name (`DeliveryCorp`, `ClaimReason`, …).

        The shape is a proposal: UnexpectedResponse is possible.
        """
        return await self._session.read(endpoints.CODES, _read_groups)
