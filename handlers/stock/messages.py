"""What the channel is told of stock, and what people choose about a mismatch."""

from handlers.blocks import section
from handlers.payloads import decode
from handlers.rendering import RenderedMessage
from handlers.request import SlackRequest
from handlers.stale_copies import refresh_stale_copy
from handlers.stock import message_views as views
from handlers.stock.common import working
from handlers.stock.ids import MismatchRef
from handlers.texts import Texts
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.products.catalog import CatalogService, DealSummary
from tmon.stock.messages import ChangeRefused, StockCallNotOffered, StockMismatch, StockShortage
from tmon.stock.notifications import OUT, RefusedPush, mismatch_key
from tmon.stock.service import StockService
from tmon.stock.summary import OptionSummary, SkuSummary
from tmon.stores.service import StoreService


async def keep_ours(call: SlackRequest) -> None:
    """우리 재고로 맞추기."""
    await _settle(call, keep_tmon=False)


async def keep_tmon(call: SlackRequest) -> None:
    """티몬 재고로 맞추기."""
    await _settle(call, keep_tmon=True)


async def _settle(call: SlackRequest, *, keep_tmon: bool) -> None:
    ref = decode(MismatchRef, call.value)
    await working(call, ref.store)
    try:
        await call.services[StockService].settle(
            call.person, ref.store, ref.deal, ref.option, ref.mismatch, keep_tmon=keep_tmon
        )
    finally:
        await refresh_stale_copy(call, mismatch_key(ref.mismatch), paint_mismatch)


async def paint_shortage(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """SKUs run out, or have run out."""
    found = [one for one in [await _sku(services, row, sku_id) for sku_id in row.args["found"]] if one is not None]
    if not found:
        return None
    skus, gone = [facts for _, facts in found], len(row.args["found"]) - len(found)
    text = views.shortage_text(t, found[0][0], skus, row.args["n"] - gone, out=row.args["what"] == OUT)
    return RenderedMessage(text, [section(text)])


async def paint_mismatch(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """The report of a mismatch."""
    found = await _option(services, row, row.args["deal"], row.args["option"])
    if found is None:
        return None
    text = views.mismatch_text(t, *found, row.args["mismatch"])
    return RenderedMessage(text, views.mismatch_card(t, *found, row.args["mismatch"]))


async def paint_refused(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """What TMON refused to change of deals or their options."""
    what, places, n = RefusedPush(row.args["what"]), row.args["found"], row.args["n"]
    if what is RefusedPush.SALE:
        deals = [one for one in [await _deal(services, row, deal_no) for deal_no, _ in places] if one is not None]
        text = views.sale_refused_text(t, deals, n - len(places) + len(deals)) if deals else None
    else:
        found = [one for one in [await _option(services, row, *place) for place in places] if one is not None]
        options = [facts for _, facts in found]
        left, display = n - len(places) + len(found), what is RefusedPush.DISPLAY
        text = views.refused_text(t, found[0][0], options, left, display=display) if found else None
    return RenderedMessage(text, [section(text)]) if text else None


async def paint_not_offered(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """TMON has no such call."""
    try:
        store = await services[StoreService].get(row.team_id, row.args["store"])
    except AppError:
        return None
    text = views.not_offered_text(t, store, row.args["call"])
    return RenderedMessage(text, [section(text)])


async def _sku(services: Services, row: OutboxMessage, sku_id: str) -> tuple[Store, SkuSummary] | None:
    try:
        return await services[StockService].sku(row.team_id, row.args["store"], sku_id)
    except AppError:
        return None  # the SKU or the store was removed before the message went out


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


PAINTERS = {
    StockShortage.kind: paint_shortage,
    StockMismatch.kind: paint_mismatch,
    ChangeRefused.kind: paint_refused,
    StockCallNotOffered.kind: paint_not_offered,
}
