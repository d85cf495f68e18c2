"""Reading of one file, by what it holds and not by its name. Only the child process calls it: see `reader.py`."""

from collections.abc import Mapping

from tmon.errors import AppError
from tmon.spreadsheets.cells import Layout, Table
from tmon.spreadsheets.delimited import read_csv
from tmon.spreadsheets.grid import tables_of, text_rule
from tmon.spreadsheets.workbook import read_workbook

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BINARY_SHEETS = (b"\x09\x08\x10\x00", b"\x09\x04\x06\x00", b"\x09\x02\x06\x00", b"\x09\x00\x04\x00")
"""Beginnings of Excel's formats before 1997."""
_OTHERS = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"{\\rtf",
    b"HWP Document",
)
_TEXT_ENDINGS = (".csv", ".txt", ".tsv", ".xls", ".xlsx", ".xlsm")


def read_bytes(name: str, data: bytes, layout: Layout) -> Table:
    """Return the list in a file. Raises AppError."""
    return read_tabs(name, data, {"": layout})[""]


def read_tabs(name: str, data: bytes, layouts: Mapping[str, Layout]) -> dict[str, Table]:
    """Return the lists in a file, by the names of the layouts that they fit best. Raises AppError."""
    if not data:
        raise AppError("sheets.empty")
    if data.startswith(b"PK"):
        return tables_of(read_workbook(data, text_rule(layouts)), layouts)
    if data.startswith(_OLD_OFFICE):
        raise AppError("sheets.password" if _ENCRYPTED in data else "sheets.xls")
    if data.startswith(_OTHERS) or not name.lower().endswith(_TEXT_ENDINGS):
        raise AppError("sheets.kind")
    if data.startswith(_BINARY_SHEETS):
        raise AppError("sheets.xls")
    return read_csv(data, layouts)
