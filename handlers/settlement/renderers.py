"""Renders the monthly report."""

from handlers.rendering import RenderedMessage, renders
from handlers.settlement.report_views import monthly_report
from handlers.texts import Texts
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.settlement.messages import MonthlyReport
from tmon.settlement.monthly import MonthlyReports


@renders(MonthlyReport)
async def render_monthly(
    services: Services, row: OutboxMessage, args: MonthlyReport, t: Texts
) -> RenderedMessage | None:
    """Render the report to a person or a channel; None if there is no store of which it may tell any more."""
    stores = await services[MonthlyReports].report(row.team_id, args)
    return monthly_report(t, args.month, stores, late=args.late) if stores else None


RENDERERS = (render_monthly,)
