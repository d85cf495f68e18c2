"""Arguments of a Web API call: all the ways in which Slack takes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.playground.slack.errors import WebApiError


async def read_arguments(request: web.Request) -> tuple[dict[str, Any], str]:
    """The arguments from query, form or JSON body, and the token. Raises WebApiError when the body cannot be read."""
    arguments: dict[str, Any] = dict(request.query)
    if request.method == "POST":
        if request.content_type == "application/json":
            try:
                body = json.loads(await request.text() or "{}")
            except ValueError:
                raise WebApiError("invalid_json") from None
            if not isinstance(body, dict):
                raise WebApiError("json_not_object")
            arguments |= body
        else:
            arguments |= dict(await request.post())
    token = str(arguments.pop("token", ""))
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return arguments, bearer if scheme == "Bearer" and bearer else token


def string(arguments: Mapping[str, Any], name: str) -> str:
    """A string argument, empty when it is not given."""
    value = arguments.get(name)
    return "" if value is None else str(value)


def required(arguments: Mapping[str, Any], name: str) -> str:
    """A string argument that must be given. Raises WebApiError."""
    value = string(arguments, name)
    if not value:
        raise WebApiError("invalid_arguments")
    return value


def flag(arguments: Mapping[str, Any], name: str) -> bool:
    """A boolean argument in any of its spellings."""
    return string(arguments, name).lower() in ("1", "true")


def structure(arguments: Mapping[str, Any], name: str, error: str) -> Any:
    """An argument that is JSON, in a form as a string; None when it is not given. Raises WebApiError with ``error``."""
    value = arguments.get(name)
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except ValueError:
        raise WebApiError(error) from None
