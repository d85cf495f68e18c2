"""What an answer means (docs/tmon-api.md, ch. 13): success, a refusal with a sentence, an outage, or a dead token."""

import json
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from tmon.api.endpoints import TOKEN, Endpoint
from tmon.api.errors import (
    NotOffered,
    PartnerRejected,
    Rejected,
    Throttled,
    TmonError,
    TokenRefused,
    Unavailable,
    UnexpectedResponse,
    UnknownOutcome,
    VendorRejected,
)
from tmon.api.transport import RawResponse, ambiguous_error
from tmon.api.wire import MalformedResponse

INVALID_TOKEN = "invalid_token"  # noqa: S105 - an error code
INVALID_CLIENT = ("invalid_client", "unauthorized", "unauthorized_client")
"""OAuth2's code for a wrong client secret, and what Spring servers say instead (docs/tmon-api.md, ch. 17)."""
INVALID_PARTNER = "유효하지 않은 파트너"
SERVER_FAULT_MESSAGES = (
    "ResourceAccessException",
    "CannotCreateTransactionException",
    "PersistenceException",
    "502 Bad Gateway",
)
"""Sentences that are no refusal: TMON's own servers failed (docs/tmon-api.md, ch. 13.2)."""

MAX_SENTENCE = 500
"""Characters kept of a sentence: some carry nested server texts."""

T = TypeVar("T")

_EMPTY = object()
_NO_JSON = object()


def parse_response(call: Endpoint, answer: RawResponse, parse: Callable[[Any], T], secrets: Sequence[str]) -> T:
    """What `parse` makes of a successful answer; it is given None for an empty one to a write.

    `secrets` are struck out of TMON's sentences. Raises TmonError.
    """
    data = _json(answer.body)
    sentence = _sentence(data, answer.status)
    if _says_invalid_token(data, sentence, answer):
        raise TokenRefused(call.name, INVALID_TOKEN, answer.status)
    if sentence is not None:
        raise _refusal(call, answer, sentence, tidy(sentence, secrets))
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Throttled(call.name, None, answer.status, retry_after=answer.retry_after)
    if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        raise NotOffered(call.name, None, answer.status)
    is_json = data is not _EMPTY and data is not _NO_JSON
    if _is_refused(answer.status) and is_json:
        raise _refusal(call, answer, "", None)
    empty_success = data is _EMPTY and call.writes  # docs/tmon-api.md, ch. 16, 2
    if not _is_success(answer.status) or not (is_json or empty_success):
        raise ambiguous_error(call, status=answer.status, reason="" if is_json else "no JSON")
    try:
        return parse(None if data is _EMPTY else data)
    except MalformedResponse as error:
        if call.writes:
            # Something was done, and its number or its result is not told: to be looked up, not to be done again.
            raise UnknownOutcome(call.name, None, answer.status, reason=f"field {error.field}") from None
        raise UnexpectedResponse(call.name, answer.status, field=error.field) from None


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _is_refused(status: int) -> bool:
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _json(body: bytes) -> Any:
    """The JSON in `body`, which is UTF-8 whatever its headers say (docs/tmon-api.md, ch. 16, 19)."""
    if not body.strip():
        return _EMPTY
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return _NO_JSON


def _sentence(data: Any, status: int) -> str | None:
    """The text of `error`, with any status. A bare reason phrase is a web server's own error page, not TMON speaking."""
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, str) or not error.strip():
        return None
    known = status in HTTPStatus._value2member_map_
    return None if known and error == HTTPStatus(status).phrase else error


def _says_invalid_token(data: Any, sentence: str | None, answer: RawResponse) -> bool:
    if sentence is not None:
        return INVALID_TOKEN in sentence
    # OAuth servers may say it in XML; a write is repeated on this word, so only a plain 401 is believed.
    return data is _NO_JSON and answer.status == HTTPStatus.UNAUTHORIZED and INVALID_TOKEN.encode() in answer.body


def _refusal(call: Endpoint, answer: RawResponse, sentence: str, message: str | None) -> TmonError:
    status = answer.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(call.name, message, status, retry_after=answer.retry_after)
    if any(text in sentence for text in SERVER_FAULT_MESSAGES):
        # It came with JSON, but says no more about a write than a broken connection does.
        return ambiguous_error(call, message, status, reason="trouble inside TMON")
    if sentence in INVALID_CLIENT or status == HTTPStatus.FORBIDDEN:
        return VendorRejected(call.name, message, status)
    if call is TOKEN:
        outage = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return Unavailable(call.name, message, status) if outage else VendorRejected(call.name, message, status)
    if status == HTTPStatus.UNAUTHORIZED or INVALID_PARTNER in sentence:
        return PartnerRejected(call.name, message, status)
    of_its_thing = call.path_confirmed and call.targets_resource
    if status == HTTPStatus.METHOD_NOT_ALLOWED or (status == HTTPStatus.NOT_FOUND and not of_its_thing):
        return NotOffered(call.name, message, status)
    return Rejected(call.name, message, status)


def tidy(sentence: str, secrets: Sequence[str] = ()) -> str:
    """`sentence` on one line, without `secrets`, of a length that a person may be shown."""
    for secret in filter(None, secrets):
        sentence = sentence.replace(secret, "***")
    return " ".join(sentence.split())[:MAX_SENTENCE]
