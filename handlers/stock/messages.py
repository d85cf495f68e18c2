"""Renderers of the messages about stock, and the listeners of the choices about a mismatch."""

from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stale_copies import settle_stale_copy
from handlers.stock.ids import MismatchRef
from handlers.stock.renderers import render_mismatch
from tmon.permissions import Permission
from tmon.stock.notifications import mismatch_key
from tmon.stock.service import StockService


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
        await settle_stale_copy(request, mismatch_key(ref.mismatch), render_mismatch)
