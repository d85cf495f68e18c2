"""The numbers that sellers give their products and options, and the keys that TMON gets for them."""

import re
import unicodedata

from tmon.api.deal_limits import KEY_LENGTH
from tmon.listings.fields import UNMANAGED
from tmon.spreadsheets.cells import CellProblem, shown

_SIGNS = re.compile(r"[A-Za-z0-9가-힣ㄱ-ㅎㅏ-ㅣ._-]+")
"""It stands in a path; other letters may look like these."""


def tidied(typed: str) -> str:
    """Return a typed number as it is kept."""
    return unicodedata.normalize("NFC", typed.strip())


def number_key(typed: str) -> str:
    """Return a typed number for comparison: TMON may compare without case, so `a-1` and `A-1` are one."""
    return unicodedata.normalize("NFKC", tidied(typed)).casefold()


def wire_key(store_id: str, typed: str) -> str:
    """Return the key that TMON gets for a number that is given for the first time. It is kept, and never made again."""
    return f"{store_id}-{tidied(typed)}"


def longest_number(store_id: str) -> int:
    """Return how many characters a number may have."""
    return KEY_LENGTH - len(wire_key(store_id, ""))


def check_number(store_id: str, typed: str) -> str:
    """Return a number as it is kept. Raises CellProblem if it cannot be part of a key. Only for numbers that are not known."""
    number = tidied(typed)
    if not _SIGNS.fullmatch(number) or number in (".", ".."):
        raise CellProblem("listing_sheet.number_signs", {"value": shown(number)})
    most = longest_number(store_id)
    if len(number) > most:
        raise CellProblem("listing_sheet.number_long", {"most": most, "n": len(number)})
    return number


def check_taken_number(typed: str) -> str:
    """Return the number of a deal or option that is taken over as it is kept: TMON has a key of its own for it. Raises CellProblem."""
    number = tidied(typed)
    if not number or number.startswith(UNMANAGED) or not number.isprintable():
        raise CellProblem("listing_sheet.number_signs", {"value": shown(number)})
    length = max(len(number), len(number_key(number)))
    if length > KEY_LENGTH:
        raise CellProblem("listing_sheet.number_long", {"most": KEY_LENGTH, "n": length})
    return number
