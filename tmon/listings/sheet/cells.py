"""Texts of cells, and the values that they mean by the rules of `checks`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tmon.codes.tables import Carrier
from tmon.listings import checks
from tmon.listings.checks import CategoryFacts, TemplateFacts
from tmon.listings.fields import F, O
from tmon.spreadsheets.cells import Cell, CellKind, CellProblem, code_of, moment_of, text_of

_NUMBERS = frozenset({F.CATEGORY, F.TEMPLATE, F.CARRIER, F.MOST, O.PRICE, O.STOCK})
"""Fields whose cell may hold a number that its format shows with commas or leading zeros."""
_MOMENTS = frozenset({F.START, F.END})
_NO_DAY = "listing_sheet.moment"


@dataclass(frozen=True)
class SheetFacts:
    """What is to be known of a store to read its sheet, and to make its form."""

    store_id: str
    categories: Sequence[CategoryFacts]
    templates: Sequence[TemplateFacts]
    carriers: Sequence[Carrier]
    today: date


def cell_text(cell: Cell, name: F | O) -> str:
    """Return the text of a cell as the rules take it. Raises CellProblem for what is no text."""
    if name is O.SKU:
        return code_of(cell)
    if name in _MOMENTS and cell.kind is CellKind.DATE:
        moment = moment_of(cell)
        if moment is None:
            raise CellProblem(_NO_DAY, {"value": cell.value[:20]})
        return moment.isoformat(" ", "minutes") if isinstance(moment, datetime) else moment.isoformat()
    text = text_of(cell)
    if name is F.DETAIL and cell.kind is CellKind.TEXT:
        return cell.value
    if name in _NUMBERS and cell.kind is CellKind.NUMBER:
        # The format of accounts shows nought as a dash.
        return cell.value if cell.value.isdigit() else "0" if text == "-" else text
    return text


def kept_text(cell: Cell) -> str:
    """Return what is kept of a cell, for the file that a person corrects."""
    return cell.value if cell.kind is CellKind.TEXT else shown_text(cell)


def shown_text(cell: Cell) -> str:
    """Return what a cell shows."""
    if cell.kind is CellKind.DATE and (moment := moment_of(cell)) is not None:
        return moment.isoformat(" ", "minutes") if isinstance(moment, datetime) else moment.isoformat()
    return cell.text or cell.value


class Rules:
    """The rules of `checks` with what is known of a store. Its lists are searched once for each text."""

    def __init__(self, facts: SheetFacts) -> None:
        self._searches: Mapping[F, Callable[[str], Any]] = {
            F.CATEGORY: lambda text: checks.category(text, facts.categories),
            F.TEMPLATE: lambda text: checks.template(text, facts.templates),
            F.CARRIER: lambda text: checks.carrier(text, facts.carriers),
        }
        self._found: dict[tuple[F, str], Any] = {}

    def value(self, name: F, text: str) -> Any:
        """Return the value of a field with one column. Raises CellProblem."""
        if name not in self._searches:
            return _RULES[name](text)
        key = (name, text)
        if key not in self._found:
            try:
                self._found[key] = self._searches[name](text)
            except CellProblem as problem:
                self._found[key] = problem
        found = self._found[key]
        if isinstance(found, CellProblem):
            raise CellProblem(found.key, found.values)
        return found


SEVERAL: Mapping[F, Callable[[Sequence[str | None]], tuple[tuple[str, ...], dict[int, CellProblem]]]] = {
    F.IMAGES: checks.images,
    F.SECTIONS: checks.sections,
}
"""The rules of fields with several columns."""
OPTION_RULES: Mapping[O, Callable[[str], Any]] = {
    O.PRICE: checks.price,
    O.STOCK: checks.stock,
    O.DISPLAY: checks.yes_no,
    O.SKU: checks.sku_code,
}
_RULES: Mapping[F, Callable[[str], Any]] = {
    F.MANAGED: checks.managed_title,
    F.TITLE: checks.title,
    F.PROMO: checks.promotion,
    F.TYPE: checks.product_type,
    F.DETAIL: checks.detail,
    F.ORIGIN: checks.origin,
    F.ORIGIN_DETAIL: checks.origin_detail,
    F.KC: checks.kc,
    F.KC_NUMBERS: checks.kc_numbers,
    F.NOTICE: checks.notice,
    F.NOTICE_TEXT: checks.notice_text,
    F.MOST: checks.most,
    F.ADULT: checks.yes_no,
    F.KEYWORDS: checks.keywords,
    F.BRAND: checks.brand,
    F.START: lambda text: checks.moment(text, end=False),
    F.END: lambda text: checks.moment(text, end=True),
}
