"""How the tests read and change deals."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx

from bot.playground.tmon import Listing, Sandbox
from bot.playground.tmon.category_tree import leaf_called
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


def new_option(number: int, **over: object) -> dict[str, Any]:
    """An option as a seller sends it, of a deal with two sections."""
    option = {
        "vendorDealOptionNo": f"TS-1-{number:02d}",
        "sections": ["네이비", f"{number}호"],
        "price": 15900,
        "salesPrice": 15900,
        "stock": 50,
    }
    return changed(option, over)


def new_deal(sandbox: Sandbox, partner_id: str = HANBIT, **over: Any) -> dict[str, Any]:
    """A deal as a seller sends it (docs/tmon-api.md, ch. 18.9); None leaves a field out."""
    like = deal_where(sandbox, lambda deal: deal.product_type == "DP07", partner_id)
    deal = {
        "vendorDealNo": "TS-1",
        "vendorPolicyNo": 999,
        "deliveryTemplateNo": like.template_no,
        "productType": "DP07",
        "categoryNo": leaf_called("양말"),
        "sections": ["색상", "사이즈"],
        "managedTitle": "중목 양말 2026SS",
        "title": "가상브랜드 중목 양말",
        "titleDecoration": "봄 신상 모음",
        "mainImages": ["https://img.example.com/ts/1_main.jpg"],
        "detailContents": '<img src="https://img.example.com/ts/1_detail.jpg">',
        "productInfos": [{"productType": "의류", "productInfos": [{"section": "제품 소재", "description": "면 100%"}]}],
        "kcAuthSubmitType": "N",
        "deliveryCorp": "10001",
        "dealOptions": [new_option(1), new_option(2)],
    }
    return changed(deal, over)


def changed(document: dict[str, Any], over: Mapping[str, object]) -> dict[str, Any]:
    """The document with other fields; None leaves one out."""
    return {name: value for name, value in {**document, **over}.items() if value is not None}


def made(sandbox: Sandbox, vendor_deal_no: str = "TS-1") -> Listing:
    """The deal that was registered under that number."""
    return deal_where(sandbox, lambda deal: deal.vendor_deal_no == vendor_deal_no and not deal.deleted)


def said(answer: httpx.Response) -> str:
    """The sentence of an error."""
    assert answer.status_code >= 400, answer.text
    return str(answer.json()["error"])


async def register(caller: Caller, sandbox: Sandbox, **over: Any) -> Listing:
    """Registers the usual deal."""
    answer = await caller.post("/deals", new_deal(sandbox, **over))
    assert answer.status_code == 200, answer.text
    return made(sandbox, str(over.get("vendorDealNo", "TS-1")))
