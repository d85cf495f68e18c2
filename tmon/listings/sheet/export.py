"""상품 목록: all known products of a store as a sheet that can be uploaded again, and then changes nothing.

What cannot be written so that it is read the same is left empty: an empty cell changes nothing. Rows are read in batches, so
that memory does not grow with the products. No personal data.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from tmon.api import KcSubmission, OriginCountry, ProductType
from tmon.clock import KST
from tmon.database import Database
from tmon.listings.checks import option_value
from tmon.listings.documents import Detail, Wanted
from tmon.listings.fields import (
    KC_WORDS,
    KEPT_DETAIL,
    MAX_GROUPS,
    NO,
    ORIGIN_WORDS,
    TYPE_WORDS,
    UNMANAGED,
    YES,
    F,
    Tab,
    columns_of,
)
from tmon.listings.judging import NO_END, compare
from tmon.listings.sheet.cells import SEVERAL, Rules, SheetFacts
from tmon.listings.sheet.form import WIDTHS, category_cell
from tmon.listings.sheet.known import KnownDeal, known_deals, planned_deals
from tmon.listings.sheet.layouts import TAB_NAMES, TITLES
from tmon.models.listings import CELL_LENGTH
from tmon.scope import OfStore
from tmon.spreadsheets import cells
from tmon.spreadsheets.cells import CellProblem
from tmon.spreadsheets.export import Cell, ExportColumn, ExportSheet

_USUAL_WIDTH = 14
_LINES = (F.KC_NUMBERS, F.NOTICE_TEXT)


def sheets(db: Database, store: OfStore, facts: SheetFacts) -> tuple[ExportSheet, ExportSheet]:
    """Return both tabs of the export of a store's products."""
    export = _Export(db, store, facts)
    rows: Mapping[Tab, AsyncIterator[Sequence[Cell]]] = {Tab.DEALS: export.deals(), Tab.OPTIONS: export.options()}
    first, second = (
        ExportSheet(
            TAB_NAMES[tab],
            [ExportColumn(title, WIDTHS.get(name, _USUAL_WIDTH)) for name, title in TITLES[tab].items()],
            rows[tab],
        )
        for tab in Tab
    )
    return first, second


@dataclass(frozen=True)
class _Export:
    db: Database
    store: OfStore
    facts: SheetFacts

    async def deals(self) -> AsyncIterator[Sequence[Cell]]:
        """Yield the rows of the tab of products."""
        row = DealRow(self.facts)
        async for known in known_deals(self.db, self.store, self.facts.carriers):
            yield row.cells(_number(known.seller_no, known.remote.deal_no), {**known.kept, **known.remote.values})
        async for number, wanted in planned_deals(self.db, self.store):
            yield row.cells(number, wanted.values)

    async def options(self) -> AsyncIterator[Sequence[Cell]]:
        """Yield the rows of the tab of options."""
        async for known in known_deals(self.db, self.store, self.facts.carriers, details=False):
            for row in _option_rows(known):
                yield row
        async for number, wanted in planned_deals(self.db, self.store):
            for row in _wanted_rows(number, wanted):
                yield row


class DealRow:
    """Makes rows of the tab of products."""

    def __init__(self, facts: SheetFacts) -> None:
        self._rules = Rules(facts)
        paths = {one.no: one.path for one in facts.categories}
        names = {one.no: one.name for one in facts.templates}
        carriers = {one.code: one.name for one in facts.carriers}
        self._texts: Mapping[F, Callable[[Any], str]] = {
            F.CATEGORY: lambda no: category_cell(no, paths.get(no, "")),
            F.TEMPLATE: lambda no: category_cell(no, names.get(no, "")),
            F.CARRIER: lambda code: carriers.get(code, code),
            F.TYPE: lambda code: TYPE_WORDS[ProductType(code)],
            F.ORIGIN: lambda code: ORIGIN_WORDS[OriginCountry(code)],
            F.KC: lambda code: KC_WORDS[KcSubmission(code)],
            F.ADULT: _yes_no,
            F.MOST: str,
            F.KEYWORDS: ", ".join,
            F.START: _moment,
            F.END: _moment,
            **dict.fromkeys(_LINES, _lines),
        }

    def cells(self, number: str, values: Mapping[F, Any]) -> list[Cell]:
        """Return the row of a product."""
        row: dict[str, Cell] = {}
        for name, value in values.items():
            row |= self._several(name, value) if name in SEVERAL else {name: self._one(name, value)}
        return [number, *(row.get(name) for name in list(TITLES[Tab.DEALS])[1:])]

    def _one(self, name: F, value: Any) -> Cell:
        if name is F.DETAIL:
            return _detail(value)
        if name is F.END and value >= NO_END:
            return None
        try:
            text = self._texts.get(name, str)(value)
            same = compare(name, value, self._rules.value(name, text))
        except (CellProblem, LookupError, ValueError):
            return None
        if not same or cells.is_error(text) or len(text) > CELL_LENGTH:
            return None
        if name is F.MOST:
            return int(value)
        # A cell with a day alone would be read as the end of that day.
        is_moment = isinstance(value, datetime) and value.astimezone(KST).time() != time()
        return value.replace(second=0, microsecond=0) if is_moment else text

    @staticmethod
    def _several(name: F, values: Sequence[str]) -> dict[str, Cell]:
        found, problems = SEVERAL[name](values)
        columns = columns_of(name)
        if problems or found != tuple(values) or len(found) > len(columns):
            return {}
        return dict(zip(columns, values, strict=False))


def _option_rows(known: KnownDeal) -> Iterable[list[Cell]]:
    number = _number(known.seller_no, known.remote.deal_no)
    for option in known.remote.options:
        own = _number(known.option_numbers.get(option.option_no), option.option_no)
        yield [
            number,
            own,
            *_sections(option.sections),
            option.price,
            option.stock,
            _yes_no(option.display),
            _code(known.sku_codes.get(option.option_no)),
        ]


def _wanted_rows(number: str, wanted: Wanted) -> Iterable[list[Cell]]:
    for option in wanted.options.values():
        display = None if option.display is None else _yes_no(option.display)
        yield [
            number,
            option.number,
            *_sections(option.sections or ()),
            option.price,
            option.stock,
            display,
            _code(option.sku_code),
        ]


def _number(seller_no: str | None, no: int) -> str:
    """Return what stands for a product or an option: TMON's number where it has none here, or one that no cell keeps."""
    return _code(seller_no) or f"{UNMANAGED}{no}"


def _code(text: str | None) -> str | None:
    """Return a text that a cell keeps as a code; None for others."""
    try:
        return None if text is None else cells.code_of(cells.Cell(text, value=text))
    except CellProblem:
        return None


def _sections(values: Sequence[str]) -> list[Cell]:
    try:
        fit = len(values) <= MAX_GROUPS and all(option_value(value) for value in values)
    except CellProblem:
        fit = False
    written: list[Cell] = list(values) if fit and not any(map(cells.is_error, values)) else []
    return [*written, *[None] * MAX_GROUPS][:MAX_GROUPS]


def _detail(value: Detail | str) -> str:
    text = value.text if isinstance(value, Detail) else value
    return text if text is not None and len(text) <= CELL_LENGTH else KEPT_DETAIL


def _yes_no(value: bool) -> str:
    return YES if value else NO


def _moment(value: datetime) -> str:
    return value.astimezone(KST).strftime("%Y-%m-%d %H:%M")


def _lines(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{item}: {text}" for item, text in pairs)
