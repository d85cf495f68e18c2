"""Deals: registered with their options."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.playground.tmon import Listing, Sandbox
from bot.playground.tmon.category_tree import leaf_called
from tests.clock import MovableClock
from tests.playground.tmon.caller import SODAM, Caller
from tests.playground.tmon.deal_calls import deal_where, made, new_deal, new_option, read, register, said


async def test_a_registered_deal_has_numbers_and_is_sold(caller: Caller, sandbox: Sandbox, clock: MovableClock) -> None:
    answer = await caller.post("/deals", new_deal(sandbox))
    listing = made(sandbox)
    one, two = listing.options
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "vendorId": "SAMPLEVENDOR",
            "dealNo": {"TS-1": listing.deal_no},
            "dealOptionNos": {"TS-1-01": one, "TS-1-02": two},
        },
    )
    read_back = await read(caller, listing)
    assert read_back["salesStatus"] == "ON_SALE"
    assert read_back["salesPeriod"]["end"] == "2900-12-31T23:59:59"
    assert read_back["createDate"] == read_back["salesPeriod"]["start"]
    assert sandbox.sell(two, 2).deals[0].options[0].title == "네이비 / 2호"
    assert listing.options[two].stock == 48


async def test_reading_tells_what_was_registered_but_neither_kc_nor_keywords_nor_brand(
    caller: Caller, sandbox: Sandbox
) -> None:
    more = {
        "kcAuthSubmitType": "Y",
        "kcAuths": [{"section": "어린이제품 안전인증", "no": "CB123A"}],
        "keywords": ["양말", "중목"],
        "brandName": "가상브랜드",
        "search": False,
        "priceComparison": "false",
        "subcategoryNos": [leaf_called("긴팔")],
        "maxPurchaseQty": "5",
        "originCountryType": "E",
        "originCountryDetail": "대한민국(부산)",
        "deliveryCorp": "직접배송",
        "additionalInput": True,
        "additionalInputTitle": "새길 글",
        "mainDealOptionNo": "TS-1-02",
        "adultOnly": True,
        "mainImages": ["https://img.example.com/a.jpg", "https://img.example.com/b.jpg"],
    }
    listing = await register(caller, sandbox, **more)
    document = await read(caller, listing)
    untold = {"kcAuthSubmitType", "kcAuths", "keywords", "brandName", "search", "priceComparison", "mainDealOptionNo"}
    for part in (document, document["dealContents"], document["dealDeliveryInfo"]):
        assert untold.isdisjoint(part)
    assert {name: document[name] for name in ("sections", "maxPurchaseQty", "subcategoryNos", "adultOnly")} == {
        "sections": ["색상", "사이즈"],
        "maxPurchaseQty": 5,
        "subcategoryNos": [leaf_called("긴팔")],
        "adultOnly": True,
    }
    assert "legalPermissionType" not in document
    contents = document["dealContents"]
    assert (contents["title"], contents["titleDecoration"]) == ("가상브랜드 중목 양말", "봄 신상 모음")
    assert (contents["originCountryType"], contents["originCountryDetail"]) == ("E", "대한민국(부산)")
    assert contents["homeRecommendedImage"] == "https://img.example.com/a.jpg"
    assert contents["productInfos"] == new_deal(sandbox)["productInfos"]
    assert (document["dealDeliveryInfo"]["deliveryCorp"], document["dealDeliveryInfo"]["productType"]) == (
        "10099",
        "DP07",
    )
    first, second = document["dealOptions"]
    assert (first["mainOption"], second["mainOption"]) == (False, True)
    assert first["sections"] == ["네이비", "1호"]
    assert "title" not in first


async def test_goods_without_options_are_one_option(caller: Caller, sandbox: Sandbox) -> None:
    only = new_option(1, vendorDealOptionNo="TS-1", sections=None, title="가상브랜드 중목 양말", display="false")
    listing = await register(caller, sandbox, sections=None, dealOptions=[only])
    (option,) = (await read(caller, listing))["dealOptions"]
    assert (option["title"], option["display"]) == ("가상브랜드 중목 양말", False)
    assert "sections" not in option


async def test_what_exists_is_not_registered_twice(caller: Caller, sandbox: Sandbox) -> None:
    listing = await register(caller, sandbox)
    for again in (new_deal(sandbox), new_deal(sandbox, SODAM), {"vendorDealNo": "TS-1"}):
        assert said(await caller.post("/deals", again)) == "이미 등록 완료된 딜입니다."
    foreign = await caller.post("/deals", new_deal(sandbox, SODAM), SODAM)
    assert said(foreign) == "이미 등록 완료된 딜입니다."
    assert (await caller.get("/deals/TS-1", SODAM)).json()["error"].endswith("(TS-1)가 없습니다")
    listing.deleted = True
    assert "삭제된" in said(await caller.get("/deals/TS-1"))
    anew = await register(caller, sandbox)
    assert anew.deal_no > listing.deal_no
    assert (await caller.get("/deals/TS-1")).json()["tmonDealNo"] == anew.deal_no


FORMS: dict[str, dict[str, Any]] = {
    "no number": {"vendorDealNo": None},
    "a long number": {"vendorDealNo": "가" * 51},
    "no policy": {"vendorPolicyNo": None},
    "no title": {"title": " "},
    "a long title": {"title": "가" * 61},
    "a long promotion": {"titleDecoration": "가" * 21},
    "no category": {"categoryNo": None},
    "a third subcategory": {"subcategoryNos": [1, 2, 3]},
    "a long section": {"sections": ["열한글자인옵션구분이다", "사이즈"]},
    "none to buy": {"maxPurchaseQty": 0},
    "too many to buy": {"maxPurchaseQty": 1000},
    "no reset": {"purchaseResetPeriod": 0},
    "no picture": {"mainImages": []},
    "seven pictures": {"mainImages": [f"https://img.example.com/{n}.jpg" for n in range(7)]},
    "one picture twice": {"mainImages": ["https://img.example.com/1.jpg"] * 2},
    "a long detail": {"detailContents": "x" * 500_001},
    "no notice": {"productInfos": None},
    "an empty notice": {"productInfos": [{"productType": "의류", "productInfos": []}]},
    "an origin of no kind": {"originCountryType": "KR"},
    "an origin without words": {"originCountryType": "E"},
    "no KC": {"kcAuthSubmitType": None},
    "KC without numbers": {"kcAuthSubmitType": "Y"},
    "no carrier": {"deliveryCorp": None},
    "six keywords": {"keywords": list("가나다라마바")},
    "a question without words": {"additionalInput": True},
    "parallel import without a paper": {"parallelImport": "true"},
    "no return of general goods": {"simpleRefundAble": False, "simpleRefundNotAvailableReason": "위생"},
    "an unknown product type": {"productType": "DP09"},
    "another condition": {"dealProductStatus": "USED"},
    "a misspelt field": {"brandname": "가상브랜드"},
    "a start without seconds": {"salesStartDate": "2026-04-01T00:00"},
    "an end before the start": {"salesEndDate": "2020-01-01T00:00:00"},
    "no options": {"dealOptions": []},
    "201 options": {"dealOptions": [new_option(n) for n in range(201)]},
    "an option for nothing": {"dealOptions": [new_option(1, salesPrice=0, price=0)]},
    "a list price": {"dealOptions": [new_option(1, price=19900)]},
    "an option without stock": {"dealOptions": [new_option(1, stock=None)]},
    "an option without text": {"dealOptions": [new_option(1, sections=None)]},
    "an option with both texts": {"dealOptions": [new_option(1, title="네이비")]},
    "an option without key": {"dealOptions": [new_option(1, vendorDealOptionNo="")]},
    "a misspelt option": {"dealOptions": [new_option(1, Display=True)]},
}


@pytest.mark.parametrize("over", FORMS.values(), ids=FORMS)
async def test_malformed_deals_are_refused(caller: Caller, sandbox: Sandbox, over: dict[str, Any]) -> None:
    before = len(sandbox.deals)
    answer = await caller.post("/deals", new_deal(sandbox, **over))
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
    assert len(sandbox.deals) == before


SENTENCES: dict[str, tuple[dict[str, Any], str]] = {
    "policy": ({"vendorPolicyNo": 998}, "정책번호"),
    "template": ({"deliveryTemplateNo": 1}, "배송템플릿"),
    "category": ({"categoryNo": 49010000}, "카테고리"),
    "subcategory": ({"subcategoryNos": [1]}, "카테고리"),
    "permission": ({"categoryNo": leaf_called("수건")}, "legalPermissionType"),
    "managed title": ({"managedTitle": "가" * 61}, "관리명은"),
    "word in the title": ({"title": "금칙어 양말"}, "금칙어"),
    "word in the detail": ({"detailContents": "<p>금칙어</p>"}, "금칙어"),
    "word among the keywords": ({"keywords": ["양말", "금칙어"]}, "금칙어"),
    "word in an option": ({"dealOptions": [new_option(1, sections=["금칙어", "L"])]}, "금칙어"),
    "picture": ({"mainImages": ["img.example.com/1.jpg"]}, "정상적인 이미지 URL 이 아닙니다"),
    "picture with a blank": ({"homeRecommendedImage": "https://img.example.com/a b.jpg"}, "정상적인 이미지 URL 이 아닙니다"),
    "carrier": ({"deliveryCorp": "없는택배"}, "택배사"),
    "twice": ({"dealOptions": [new_option(1), new_option(2, sections=["네이비", "1호"])]}, "중복된 옵션 타이틀"),
    "twice but for blanks": (
        {"dealOptions": [new_option(1), new_option(2, sections=["네이비 ", "1호"])]},
        "중복된 옵션 타이틀",
    ),
    "one key twice": ({"dealOptions": [new_option(1), new_option(1, sections=["흰색", "1호"])]}, "TS-1-01"),
    "key of another deal": ({"dealOptions": [new_option(1, vendorDealOptionNo="G12200-01")]}, "G12200-01"),
    "signs": ({"dealOptions": [new_option(1, sections=["네이비|남색", "L"])]}, "특수문자"),
    "sections": ({"dealOptions": [new_option(1, sections=["네이비"])]}, "옵션 구분"),
    "title for sections": ({"dealOptions": [new_option(1, sections=None, title="네이비")]}, "옵션 구분"),
    "main option": ({"mainDealOptionNo": "TS-1-03"}, "TS-1-03"),
}  # fmt: skip


@pytest.mark.parametrize(("over", "sentence"), SENTENCES.values(), ids=SENTENCES)
async def test_what_tmon_judges_is_refused_in_its_words(
    caller: Caller, sandbox: Sandbox, over: dict[str, Any], sentence: str
) -> None:
    before = len(sandbox.deals)
    answer = await caller.post("/deals", new_deal(sandbox, **over))
    assert answer.status_code == 500
    assert sentence in said(answer)
    assert len(sandbox.deals) == before


async def test_what_depends_on_the_product_type(caller: Caller, sandbox: Sandbox) -> None:
    abroad = deal_where(sandbox, lambda deal: deal.product_type == "DP03")
    fields: dict[str, Any] = {"productType": "DP03", "deliveryTemplateNo": abroad.template_no}
    assert "useCustomsIdNo" in said(await caller.post("/deals", new_deal(sandbox, **fields)))
    mismatch = new_deal(sandbox, productType="DP05")
    assert "배송템플릿" in said(await caller.post("/deals", mismatch))
    listing = await register(caller, sandbox, **fields, useCustomsIdNo=True)
    (sold,) = sandbox.sell(next(iter(listing.options))).deals
    assert (sold.customs_id is not None, sold.fee.amount) == (True, 6000)


async def test_the_policy_is_that_of_the_vendor(caller: Caller, sandbox: Sandbox) -> None:
    vendor = next(iter(sandbox.vendors.values()))
    sandbox.vendors[vendor.client_id] = replace(vendor, policy_no=77)
    await caller.fetch_token()
    assert "정책번호" in said(await caller.post("/deals", new_deal(sandbox)))
    listing = await register(caller, sandbox, vendorPolicyNo="77")
    assert (await read(caller, listing))["vendorPolicyNo"] == 77


async def test_an_image_host_that_does_not_answer(caller: Caller, sandbox: Sandbox, deal: Listing) -> None:
    sandbox.faults.silent_image_hosts = {"slow.example.com"}
    picture = ["https://img.slow.example.com/1.jpg"]
    silent = "이미지 파일에 대해 응답이 없습니다"
    assert silent in said(await caller.post("/deals", new_deal(sandbox, mainImages=picture)))
    path = f"/deals/{deal.vendor_deal_no}"
    answer = (await caller.put(path, {"mainImages": picture, "title": "새 이름"})).json()
    assert (answer["deal"]["success"], silent in answer["deal"]["message"]) == (False, True)
    assert deal.title != "새 이름"
    await register(caller, sandbox)  # whose pictures are elsewhere
    sandbox.faults.silent_image_hosts = {""}
    assert silent in said(await caller.post("/deals", new_deal(sandbox, vendorDealNo="TS-2")))
    assert (await caller.put(path, {"title": "새 이름"})).json()["deal"]["success"] is True  # nothing is fetched
    sandbox.faults.clear()
    assert (await caller.put(path, {"mainImages": picture})).json()["deal"]["success"] is True


# --- Answers that do not arrive ---
@pytest.mark.parametrize(
    ("mode", "there"),
    [
        ("error_500_json", False),
        ("error_500", False),
        ("html_502", False),
        ("html_503", False),
        ("throttled", False),
        ("down", False),
        ("hang", False),
        ("empty_without_effect", False),
        ("empty", True),
        ("truncated", True),
        ("hang_after_write", True),
    ],
)
async def test_a_lost_answer_tells_nothing(caller: Caller, sandbox: Sandbox, mode: Any, there: bool) -> None:
    sandbox.faults.mode, sandbox.faults.only, sandbox.faults.times = mode, {"deals.create"}, 1
    try:
        answer = await caller.http.post(
            "/api/SAMPLEVENDOR/deals", json=new_deal(sandbox), headers=caller.headers(), timeout=0.5
        )
    except httpx.TransportError:
        pass
    else:
        with pytest.raises((ValueError, KeyError)):
            answer.json()["dealNo"]
    assert (await caller.get("/deals/TS-1")).status_code == (200 if there else 500)
    again = await caller.post("/deals", new_deal(sandbox))
    assert again.status_code == (500 if there else 200)
    assert len(made(sandbox).options) == 2


async def test_a_slow_answer_comes(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.slow_seconds, sandbox.faults.only = 0.05, {"deals.create"}
    await register(caller, sandbox)
