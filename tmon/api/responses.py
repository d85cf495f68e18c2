"""Interpretation of responses (docs/tmon-api.md, ch. 13): success, an error message, an outage, or an invalid token."""

import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from tmon.api.decoding import Undecodable, decode
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
from tmon.api.transport import RawResponse, ambiguous_error, unreadable
from tmon.api.wire import MalformedResponse
from tmon.masking import mask_text

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

_NUMBERED = re.compile(r"((?:딜|주문|옵션|클레임)(?:번호|입니다)?[\s.:]{0,3}\(?[1-9]\d{4,11}(?!\d))")

T = TypeVar("T")


def parse_response(endpoint: Endpoint, response: RawResponse, parse: Callable[[Any], T], secrets: Sequence[str]) -> T:
    """Return `parse(data)` of a successful response; data is None for an empty response to a write.

    `secrets` are removed from TMON's error messages. Raises TmonError.
    """
    data, undecodable = None, None
    try:
        data = decode(response.body)
    except Undecodable as error:
        undecodable = error.why
    sentence = _sentence(data, response.status)
    if _says_invalid_token(undecodable, sentence, response):
        raise TokenRefused(endpoint.name, INVALID_TOKEN, response.status)
    if sentence is not None:
        raise _refusal(endpoint, response, sentence, tidy(sentence, secrets))
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Throttled(endpoint.name, None, response.status, retry_after=response.retry_after)
    if response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        raise NotOffered(endpoint.name, None, response.status)
    if _is_refused(response.status) and undecodable is None:
        raise _refusal(endpoint, response, "", None)
    if not _is_success(response.status):
        raise ambiguous_error(endpoint, status=response.status, reason="no JSON" if undecodable else "")
    empty_success = undecodable == "empty" and endpoint.writes  # docs/tmon-api.md, ch. 16, 2
    if undecodable is not None and not empty_success:
        raise unreadable(endpoint, response.status, undecodable)
    try:
        return parse(data)
    except MalformedResponse as error:
        if endpoint.writes:
            # The write succeeded, but its result is not known: it must be looked up, not repeated.
            raise UnknownOutcome(endpoint.name, None, response.status, reason=f"field {error.field}") from None
        raise UnexpectedResponse(endpoint.name, response.status, field=error.field, why=error.why) from None


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _is_refused(status: int) -> bool:
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _sentence(data: Any, status: int) -> str | None:
    """Return the text of `error`, for any status. A bare reason phrase comes from a web server's error page, not TMON."""
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, str) or not error.strip():
        return None
    known = status in HTTPStatus._value2member_map_
    return None if known and error == HTTPStatus(status).phrase else error


def _says_invalid_token(undecodable: str | None, sentence: str | None, response: RawResponse) -> bool:
    if sentence is not None:
        return INVALID_TOKEN in sentence
    # OAuth servers may answer in XML. A write is repeated after this error, so only a 401 is accepted.
    return (
        undecodable is not None
        and response.status == HTTPStatus.UNAUTHORIZED
        and INVALID_TOKEN.encode() in response.body
    )


def _refusal(endpoint: Endpoint, response: RawResponse, sentence: str, message: str | None) -> TmonError:
    status = response.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(endpoint.name, message, status, retry_after=response.retry_after)
    if any(text in sentence for text in SERVER_FAULT_MESSAGES):
        # Although it is JSON, it says no more about the outcome of a write than a broken connection.
        return ambiguous_error(endpoint, message, status, reason="trouble inside TMON")
    if sentence in INVALID_CLIENT or status == HTTPStatus.FORBIDDEN:
        return VendorRejected(endpoint.name, message, status)
    if endpoint is TOKEN:
        outage = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return Unavailable(endpoint.name, message, status) if outage else VendorRejected(endpoint.name, message, status)
    if status == HTTPStatus.UNAUTHORIZED or INVALID_PARTNER in sentence:
        return PartnerRejected(endpoint.name, message, status)
    about_resource = endpoint.path_confirmed and endpoint.targets_resource
    if status == HTTPStatus.METHOD_NOT_ALLOWED or (status == HTTPStatus.NOT_FOUND and not about_resource):
        return NotOffered(endpoint.name, message, status)
    return Rejected(endpoint.name, message, status, said=sentence)


def tidy(sentence: str, secrets: Sequence[str] = ()) -> str:
    """Return `sentence` on one line, without `secrets`, cut to a displayable length, with personal data masked."""
    for secret in filter(None, secrets):
        sentence = sentence.replace(secret, "***")
    shown = " ".join(sentence.split())[:MAX_SENTENCE]  # cut before it is masked, which takes longer the longer it is
    # Numbers that TMON names as those of a deal or an order say which one it is, and are nobody's.
    parts = _NUMBERED.split(shown)
    return "".join(part if index % 2 else mask_text(part) for index, part in enumerate(parts))[:MAX_SENTENCE]
