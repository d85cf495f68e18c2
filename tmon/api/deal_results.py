"""What TMON answers when a deal is registered or changed (docs/tmon-api.md, ch. 8.1, 8.2, 8.4, 13.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from tmon.api.endpoints import DEAL_UPDATE
from tmon.api.errors import Rejected
from tmon.api.responses import SERVER_FAULT_MESSAGES, tidy
from tmon.api.transport import ambiguous_error
from tmon.api.wire import IF_READABLE, ApiModel, MalformedResponse, Number, as_object, read


@dataclass(frozen=True, slots=True)
class Registered:
    """TMON's numbers of a new deal, and of its options by `vendor_option_no`."""

    deal_no: int
    option_nos: dict[str, int]


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """What became of the deal itself, or of its options."""

    skipped: bool
    """Whether TMON says that it left it as it was."""
    refusal: Rejected | None
    """Why it failed; None: it succeeded."""


@dataclass(frozen=True, slots=True)
class DealChanged:
    """Result of a change: the deal and its options succeed or fail each by itself (docs/tmon-api.md, ch. 8.2)."""

    deal: ChangedPart
    options: ChangedPart

    @property
    def refusal(self) -> Rejected | None:
        """Why the change failed, as a whole or in part; None: both parts succeeded."""
        return self.deal.refusal or self.options.refusal


class _Part(ApiModel):
    success: bool
    skip: Annotated[bool | None, IF_READABLE] = None
    message: Annotated[str | None, IF_READABLE] = None


class _Changed(ApiModel):
    deal: _Part
    deal_options: _Part


class _Number(ApiModel):
    no: Number


def read_registered(data: Any, deal_key: str, option_keys: Iterable[str]) -> Registered:
    """Read the answer to a registration. Raises MalformedResponse unless it has a number for each key."""
    answer = as_object(data)
    (deal_no,) = _numbers(answer.get("dealNo"), [deal_key], "dealNo").values()
    return Registered(deal_no, _numbers(answer.get("dealOptionNos"), option_keys, "dealOptionNos"))


def read_option_numbers(data: Any, option_keys: Iterable[str]) -> dict[str, int]:
    """Read the answer to new options: a bare map. Raises MalformedResponse unless it has a number for each key."""
    return _numbers(data, option_keys, "(answer)")


def _numbers(data: Any, keys: Iterable[str], field: str) -> dict[str, int]:
    numbers = data if isinstance(data, dict) else {}
    try:
        return {key: read(_Number, {"no": numbers.get(key)}).no for key in keys}
    except MalformedResponse as error:
        raise MalformedResponse(field, error.why) from None


def read_changed(data: Any) -> DealChanged:
    """Read the answer to a change. Raises UnknownOutcome if a part failed because of trouble inside TMON, and MalformedResponse."""
    answer = read(_Changed, data)
    return DealChanged(_part(answer.deal), _part(answer.deal_options))


def _part(part: _Part) -> ChangedPart:
    said = "" if part.success else part.message or ""
    if any(text in said for text in SERVER_FAULT_MESSAGES):
        raise ambiguous_error(DEAL_UPDATE, tidy(said), 200, reason="trouble inside TMON")
    refusal = None if part.success else Rejected(DEAL_UPDATE.name, tidy(said) or None, 200, said=said)
    return ChangedPart(bool(part.skip), refusal)
