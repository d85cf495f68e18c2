"""Parameters of buttons and modals: small versioned JSON with public ids only; untrusted when it comes back."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tmon.errors import AppError


class Payload(BaseModel):
    """Base of all parameters. `v` increases when the meaning of a field changes; fields are only ever added."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True, serialize_by_alias=True)

    v: int = 1


P = TypeVar("P", bound=Payload)


def encode(payload: Payload) -> str:
    """Return the JSON for a button's `value` or a view's `private_metadata`."""
    return payload.model_dump_json(exclude_defaults=True)


def decode(kind: type[P], text: str | None) -> P:
    """Parse the result of `encode`. Raises AppError if it is not ours, or of a version that this one cannot read."""
    try:
        return kind.model_validate_json(text or "{}")
    except ValidationError:
        raise AppError("common.stale_button") from None
