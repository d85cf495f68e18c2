"""Texts of cells: as they are seen."""

import re
import unicodedata

from tmon.numbers import without_signs
from tmon.spreadsheets.cells import MAX_TEXT, Cell, CellKind, is_error

_BLANKS = re.compile(r"\r\n|\s")
_NO_WORD = re.compile(r"[\s_()\[\]{}<>\-–—/*.:·•※＊'\"]")
_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def tidy(text: str) -> str:
    """Return a text as it is seen: composed, without signs that have no width, with blanks of one kind."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", without_signs(text))).strip()


def header_words(text: str) -> tuple[str, ...]:
    """Return how a header is looked up: without blanks and marks, first with and then without what is in brackets."""
    plain = unicodedata.normalize("NFKC", without_signs(text)).casefold()
    return tuple(dict.fromkeys(_NO_WORD.sub("", part) for part in (plain, _IN_BRACKETS.sub("", plain))))


def text_cell(text: str) -> Cell | None:
    """Return the cell of a text; None if nothing is to be seen."""
    text = tidy(text[:MAX_TEXT])
    if not text:
        return None
    return Cell(None, CellKind.ERROR, text) if is_error(text) else Cell(text, value=text)
