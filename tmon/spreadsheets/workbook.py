"""Reading of XLSX, as far as a list needs it: visible sheets with their cells, and what is hidden or merged.

Libraries read values and leave out what decides whether a value may be taken: formulas without a result, errors, number
formats, hidden rows. Those that tell it build the whole sheet in memory, and refuse workbooks over styles that do not
matter here. This parser streams, keeps only cells that are not empty, and forgets what a list cannot have.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from tmon.errors import AppError
from tmon.spreadsheets.cells import MAX_COLUMNS, MAX_ROWS, Cell, CellKind, TextRule
from tmon.spreadsheets.formats import BUILT_IN, number_cell
from tmon.spreadsheets.grid import Grid
from tmon.spreadsheets.texts import text_cell, tidy

_MAX_UNPACKED = 100 * 1024 * 1024
"""Maximum size of an unpacked workbook; 10,000 rows take about 3 MB."""
_MAX_ENTRIES = 1000
_MAX_SHARED = 20 * 1024 * 1024
"""Maximum length of all shared texts."""
_CHUNK = 64 * 1024
_POSITION = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

Start = Callable[[str, Mapping[str, str]], None]


def read_workbook(data: bytes, rule: TextRule) -> list[Grid]:
    """Return the visible sheets that are not empty. Raises AppError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _Workbook(archive, rule).grids()
    except (
        *(zipfile.BadZipFile, zlib.error, expat.ExpatError, NotImplementedError, RuntimeError),
        *(EOFError, OSError, ValueError, LookupError),
    ):
        raise AppError("sheets.broken") from None


@dataclass
class _Sheet:
    name: str
    relation: str
    hidden: bool


@dataclass
class _Parts:
    """What the parts of a workbook say that hold no cells."""

    rule: TextRule
    sheets: list[_Sheet] = field(default_factory=list)
    recalculated: bool = False
    """Excel calculates all formulas when it opens the file: what stands in it may never have been true."""
    shared: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    """The number format of each cell style."""


