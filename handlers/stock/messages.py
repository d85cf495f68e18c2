"""Renderers of the messages about stock, and the listeners of the choices about a mismatch."""

from handlers.payloads import decode
from handlers.rendering import RenderedMessage
from handlers.request import SlackRequest
from handlers.stale_copies import refresh_stale_copy
from handlers.stock import message_views as views
from handlers.stock.ids import MismatchRef
from handlers.texts import Texts
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.products.catalog import CatalogService, DealSummary
from tmon.stock.messages import ChangeRefused, StockCallNotOffered, StockMismatch, StockShortage
from tmon.stock.notifications import OUT, RefusedPush, mismatch_key
from tmon.stock.service import StockService
from tmon.stock.summary import OptionSummary, SkuSummary
from tmon.stores.service import StoreService


async def keep_ours(request: SlackRequest) -> None:
    """Handle 우리 재고로 맞추기: keep our stock, and push it to TMON."""
    await _settle(request, keep_tmon=False)


async def keep_tmon(request: SlackRequest) -> None:
    """Handle 티몬 재고로 맞추기: keep TMON's stock."""
    await _settle(request, keep_tmon=True)


async def _settle(request: SlackRequest, *, keep_tmon: bool) -> None:
    ref = decode(MismatchRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    try:
        await request.services[StockService].settle(
            request.person, ref.store, ref.deal, ref.option, ref.mismatch, keep_tmon=keep_tmon
        )
    finally:
        await refresh_stale_copy(request, mismatch_key(ref.mismatch), render_mismatch)


async def render_shortage(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """Render the message that SKUs are low or out of stock; None if they were all removed."""
    found = [one for one in [await _sku(services, row, sku_id) for sku_id in row.args["found"]] if one is not None]
    if not found:
        return None
    skus, gone = [facts for _, facts in found], len(row.args["found"]) - len(found)
    return RenderedMessage.of_text(
        views.shortage_text(t, found[0][0], skus, row.args["n"] - gone, out=row.args["what"] == OUT)
    )


async def render_mismatch(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """Render the message about a mismatch; None if the option is gone."""
    found = await _option(services, row, row.args["deal"], row.args["option"])
    if found is None:
        return None
    text = views.mismatch_text(t, *found, row.args["mismatch"])
    return RenderedMessage(text, views.mismatch_card(t, *found, row.args["mismatch"]))


async def render_refused(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """Render the message about changes that TMON rejected; None if all their deals or options are gone."""
    what, places, n = RefusedPush(row.args["what"]), row.args["found"], row.args["n"]
    if what is RefusedPush.SALE:
        deals = [one for one in [await _deal(services, row, deal_no) for deal_no, _ in places] if one is not None]
        text = views.sale_refused_text(t, deals, n - len(places) + len(deals)) if deals else None
    else:
        found = [one for one in [await _option(services, row, *place) for place in places] if one is not None]
        options = [facts for _, facts in found]
        left, display = n - len(places) + len(found), what is RefusedPush.DISPLAY
        text = views.refused_text(t, found[0][0], options, left, display=display) if found else None
    return RenderedMessage.of_text(text) if text else None


async def render_not_offered(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """Render the message that TMON does not offer an endpoint; None if the store was removed."""
    try:
        store = await services[StoreService].get(row.team_id, row.args["store"])
    except AppError:
        return None
    return RenderedMessage.of_text(views.not_offered_text(t, store, row.args["call"]))


async def _sku(services: Services, row: OutboxMessage, sku_id: str) -> tuple[Store, SkuSummary] | None:
    try:
        return await services[StockService].sku(row.team_id, row.args["store"], sku_id)
    except AppError:
        return None  # the SKU or the store was removed before the message was sent


async def _option(
    services: Services, row: OutboxMessage, deal_no: int, option_no: int
) -> tuple[Store, OptionSummary] | None:
    try:
        return await services[StockService].option(row.team_id, row.args["store"], deal_no, option_no)
    except AppError:
        return None


async def _deal(services: Services, row: OutboxMessage, deal_no: int) -> DealSummary | None:
    try:
        return await services[CatalogService].summary(row.team_id, row.args["store"], deal_no)
    except AppError:
        return None


RENDERERS = {
    StockShortage.kind: render_shortage,
    StockMismatch.kind: render_mismatch,
    ChangeRefused.kind: render_refused,
    StockCallNotOffered.kind: render_not_offered,
}
