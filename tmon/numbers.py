"""Whole numbers as people write them, in forms, pasted rows and files: `1,000,000원`, `100개`, `１２`."""

import re
import unicodedata

PIECES = ("개", "ea", "pcs")
"""Units that may follow a quantity."""
WON = ("원", "krw")
"""Units that may follow an amount; `₩` may also stand before it."""

_MAX_TEXT = 60
_NARROW = {**{0xFF01 + offset: 0x21 + offset for offset in range(94)}, 0xFFE6: 0x20A9}
"""Full-width characters, as typed on Korean keyboards. Not all that NFKC takes for a digit: 10² is not 102."""
_DIGITS = re.compile(r"(?:[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.(0{1,15}))?")


def whole_number(text: str, units: tuple[str, ...] = PIECES) -> int | None:
    """Return the number of 0 or more that `text` says, or None if it says none, or not without doubt.

    Commas separate thousands only, so `1,5` is none. `10.0` is ten, but three zeros behind the point may be thousands.
    """
    if len(text) > _MAX_TEXT:
        return None
    plain = unicodedata.normalize("NFC", without_signs(text)).translate(_NARROW).casefold().strip()
    unit = next((unit for unit in units if plain.endswith(unit)), "")
    plain = plain.removesuffix(unit).rstrip()
    if units is WON and not unit:
        plain = plain.removeprefix("₩").lstrip()
    found = _DIGITS.fullmatch(plain)
    if found is None or len(found[1] or "") == 3:
        return None
    digits = plain.partition(".")[0].replace(",", "")
    if len(digits) == 3 and digits.startswith("0"):  # `1,000` that was split at its comma
        return None
    return int(digits)


def without_signs(text: str) -> str:
    """Return `text` as it is seen: without signs that have no width, such as byte-order marks and soft hyphens."""
    signs = {sign for sign in set(text) if sign in _FILLERS or unicodedata.category(sign) == "Cf"}
    return text.translate(dict.fromkeys(map(ord, signs))) if signs else text


_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Letters of Hangul without a shape."""