class _Workbook:
    def __init__(self, archive: zipfile.ZipFile, rule: TextRule) -> None:
        entries = archive.infolist()
        if len(entries) > _MAX_ENTRIES or sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
            raise AppError("sheets.bomb")
        self._archive = archive
        self._entries = {_path(entry.filename): entry for entry in entries}
        self._parts = _Parts(rule)

    def grids(self) -> list[Grid]:
        book = self._main_part()
        self._read_book(book)
        relations = self._relations(book)
        for kind, path in relations.values():
            if kind == "sharedStrings":
                self._read_shared(path)
            elif kind == "styles":
                self._read_styles(path)
        grids = []
        for sheet in self._parts.sheets:
            kind, path = relations.get(sheet.relation, ("", ""))
            if kind == "worksheet" and not sheet.hidden:
                with self._open(path) as file:
                    grid = _SheetReader(self._parts, sheet.name).read(file)
                if grid.rows:
                    grids.append(grid)
        return grids

    def _main_part(self) -> str:
        for name, key in (
            ("xl/workbook.bin", "sheets.xlsb"),
            ("Index/Document.iwa", "sheets.numbers"),
            ("Index.zip", "sheets.numbers"),
            ("content.xml", "sheets.kind"),
            ("word/document.xml", "sheets.kind"),
        ):
            if name.casefold() in self._entries:
                raise AppError(key)
        for kind, path in self._relations("").values():
            if kind == "officeDocument" and path.casefold() in self._entries:
                return path
        if "xl/workbook.xml" in self._entries:
            return "xl/workbook.xml"
        raise AppError("sheets.kind" if self._entries else "sheets.broken")

    def _open(self, path: str) -> IO[bytes]:
        return self._archive.open(self._entries[path.casefold()])

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return kind and path of the parts that `part` refers to, by id."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: Mapping[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
                found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], target)

        if path.casefold() in self._entries:
            with self._open(path) as file:
                _parse(file, start)
        return found

    def _read_book(self, path: str) -> None:
        def start(tag: str, attributes: Mapping[str, str]) -> None:
            if tag == "sheet":
                hidden = attributes.get("state", "visible") != "visible"
                self._parts.sheets.append(_Sheet(attributes.get("name", ""), attributes.get("id", ""), hidden))
            elif tag == "calcPr":
                self._parts.recalculated = _is_true(attributes.get("fullCalcOnLoad"))

        with self._open(path) as file:
            _parse(file, start)

    def _read_shared(self, path: str) -> None:
        text: list[str] = []
        left = _MAX_SHARED
        phonetic = False

        def start(tag: str, attributes: Mapping[str, str]) -> None:
            nonlocal phonetic
            if tag == "si":
                text.clear()
            phonetic = phonetic or tag == "rPh"

        def end(tag: str, content: str) -> None:
            nonlocal left, phonetic
            if tag == "t" and not phonetic:
                text.append(content)
            elif tag == "rPh":
                phonetic = False
            elif tag == "si":
                whole = _unescaped("".join(text))[: self._parts.rule.longest]
                left -= len(whole)
                if left < 0:
                    raise AppError("sheets.bomb")
                self._parts.shared.append(whole)

        with self._open(path) as file:
            _parse(file, start, end)

    def _read_styles(self, path: str) -> None:
        own: dict[int, str] = {}
        within: list[str] = []

        def start(tag: str, attributes: Mapping[str, str]) -> None:
            within.append(tag)
            if tag == "numFmt" and "numFmts" in within:
                own[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
            elif tag == "xf" and "cellXfs" in within:
                number = int(attributes.get("numFmtId", "0"))
                self._parts.formats.append(own.get(number, BUILT_IN.get(number, "")))

        def end(tag: str, content: str) -> None:
            within.pop()

        with self._open(path) as file:
            _parse(file, start, end)


class _SheetReader:
    """Reads the cells of one sheet."""

    def __init__(self, parts: _Parts, name: str) -> None:
        self._parts = parts
        self._grid = Grid(tidy(name))
        self._line = self._column = 0
        self._cell: dict[str, str] = {}
        self._formula = False
        self._content: str | None = None
        self._inline: list[str] = []
        self._phonetic = False
        self._hidden_by_default = False

    def read(self, file: IO[bytes]) -> Grid:
        with suppress(_Enough):
            _parse(file, self._start, self._end)
        return self._grid

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "c":
            self._cell, self._formula, self._content = dict(attributes), False, None
            self._inline = []
            self._place(attributes.get("r", ""))
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "row":
            self._line = int(attributes["r"]) if attributes.get("r", "").strip() else self._line + 1
            self._column = -1
            flat = "ht" in attributes and float(attributes["ht"]) == 0
            if _is_true(attributes.get("hidden")) or flat or (self._hidden_by_default and "hidden" not in attributes):
                self._grid.hidden_rows.add(self._line)
        elif tag == "col":
            if _is_true(attributes.get("hidden")) or float(attributes.get("width", "8")) == 0:
                first, last = int(attributes["min"]) - 1, int(attributes["max"])
                self._grid.hidden_columns.update(range(first, min(last, MAX_COLUMNS)))
        elif tag == "sheetFormatPr":
            self._hidden_by_default = _is_true(attributes.get("zeroHeight"))
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _place(self, position: str) -> None:
        """Note where a cell stands; without a position it follows the one before."""
        found = _POSITION.fullmatch("".join(position.split()).replace("$", "").upper())
        if found is None:
            if position.strip():
                raise ValueError(position)
            self._column += 1
            return
        self._column, self._line = _number(found[1]), int(found[2])

    def _merge(self, area: str) -> None:
        first, _, last = area.upper().replace("$", "").partition(":")
        start, end = _POSITION.fullmatch(first.strip()), _POSITION.fullmatch(last.strip())
        if start is not None and end is not None and len(self._grid.merged) < 10 * MAX_ROWS:
            self._grid.merged.append((int(start[2]), _number(start[1]), int(end[2]), _number(end[1])))

    def _end(self, tag: str, content: str) -> None:
        if tag == "v":
            self._content = content
        elif tag == "t" and not self._phonetic:
            self._inline.append(content)
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "c":
            cell = self._read_cell()
            if cell is not None:
                self._keep(cell)

    def _keep(self, cell: Cell) -> None:
        if self._line in self._grid.rows and self._column in self._grid.rows[self._line]:
            raise ValueError("the same cell twice")
        if not self._grid.put(self._line, self._column, cell):
            raise _Enough

    def _read_cell(self) -> Cell | None:
        """Return the cell; None if it is empty."""
        kind, raw = self._cell.get("t", "n"), self._content
        if kind == "inlineStr":
            return text_cell(_unescaped("".join(self._inline)), self._parts.rule)
        if self._formula and (self._parts.recalculated or raw is None or (raw == "" and kind != "str")):
            return Cell(None, CellKind.FORMULA)
        if raw is None or not raw.strip():
            return None
        if kind == "s":
            return text_cell(self._parts.shared[_index(raw)], self._parts.rule)
        if kind == "str":
            return text_cell(_unescaped(raw), self._parts.rule)
        if kind == "b":
            return Cell(None, CellKind.BOOLEAN, "TRUE" if _is_true(raw) else "FALSE")
        if kind == "e":
            return Cell(None, CellKind.ERROR, raw)
        if kind == "d":
            return Cell(None, CellKind.DATE, raw)
        style = _index(self._cell.get("s", "0"))
        formats = self._parts.formats
        return number_cell(raw.strip(), formats[style] if style < len(formats) else "")


class _Enough(Exception):
    """The sheet holds more than any list: the rest is not read."""


def _parse(file: IO[bytes], start: Start, end: Callable[[str, str], None] | None = None) -> None:
    """Call `start` and `end` with the local names of elements, and `end` with the text in the element."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    content: list[str] = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        content.clear()
        start(tag.rpartition(" ")[2], {name.rpartition(" ")[2]: value for name, value in attributes.items()})

    def finish(tag: str) -> None:
        if end is not None:
            end(tag.rpartition(" ")[2], "".join(content))
        content.clear()

    def refuse(*_: object) -> None:
        raise ValueError("a document type has no place in a workbook")

    parser.StartElementHandler = begin
    parser.EndElementHandler = finish
    if end is not None:
        parser.CharacterDataHandler = content.append
    parser.StartDoctypeDeclHandler = refuse
    for chunk in _chunks(file):
        parser.Parse(chunk)
    parser.Parse(b"", True)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _unescaped(text: str) -> str:
    """Return a text without the spelling of characters that XML cannot hold."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _path(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").casefold()


def _is_true(value: str | None) -> bool:
    return value is not None and value.strip().casefold() in ("1", "true", "on")


def _index(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _number(letters: str) -> int:
    column = 0
    for one in letters:
        column = column * 26 + ord(one) - 64
    return column - 1
