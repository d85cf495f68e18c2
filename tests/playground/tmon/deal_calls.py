"""How the tests read and change deals."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

from bot.playground.tmon import Listing, Sandbox
from tests.playground.tmon.caller import HANBIT, Caller

BY_TMON = "?dealNoType=TMON_DEAL_NUMBER"


MINUTE = timedelta(minutes=1)


def deal_where(sandbox: Sandbox, wanted: Callable[[Listing], bool], partner_id: str = HANBIT) -> Listing:
    return next(deal for deal in sandbox.deals.values() if deal.partner_id == partner_id and wanted(deal))


def keys(deal: Listing) -> list[str]:
    return [option.vendor_option_no or "" for option in deal.options.values()]


async def read(caller: Caller, deal: Listing) -> dict[str, Any]:
    answer = await caller.get(f"/deals/{deal.deal_no}", deal.partner_id, dealNoType="TMON_DEAL_NUMBER")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def set_stock(caller: Caller, deal: Listing, stocks: dict[str, object]) -> httpx.Response:
    rows = [{"vendorDealOptionNo": key, "stock": stock} for key, stock in stocks.items()]
    return await caller.put(f"/deals/{deal.deal_no}/stock{BY_TMON}", {"dealOptions": rows}, deal.partner_id)


async def set_end(caller: Caller, deal: Listing, end: str, **more: object) -> httpx.Response:
    return await caller.put(f"/deals/{deal.vendor_deal_no}/sales-period", {"salesEndDate": end, **more})


def stocks(sandbox: Sandbox) -> dict[int, int]:
    return {no: option.stock for deal in sandbox.deals.values() for no, option in deal.options.items()}
