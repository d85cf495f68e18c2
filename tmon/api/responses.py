"""Interpretation of responses (docs/tmon-api.md, ch. 13): success, an error message, an outage, or an invalid token."""

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
"""OAuth2's code for a wrong client secret, and the codes of Spring servers for it (docs/tmon-api.md, ch. 17)."""
INVALID_PARTNER = "유효하지 않은 파트너"
SERVER_FAULT_MESSAGES = (
    "ResourceAccessException",
    "CannotCreateTransactionException",
    "PersistenceException",
    "502 Bad Gateway",
)
"""Error messages that are no refusal: TMON's own servers failed (docs/tmon-api.md, ch. 13.2)."""

MAX_SENTENCE = 500
"""Characters kept of an error message: some contain nested server messages."""

T = TypeVar("T")

_EMPTY = object()
_NO_JSON = object()


def parse_response(call: Endpoint, answer: RawResponse, parse: Callable[[Any], T], secrets: Sequence[str]) -> T:
    """Return `parse(data)` of a successful response; data is None for an empty response to a write.

    `secrets` are removed from TMON's error messages. Raises TmonError.
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
            # The write succeeded, but its result is not known: it must be looked up, not repeated.
            raise UnknownOutcome(call.name, None, answer.status, reason=f"field {error.field}") from None
        raise UnexpectedResponse(call.name, answer.status, field=error.field) from None


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _is_refused(status: int) -> bool:
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _json(body: bytes) -> Any:
    """Parse the JSON in `body`, which is UTF-8 regardless of the headers (docs/tmon-api.md, ch. 16, 19)."""
    if not body.strip():
        return _EMPTY
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return _NO_JSON


def _sentence(data: Any, status: int) -> str | None:
    """Return the text of `error`, for any status. A bare reason phrase comes from a web server's error page, not TMON."""
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, str) or not error.strip():
        return None
    known = status in HTTPStatus._value2member_map_
    return None if known and error == HTTPStatus(status).phrase else error


def _says_invalid_token(data: Any, sentence: str | None, answer: RawResponse) -> bool:
    if sentence is not None:
        return INVALID_TOKEN in sentence
    # OAuth servers may answer in XML. A write is repeated after this error, so only a 401 is accepted.
    return data is _NO_JSON and answer.status == HTTPStatus.UNAUTHORIZED and INVALID_TOKEN.encode() in answer.body


def _refusal(call: Endpoint, answer: RawResponse, sentence: str, message: str | None) -> TmonError:
    status = answer.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(call.name, message, status, retry_after=answer.retry_after)
    if any(text in sentence for text in SERVER_FAULT_MESSAGES):
        # Although it is JSON, it says no more about the outcome of a write than a broken connection.
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
    """Return `sentence` on one line, without `secrets`, cut to a displayable length."""
    for secret in filter(None, secrets):
        sentence = sentence.replace(secret, "***")
    return " ".join(sentence.split())[:MAX_SENTENCE]
