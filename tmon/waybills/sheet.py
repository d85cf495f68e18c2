"""송장 등록 양식: the file in which waybills are filled in, without personal data."""

from collections.abc import Iterable, Sequence

from tmon.spreadsheets.writing import SheetColumn, workbook
from tmon.waybills.waiting import WaitingDeal

SHEET = "송장 등록"
CARRIERS_SHEET = "택배사 목록"
TITLES = ("주문번호", "배송번호", "딜번호", "상품명", "옵션", "수량", "택배사", "송장번호", "배송예정일")
"""Fixed: people keep files and macros that know the columns by their titles."""
_WIDTHS = (16, 16, 14, 32, 28, 6, 16, 20, 14)
_CARRIER = TITLES.index("택배사")


def form_file(waiting: Iterable[WaitingDeal], carriers: Sequence[str], hint: str) -> bytes:
    """Return the form with what waits to be shipped; the column of the carrier offers the names in `carriers`. Call it in a thread."""
    rows = [[*line_cells(line), "", "", ""] for line in waiting]
    return workbook(SHEET, _columns(carriers, hint), rows, choices_name=CARRIERS_SHEET)


def problem_file(rows: Iterable[Sequence[str]], titles: Sequence[str]) -> bytes:
    """Return rows of the form again, each with what is wrong with it in columns named `titles`. Call it in a thread."""
    more = [SheetColumn(title, 48 if number else 14) for number, title in enumerate(titles)]
    return workbook(SHEET, [*_columns((), ""), *more], rows)


def line_cells(line: WaitingDeal) -> list[str]:
    """Return the first cells of a line: what is to be shipped."""
    return [
        str(line.order_no),
        line.delivery_no,
        str(line.deal_no),
        line.title,
        line.options,
        str(line.quantity),
    ]


def _columns(carriers: Sequence[str], hint: str) -> list[SheetColumn]:
    return [
        SheetColumn(title, width, choices=carriers if number == _CARRIER else (), hint=hint)
        for number, (title, width) in enumerate(zip(TITLES, _WIDTHS, strict=True))
    ]
