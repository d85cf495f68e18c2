"""Renders the messages about the extension of sale periods."""

from handlers.common_views.partner_center import partner_center_buttons
from handlers.products import sale_period_views
from handlers.rendering import RenderedMessage, renders
from handlers.texts import Texts
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.products.sale_period.messages import ExtensionNotOffered, ExtensionPreview, ExtensionReport
from tmon.products.sale_period.service import SalePeriodService
from tmon.stores.service import StoreService


@renders(ExtensionPreview)
async def render_preview(
    services: Services, row: OutboxMessage, args: ExtensionPreview, t: Texts
) -> RenderedMessage | None:
    """Render the preview of the next run; None if the run began before the preview was posted."""
    day = await services[SalePeriodService].day(row.team_id, args.store, args.day)
    if day is None or (row.ts is None and (day.ran or not day.rows)):
        return None
    return RenderedMessage(sale_period_views.preview_text(t, day), sale_period_views.preview(t, day))


@renders(ExtensionReport)
async def render_result(
    services: Services, row: OutboxMessage, args: ExtensionReport, t: Texts
) -> RenderedMessage | None:
    """Render the result of a run."""
    day = await services[SalePeriodService].day(row.team_id, args.store, args.day)
    if day is None:
        return None
    return RenderedMessage(sale_period_views.result_text(t, day), sale_period_views.result(t, day))


@renders(ExtensionNotOffered)
async def render_not_offered(
    services: Services, row: OutboxMessage, args: ExtensionNotOffered, t: Texts
) -> RenderedMessage:
    """Render the message that TMON does not offer the endpoint."""
    store = await services[StoreService].get(row.team_id, args.store)
    return RenderedMessage.of_text(t.md("products.not_offered", store=store.name), *partner_center_buttons(t))


RENDERERS = (render_preview, render_result, render_not_offered)
