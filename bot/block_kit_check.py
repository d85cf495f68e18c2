"""Validates sample views and messages with Slack's `blocks.validate`, each structure once."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.blocks import without_charts
from handlers.feature import Sample

REFUSALS = frozenset({"invalid_blocks", "invalid_message", "invalid_view"})
"""Errors of `blocks.validate` about the payload; any other error is about the call."""


def distinct_shapes(samples: Iterable[Sample]) -> list[Sample]:
    """Return the samples that hold the largest block of each structure, in views and in messages, and each kind of view.

    Language and length of texts make no other structure. Slack names no figure for the rate of `blocks.validate` ("special
    rate limits apply"), so nothing is validated twice.
    """
    largest: dict[str, tuple[int, Sample]] = {}
    for sample in samples:
        for structure, size in _parts(sample[1]):
            if size > largest.get(structure, (0, None))[0]:
                largest[structure] = (size, sample)
    chosen = {json.dumps([name, payload], sort_keys=True): (name, payload) for _, (name, payload) in largest.values()}
    return list(chosen.values())


def _parts(payload: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the structure and the size of what a view or a message is made of: itself without blocks, and each block."""
    around = {key: value for key, value in payload.items() if key != "blocks"}
    yield json.dumps(_structure(around), sort_keys=True), len(json.dumps(payload, ensure_ascii=False))
    for block in payload.get("blocks", []):
        structure = json.dumps([payload.get("type"), _structure(block)], sort_keys=True)
        yield structure, len(json.dumps(block, ensure_ascii=False))


async def validate_samples(client: AsyncWebClient, samples: list[Sample], tell: Callable[[str], object]) -> list[str]:
    """Return the samples that Slack refuses, each with the reason; reports progress.

    Raises SlackApiError if Slack does not validate at all.
    """
    wrong: list[str] = []
    for position, (name, payload) in enumerate(samples, start=1):
        tell(f"{position} of {len(samples)}")
        error = await _refusal(client, payload)
        if error is not None and (plain := without_charts(payload["blocks"])) != payload["blocks"]:
            error = await _refusal(client, {**payload, "blocks": plain})  # sent so where charts are not available
        if error is not None:
            wrong.append(f"{name} ({_pointers(error) or error.response['error']})")
    return wrong


async def _refusal(client: AsyncWebClient, payload: dict[str, Any]) -> SlackApiError | None:
    """Return why Slack refuses a view or a message; None if it accepts it."""
    try:
        await client.api_call("blocks.validate", json={"view" if "type" in payload else "message": payload})
    except SlackApiError as error:
        if error.response.get("error") not in REFUSALS:
            raise
        return error
    return None


def _structure(thing: Any) -> Any:
    """Reduce a payload to keys, types and names of views, without texts; of list items one of each kind."""
    if isinstance(thing, dict):
        return {key: value if key in ("type", "callback_id") else _structure(value) for key, value in thing.items()}
    if isinstance(thing, list):
        kinds = {json.dumps(_structure(part), sort_keys=True) for part in thing}
        return sorted(kinds)
    return None


def _pointers(error: SlackApiError) -> str:
    """Return where Slack found errors (docs.slack.dev/reference/methods/blocks.validate)."""
    return "; ".join(f"{fault.get('pointer')}: {fault.get('message')}" for fault in error.response.get("errors") or [])
