"""Decoding of answers: one content encoding at most, bounded in size, with every text cleaned once."""

import json
import re
import zlib
from typing import Any

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of an answer, as received and as decoded. A list of 5,000 orders has about that."""
MAX_VALUES = 1_000_000
"""Values of one answer, estimated from its commas and brackets: `[],` takes 3 bytes, but 64 once parsed."""

_UNWANTED = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters but tab and line breaks; PostgreSQL refuses NUL
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks: they reverse what is shown after them
    "\ud800-\udfff"  # halves of characters: no encoding can write them
    "\ufeff\ufffe\uffff"
)
_UNCLEAN = re.compile(f"[{_UNWANTED}\r\u2028\u2029]")
_DROPPED = re.compile(f"[{_UNWANTED}]")
_MARKS = "\ufeff\u200b\u00a0 \t\r\n"
"""What may stand before a document by mistake, such as a second byte-order mark."""
_MAX_DEPTH = 100
"""Arrays and objects within each other; a record of TMON has four or five."""
_SYNTAX = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
_ESCAPE = re.compile(r'\\(u[0-9a-fA-F]{4}|["\\/bfnrt])|\\')
_LINE_BREAK = re.compile("\r\n?|[\u2028\u2029]")


class Undecodable(Exception):
    """An answer that is no JSON document, or too large. `why` says so, without any of its content."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _OutOfRange:
    """Stands for a number that no column can hold: no field accepts it, so only its own record is unreadable."""

    def __repr__(self) -> str:
        return "OUT_OF_RANGE"


OUT_OF_RANGE = _OutOfRange()
_MIN, _MAX = -(2**63), 2**63 - 1


def clean(text: str) -> str:
    """Return `text` without characters that no text needs and that break databases or screens; line breaks are `\\n`."""
    if _UNCLEAN.search(text) is None:
        return text
    return _DROPPED.sub("", _LINE_BREAK.sub("\n", text))


def decompress(body: bytes, encoding: str) -> bytes:
    """Undo the one encoding that a Content-Encoding header names. Raises Undecodable for another, several, or too much."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return body
    if name not in ("gzip", "x-gzip", "deflate"):
        raise Undecodable("encoding")
    try:
        unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # 32: with the header of gzip or of zlib
        decoded = unzip.decompress(body, MAX_BYTES + 1)
    except zlib.error:
        raise Undecodable("encoding") from None
    if len(decoded) > MAX_BYTES:
        raise Undecodable("too_large")
    if not unzip.eof:
        raise Undecodable("truncated")
    return decoded


def decode(body: bytes) -> Any:
    """Parse the JSON in `body`, which is UTF-8 regardless of the headers (docs/tmon-api.md, ch. 16, 19).

    Bytes that are no UTF-8, control characters and escapes that JSON does not know spoil the text that they stand in, and
    what is too deep its own value, not the whole answer. Raises Undecodable.
    """
    text = body.decode("utf-8", errors="replace").lstrip(_MARKS)
    if not text:
        raise Undecodable("empty")
    if text.startswith("<"):
        raise Undecodable("page")
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MAX_VALUES:
        raise Undecodable("too_large")
    try:
        try:
            return _parsed(text)
        except RecursionError:
            return _parsed(_shallow(text))
        except json.JSONDecodeError as error:
            if not error.msg.startswith("Invalid \\"):
                raise
            return _parsed(_ESCAPE.sub(lambda found: found[0] if found[1] else "\\\\", text))
    except RecursionError:
        raise Undecodable("too_deep") from None
    except json.JSONDecodeError as error:
        ends_early = error.msg.startswith("Unterminated") or (
            error.msg != "Extra data" and error.pos >= len(text.rstrip()) - 1
        )
        raise Undecodable("truncated" if ends_early else "no_json") from None
    except ValueError:
        raise Undecodable("no_json") from None


def _parsed(text: str) -> Any:
    data = json.loads(text, strict=False, parse_int=_integer, parse_constant=lambda name: OUT_OF_RANGE)
    # Escapes can spell any character, so only a document without them is clean by its look.
    return cleaned(data) if "\\" in text or _UNCLEAN.search(text) else data


def _shallow(text: str) -> str:
    """Put null in place of what lies deeper than any record of TMON. Raises Undecodable if that does not end."""
    kept: list[str] = []
    start = depth = 0
    quoted = False
    for token in _SYNTAX.finditer(text):
        sign = token[0]
        if quoted or sign == '"':
            quoted = (sign != '"') if quoted else True
        elif sign in "[{":
            depth += 1
            if depth == _MAX_DEPTH + 1:
                kept.append(text[start : token.start()] + "null")
        elif sign in "]}":
            if depth == _MAX_DEPTH + 1:
                start = token.end()
            depth -= 1
    if depth > _MAX_DEPTH:
        raise Undecodable("too_deep")
    return "".join(kept) + text[start:]


def _integer(digits: str) -> Any:
    number = int(digits) if len(digits) <= 20 else _MAX + 1
    return number if _MIN <= number <= _MAX else OUT_OF_RANGE


def cleaned(data: Any) -> Any:
    """Return JSON data with every text in it cleaned."""
    if isinstance(data, str):
        return clean(data)
    if isinstance(data, dict):
        return {clean(name): cleaned(value) for name, value in data.items()}
    if isinstance(data, list):
        return [cleaned(value) for value in data]
    return data
