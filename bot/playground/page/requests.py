"""What the page sends when a person acts, checked: a malformed body is answered with 400."""

from __future__ import annotations

from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

Value = str | list[str] | None
"""Value of an element: a text or an option's value, several of them, or nothing."""

Values = dict[str, Value]
"""Values of a surface by "block/action"."""


class Acting(BaseModel):
    """Somebody does something."""

    who: Annotated[str, Field(alias="as")]


class Said(Acting):
    """The composer's text."""

    channel: str
    text: str


class Clicked(Acting):
    """An element was used: of the message `ts` in `channel`, or of the view `view_id`."""

    channel: str | None = None
    ts: str | None = None
    view_id: str | None = None
    block_id: str
    action_id: str
    value: Value = None
    values: Values = {}


class Suggested(Acting):
    """What was typed into a menu whose options the app finds."""

    view_id: str
    block_id: str
    value: str


class Submitted(Acting):
    """A view was submitted."""

    view_id: str
    values: Values


class Closed(Acting):
    """A view was closed."""

    view_id: str


class Opened(Acting):
    """A tab of the app was opened."""

    tab: str


class Pressed(Acting):
    """A button of the sandbox panel was pressed, for a partner or one of its deals."""

    act: str
    partner: str
    deal: int = 0


Body = TypeVar("Body", bound=BaseModel)


async def sent(request: web.Request, model: type[Body]) -> Body:
    """Return the request's JSON body as a `model`. Raises HTTPBadRequest for anything else."""
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        raise web.HTTPBadRequest(
            text="; ".join(_problem(part["loc"], part["msg"]) for part in error.errors())
        ) from None


def _problem(where: tuple[int | str, ...], what: str) -> str:
    return f"{'.'.join(map(str, where)) or 'body'}: {what}"
