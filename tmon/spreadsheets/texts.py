"""Texts of cells: as they are seen."""

import re
import unicodedata

from tmon.numbers import without_signs
from tmon.spreadsheets.cells import Cell, CellKind, TextRule, is_error

_BLANKS = re.compile(r"\r\n|\s")
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_IN_LINES = re.compile(r"[^\S\n]")
_USUAL = TextRule()
_NO_WORD = re.compile(r"[\s_()\[\]{}<>\-–—/*.:·•※＊'\"]")
_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def tidy(text: str) -> str:
    """Return a text as it is seen: composed, without signs that have no width, with blanks of one kind."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", without_signs(text))).strip()


def tidy_lines(text: str) -> str:
    """Return a text of several lines as it is seen: as `tidy`, but its lines stay."""
    return _IN_LINES.sub(" ", unicodedata.normalize("NFC", without_signs(_line_ends(text)))).strip()


def _line_ends(text: str) -> str:
    return _LINE_ENDS.sub("\n", text)


def header_words(text: str) -> tuple[str, ...]:
    """Return how a header is looked up: without blanks and marks, first with and then without what is in brackets."""
    plain = unicodedata.normalize("NFKC", without_signs(text)).casefold()
    return tuple(dict.fromkeys(_NO_WORD.sub("", part) for part in (plain, _IN_BRACKETS.sub("", plain))))


def text_cell(text: str, rule: TextRule = _USUAL) -> Cell | None:
    """Return the cell of a text; None if nothing is to be seen.

    Where lines are kept, its `value` is the text to the letter, with line breaks of one kind.
    """
    text = text[: rule.longest]
    seen = tidy_lines(text) if rule.keep_lines else tidy(text)
    if not seen:
        return None
    if is_error(seen):
        return Cell(None, CellKind.ERROR, seen)
    return Cell(seen, value=text.replace("\r\n", "\n").replace("\r", "\n") if rule.keep_lines else seen)
