"""Number formats of a workbook: what a cell with a number shows."""

import re
from decimal import Decimal

from tmon.spreadsheets.cells import Cell, CellKind

BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    **dict.fromkeys((5, 6), '"₩"#,##0'),
    **dict.fromkeys((7, 8), '"₩"#,##0.00'),
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    **dict.fromkeys((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)), "yyyy-mm-dd"),
    **dict.fromkeys((37, 38), "#,##0"),
    **dict.fromkeys((39, 40), "#,##0.00"),
    **dict.fromkeys((41, 42), '_-* #,##0_-;\\-* #,##0_-;_-* "-"_-;_-@_-'),
    **dict.fromkeys((43, 44), '_-* #,##0.00_-;\\-* #,##0.00_-;_-* "-"??_-;_-@_-'),
    48: "##0.0E+0",
    49: "@",
}
"""Formats by number that a workbook does not write down (ECMA-376, part 1, 18.8.30). All kinds of dates are one here."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]|(?P<general>general)'
    r"|(?P<exponent>e[+-])|(?P<place>[0#?])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?")
_DATE_LETTERS = "ymdhsegab년월일"
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_CONDITION = re.compile(r"[<>=]")
_GENERAL_DIGITS = 11
"""Digits that the format General shows of a fraction."""
_EXACT = Decimal(10) ** 15
"""Excel keeps 15 digits of a number."""


def number_cell(raw: str, code: str) -> Cell:
    """Return the cell of the number `raw` under the format `code`; empty: General."""
    if not _NUMBER.fullmatch(raw):
        return Cell(None, CellKind.ERROR, raw)
    value = Decimal(format(float(raw), ".15g"))
    if not value.is_finite():
        return Cell(None, CellKind.ERROR, raw)
    plain = _general(value)
    said = plain if plain is not None else raw
    if len(code) > 255:
        return Cell(None, CellKind.NUMBER, said)
    section = _section(code, value)
    if section is None or (code and not section.strip()):  # a part that is empty hides the number
        return Cell(None, CellKind.NUMBER, said)
    tokens = [(str(match.lastgroup), match[str(match.lastgroup)]) for match in _TOKEN.finditer(section)]
    if any(kind == "bracket" and _ELAPSED.fullmatch(text) for kind, text in tokens) or (
        not any(kind in ("general", "exponent") for kind, _ in tokens)
        and any(kind == "other" and text.lower() in _DATE_LETTERS for kind, text in tokens)
    ):
        return Cell(None, CellKind.DATE, said)
    return Cell(_shown(value, tokens, plain), CellKind.NUMBER, said)


def _general(value: Decimal) -> str | None:
    """Return the number as General shows it in a column that is wide enough; None if the file has lost digits of it."""
    if value == value.to_integral_value():
        return str(int(value)) if abs(value) < _EXACT else None
    text = format(value, "f")
    return text if len(text.strip("-").replace(".", "").lstrip("0")) <= _GENERAL_DIGITS else None


def _section(code: str, value: Decimal) -> str | None:
    """Return the part of a format that applies to a value: one for all, or for positive, negative and nought."""
    sections = _split(code)
    if any(_CONDITION.match(bracket) for bracket in re.findall(r"\[([^\]]*)\]", code)):
        return None
    if value < 0 and len(sections) > 1:
        return sections[1]
    if value == 0 and len(sections) > 2:
        return sections[2]
    return sections[0]


def _split(code: str) -> list[str]:
    sections, quoted, escaped = [""], False, False
    for character in code:
        if character == ";" and not quoted and not escaped:
            sections.append("")
            continue
        quoted = quoted != (character == '"' and not escaped)
        escaped = character in "\\_*" and not escaped and not quoted
        sections[-1] += character
    return sections


def _shown(value: Decimal, tokens: list[tuple[str, str]], plain: str | None) -> str | None:
    """Return what the tokens of a format show of a value; None for what changes a number's size, or hides it."""
    if not tokens or any(kind == "general" or (kind == "other" and text == "@") for kind, text in tokens):
        around = "".join(_literal(*token) or "" for token in tokens if token[0] in ("quoted", "escaped"))
        return plain if not around.strip() or plain is None else None
    if any(kind == "exponent" or (kind == "other" and text in "%/") for kind, text in tokens):
        return None
    places = [position for position, (kind, _) in enumerate(tokens) if kind == "place"]
    if not places:
        text = "".join(_literal(*token) or "" for token in tokens).strip()
        return "-" if value == 0 and text == "-" else None
    point = next(
        (position for position, token in enumerate(tokens) if token == ("other", ".") and position > places[0]),
        None,
    )
    whole = [position for position in places if point is None or position < point]
    after = places[-1] if point is None else max(whole, default=places[-1])
    if after + 1 < len(tokens) and tokens[after + 1] == ("other", ","):  # shows thousands
        return None
    decimals = len(places) - len(whole)
    if not whole:
        return None
    if value != round(value, decimals) or plain is None:  # shows another number than the file holds
        return None
    digits = str(abs(int(value))) if abs(value) >= 1 else ""
    fraction = format(abs(value) - abs(int(value)), f".{decimals}f")[2:] if decimals else ""
    grouped = any(tokens[position] == ("other", ",") for position in range(places[0], after))
    made = ""
    for position in reversed(range(len(tokens))):
        kind, text = tokens[position]
        if point is not None and position > point and kind == "place":
            made, fraction = fraction[-1] + made, fraction[:-1]
        elif kind == "place":
            if position == places[0] or not digits:
                made, digits = (digits or ("0" if text == "0" else "")) + made, ""
            else:
                made, digits = digits[-1] + made, digits[:-1]
        elif (kind, text) == ("other", ","):
            continue
        else:
            made = (_literal(kind, text) or "") + made
    if grouped:
        made = re.sub(r"\d+", lambda match: f"{int(match[0]):,}", made, count=1)
    if not any(character.isdigit() for character in made):
        return None
    return ("-" if value < 0 else "") + made.strip()


def _literal(kind: str, text: str) -> str | None:
    if kind in ("quoted", "escaped", "other"):
        return text
    if kind == "space":
        return " "
    if kind == "bracket" and text.startswith("$"):
        return text[1:].partition("-")[0]
    return None
