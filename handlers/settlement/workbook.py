"""The workbook of a month: every row, the products, and what is to be checked."""

from handlers.texts import Texts
from tmon.settlement.exports import MonthExport
from tmon.spreadsheets.export import ExportColumn, ExportSheet

_ROWS = (
    ("settlement.tx_no", 20),
    ("settlement.day", 12),
    ("settlement.order_no", 14),
    ("settlement.deal_no", 14),
    ("settlement.product_name", 36),
    ("settlement.option", 24),
    ("settlement.kind_name", 14),
    ("settlement.detail_kind", 14),
    ("settlement.sold_at", 18),
    ("settlement.due", 12),
    ("settlement.sell", 14),
    ("settlement.base", 14),
    ("settlement.rate", 10),
    ("settlement.computed_column", 20),
    ("settlement.tmon", 14),
    ("settlement.vendor", 14),
    ("settlement.discount_name", 20),
    ("settlement.remark", 18),
)
_PRODUCTS = (
    ("settlement.deal_no", 14),
    ("settlement.product_name", 36),
    ("settlement.rows", 10),
    ("settlement.sell", 14),
    ("settlement.base", 14),
    ("settlement.computed_column", 20),
    ("settlement.tmon", 14),
    ("settlement.vendor", 14),
)
_CHECK = (
    ("settlement.state", 16),
    ("settlement.order_no", 14),
    ("settlement.product_name", 36),
    ("settlement.paid_at", 18),
    ("settlement.delivered_at", 18),
    ("settlement.expected_amount", 16),
    ("settlement.sell", 14),
    ("settlement.difference_column", 14),
)
"""Columns of each sheet: text key of the title, and width."""
_FORMATS = {"settlement.rate": "0.######"}


def sheets(t: Texts, rows: MonthExport) -> tuple[ExportSheet, ...]:
    """Return the sheets of the workbook of `rows`."""
    return (
        ExportSheet(t("settlement.title"), _columns(t, _ROWS), rows.rows()),
        ExportSheet(t("settlement.sheet_products"), _columns(t, _PRODUCTS), rows.products()),
        ExportSheet(t("settlement.shown_attention"), _columns(t, _CHECK), rows.to_check()),
    )


def _columns(t: Texts, titles: tuple[tuple[str, int], ...]) -> list[ExportColumn]:
    return [ExportColumn(t(key), width, _FORMATS.get(key, "")) for key, width in titles]
