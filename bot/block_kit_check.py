"""Slack's own judgement of what the product draws: `blocks.validate`, asked once per shape."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.feature import Sample

REFUSALS = frozenset({"invalid_blocks", "invalid_message", "invalid_view"})
"""What `blocks.validate` says of a payload; anything else is about the call."""


def distinct_shapes(samples: Iterable[Sample]) -> list[Sample]:
    """One sample of each structure, the largest: two languages and a longer text are not two shapes.

    Slack names no figure for the rate of `blocks.validate` ("special rate limits apply"), so it is not asked the same twice.
    """
    largest: dict[str, tuple[int, Sample]] = {}
    for name, payload in samples:
        structure = json.dumps(_structure(payload), sort_keys=True)
        size = len(json.dumps(payload, ensure_ascii=False))
        if size > largest.get(structure, (0, None))[0]:
            largest[structure] = (size, (name, payload))
    return [sample for _, sample in largest.values()]


async def validate_samples(client: AsyncWebClient, asked: list[Sample], tell: Callable[[str], object]) -> list[str]:
    """What Slack does not take, each by its name with the reason. Says how far it is.

    Raises SlackApiError if Slack does not judge at all.
    """
    wrong: list[str] = []
    for position, (name, payload) in enumerate(asked, start=1):
        tell(f"{position} of {len(asked)}")
        kind = "view" if "type" in payload else "message"
        try:
            await client.api_call("blocks.validate", json={kind: payload})
        except SlackApiError as error:
            if error.response.get("error") not in REFUSALS:
                raise
            wrong.append(f"{name} ({_pointers(error) or error.response['error']})")
    return wrong


def _structure(thing: Any) -> Any:
    """Keys, types and the names of views without the texts; of the parts of a list, each kind once."""
    if isinstance(thing, dict):
        return {key: value if key in ("type", "callback_id") else _structure(value) for key, value in thing.items()}
    if isinstance(thing, list):
        kinds = {json.dumps(_structure(part), sort_keys=True) for part in thing}
        return sorted(kinds)
    return None


def _pointers(error: SlackApiError) -> str:
    """Where Slack found faults (docs.slack.dev/reference/methods/blocks.validate)."""
    return "; ".join(f"{fault.get('pointer')}: {fault.get('message')}" for fault in error.response.get("errors") or [])
