"""Arguments of Web API calls, in every encoding that Slack accepts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.playground.slack.errors import WebApiError


async def read_arguments(request: web.Request) -> tuple[dict[str, Any], str]:
    """Read arguments (query, form or JSON body) and token. Raises WebApiError if the body cannot be parsed."""
    arguments: dict[str, Any] = dict(request.query)
    if request.method == "POST":
        if request.content_type == "application/json":
            try:
                body = json.loads(await request.text() or "{}")
            except (ValueError, RecursionError):
                raise WebApiError("invalid_json") from None
            if not isinstance(body, dict):
                raise WebApiError("json_not_object")
            arguments |= body
        else:
            try:
                arguments |= dict(await request.post())
            except ValueError:
                raise WebApiError("invalid_form_data") from None
    token = str(arguments.pop("token", ""))
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return arguments, bearer if scheme == "Bearer" and bearer else token


def string(arguments: Mapping[str, Any], name: str) -> str:
    """A string argument; empty if missing."""
    value = arguments.get(name)
    return "" if value is None else str(value)


def required(arguments: Mapping[str, Any], name: str) -> str:
    """A required string argument. Raises WebApiError."""
    value = string(arguments, name)
    if not value:
        raise WebApiError("invalid_arguments")
    return value


def flag(arguments: Mapping[str, Any], name: str) -> bool:
    """A boolean argument in any accepted spelling."""
    return string(arguments, name).lower() in ("1", "true")


def structure(arguments: Mapping[str, Any], name: str, error: str) -> Any:
    """A JSON argument (a string in a form); None if missing. Raises WebApiError with ``error``."""
    value = arguments.get(name)
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise WebApiError(error) from None
