"""Renders the messages about stock."""

from handlers.common_views.partner_center import partner_center_buttons
from handlers.rendering import RenderedMessage, renders
from handlers.stock import message_views as views
from handlers.texts import Texts
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.products.catalog import CatalogService, DealSummary
from tmon.stock.messages import ChangeRefused, StockCallNotOffered, StockMismatch, StockShortage
from tmon.stock.notifications import OUT, RefusedPush
from tmon.stock.service import StockService
from tmon.stock.summary import OptionSummary, SkuSummary
from tmon.stores.service import StoreService


@renders(StockShortage)
async def render_shortage(
    services: Services, row: OutboxMessage, args: StockShortage, t: Texts
) -> RenderedMessage | None:
    """Render the message that SKUs are low or out of stock; None if they were all removed."""
    found = [
        one
        for one in [await _sku(services, row.team_id, args.store, sku_id) for sku_id in args.found]
        if one is not None
    ]
    if not found:
        return None
    skus, gone = [facts for _, facts in found], len(args.found) - len(found)
    return RenderedMessage.of_text(views.shortage_text(t, found[0][0], skus, args.n - gone, out=args.what == OUT))


@renders(StockMismatch)
async def render_mismatch(
    services: Services, row: OutboxMessage, args: StockMismatch, t: Texts
) -> RenderedMessage | None:
    """Render the message about a mismatch; None if the option is gone."""
    found = await _option(services, row.team_id, args.store, args.deal, args.option)
    if found is None:
        return None
    text = views.mismatch_text(t, *found, args.mismatch)
    return RenderedMessage(text, views.mismatch_card(t, *found, args.mismatch))


@renders(ChangeRefused)
async def render_refused(
    services: Services, row: OutboxMessage, args: ChangeRefused, t: Texts
) -> RenderedMessage | None:
    """Render the message about changes that TMON rejected; None if all their deals or options are gone."""
    what, places, n = RefusedPush(args.what), args.found, args.n
    if what is RefusedPush.SALE:
        deals = [
            one
            for one in [await _deal(services, row.team_id, args.store, deal_no) for deal_no, _ in places]
            if one is not None
        ]
        text = views.sale_refused_text(t, deals, n - len(places) + len(deals)) if deals else None
    else:
        found = [
            one
            for one in [await _option(services, row.team_id, args.store, *place) for place in places]
            if one is not None
        ]
        options = [facts for _, facts in found]
        left, display = n - len(places) + len(found), what is RefusedPush.DISPLAY
        text = views.refused_text(t, found[0][0], options, left, display=display) if found else None
    return RenderedMessage.of_text(text) if text else None


@renders(StockCallNotOffered)
async def render_not_offered(
    services: Services, row: OutboxMessage, args: StockCallNotOffered, t: Texts
) -> RenderedMessage:
    """Render the message that TMON does not offer an endpoint."""
    store = await services[StoreService].get(row.team_id, args.store)
    return RenderedMessage.of_text(views.not_offered_text(t, store, args.call), *partner_center_buttons(t))


async def _sku(services: Services, team_id: str, store_id: str, sku_id: str) -> tuple[Store, SkuSummary] | None:
    try:
        return await services[StockService].sku(team_id, store_id, sku_id)
    except AppError:
        return None  # the SKU or the store was removed before the message was sent


async def _option(
    services: Services, team_id: str, store_id: str, deal_no: int, option_no: int
) -> tuple[Store, OptionSummary] | None:
    try:
        return await services[StockService].option(team_id, store_id, deal_no, option_no)
    except AppError:
        return None


async def _deal(services: Services, team_id: str, store_id: str, deal_no: int) -> DealSummary | None:
    try:
        return await services[CatalogService].summary(team_id, store_id, deal_no)
    except AppError:
        return None


RENDERERS = (render_shortage, render_mismatch, render_refused, render_not_offered)
