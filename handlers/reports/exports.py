"""The workbook of a report: a row for each day and store, and one for each order."""

from collections.abc import AsyncIterator, Collection, Sequence

from handlers.texts import Texts
from tmon.models.orders import OrderState
from tmon.reports.export import ReportExport
from tmon.reports.service import Report
from tmon.spreadsheets.export import Cell, ExportColumn, ExportSheet


def sheets(t: Texts, report: Report, money: Collection[str], export: ReportExport) -> tuple[ExportSheet, ExportSheet]:
    """Return the sheets. `money`: ids of the stores whose amounts the person may see; those of others stay empty."""
    days = [ExportColumn(t("reports.column_day"), 12), ExportColumn(t("reports.column_store"), 20)]
    days += [ExportColumn(t(key), 10) for key in _NUMBERS]
    days += [ExportColumn(t("reports.column_revenue"), 14), ExportColumn(t("reports.column_fees"), 12)]
    orders = [
        ExportColumn(t("reports.column_store"), 20),
        ExportColumn(t("reports.column_number"), 16),
        ExportColumn(t("reports.column_paid"), 18),
        ExportColumn(t("reports.column_title"), 40),
        ExportColumn(t("reports.column_quantity"), 8),
        ExportColumn(t("reports.column_amount"), 14),
        ExportColumn(t("reports.column_fees"), 12),
        ExportColumn(t("reports.column_state"), 12),
        ExportColumn(t("reports.column_confirmed_at"), 18),
        ExportColumn(t("reports.column_shipped_at"), 18),
    ]
    return (
        ExportSheet(t("reports.sheet_days"), days, _days(report, money, export)),
        ExportSheet(t("reports.sheet_orders"), orders, _orders(t, report, money, export)),
    )


_NUMBERS = (
    "reports.column_orders",
    "reports.column_confirmed",
    "reports.column_shipped",
    "reports.column_cancelled",
    "reports.column_returned",
    "reports.column_exchanged",
    "reports.column_asked",
)
"""Titles of the figures that are mere numbers, in their order."""


async def _days(report: Report, money: Collection[str], export: ReportExport) -> AsyncIterator[Sequence[Cell]]:
    names = {store.id: store.name for store, _ in report.stores}
    team_id = report.stores[0][0].team_id
    async for day, store_id, found in export.days(team_id, list(names), report.period):
        sales = found.sales
        numbers = (found.confirmed, found.shipped, found.cancelled, found.returned, found.exchanged, found.asked)
        amounts = (sales.revenue, sales.delivery_fees) if store_id in money else (None, None)
        yield (day, names[store_id], sales.orders, *numbers, *amounts)


async def _orders(
    t: Texts, report: Report, money: Collection[str], export: ReportExport
) -> AsyncIterator[Sequence[Cell]]:
    names = {store.id: store.name for store, _ in report.stores}
    states = {state: t.of("reports.state", state) for state in OrderState}
    team_id = report.stores[0][0].team_id
    async for order in export.orders(team_id, list(names), report.period):
        yield (
            names[order.store_id],
            str(order.order_no),
            order.paid_at,
            order.title,
            order.quantity,
            order.amount if order.store_id in money else None,
            order.delivery_fee if order.store_id in money else None,
            states[order.state],
            order.confirmed_at,
            order.shipped_at,
        )
