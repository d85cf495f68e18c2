"""Checks of what people type into the forms of acts on claims."""

import re
import unicodedata

from tmon.api import OWN_DELIVERY
from tmon.codes.service import check_carrier
from tmon.errors import AppError

DETAIL = (10, 50)
"""Characters of a reason in words that TMON takes (docs/tmon-api.md, ch. 10.7, 10.8)."""
LONGEST_NUMBER = 40
LONGEST_WORDS = 200
"""Characters of the words to an immediate cancel: TMON names no limit."""
_NUMBER = re.compile(r"[0-9](?:[0-9-]*[0-9])?")


def check_number(typed: str) -> str:
    """Return the number of a waybill as TMON gets it: digits and hyphens. Which numbers exist the carrier knows."""
    number = "".join(unicodedata.normalize("NFKC", typed).split())
    if not number:
        raise AppError("claims.number_missing", field="number")
    if not _NUMBER.fullmatch(number) or len(number) > LONGEST_NUMBER:
        raise AppError("claims.number_form", field="number")
    return number


def check_parcel(carrier: str, number: str, *, optional: bool) -> tuple[str, str] | None:
    """Return the carrier's code and the number (empty for own delivery), or None if an optional parcel was left out.

    Raises AppError at the field that is to be mended.
    """
    if optional and not carrier and not number.strip():
        return None
    if optional and not carrier:
        raise AppError("claims.carrier_too", field="carrier")
    code = check_carrier(carrier)
    return code, "" if code == OWN_DELIVERY else check_number(number)


def check_detail(typed: str) -> str:
    """Return a reason in words. It is counted in both ways that TMON may count: characters, and units of UTF-16."""
    words = " ".join(typed.split())
    least, most = DETAIL
    length = len(words)
    if length < least or max(length, len(words.encode("utf-16-le")) // 2) > most:
        raise AppError("claims.detail_wrong_length", field="detail", n=length, least=least, most=most)
    return words


def check_words(typed: str) -> str:
    """Return the words to an immediate cancel, which may not be empty."""
    words = " ".join(typed.split())
    if not words:
        raise AppError("claims.words_missing", field="detail")
    return words[:LONGEST_WORDS]
