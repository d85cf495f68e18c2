"""Deals: changed, given more options, and how often."""

from datetime import timedelta
from typing import Any

import pytest

from bot.playground.tmon import Listing, Sandbox
from tests.clock import MovableClock
from tests.playground.tmon.caller import SODAM, Caller
from tests.playground.tmon.deal_calls import (
    MINUTE,
    deal_where,
    keys,
    new_deal,
    new_option,
    read,
    register,
    said,
    set_end,
)

LIMIT = (429, {"error": "딜 등록/수정은 20분간 10회까지 가능합니다."})


async def test_an_update_answers_for_its_halves_apart(caller: Caller, sandbox: Sandbox, deal: Listing) -> None:
    first, second, *_ = keys(deal)
    path = f"/deals/{deal.vendor_deal_no}"
    good, skipped = {"success": True, "skip": False}, {"success": True, "skip": True}
    answer = await caller.put(path, {"dealOptions": [{"vendorDealOptionNo": first, "salesPrice": 17900}]})
    assert (answer.status_code, answer.json()) == (200, {"deal": skipped, "dealOptions": good})
    option = next(iter(deal.options.values()))
    assert option.price == 17900
    twice = [{"vendorDealOptionNo": first, "title": "같은 것"}, {"vendorDealOptionNo": second, "title": "같은 것"}]
    answer = await caller.put(path, {"title": "새 이름", "dealOptions": twice})
    assert answer.json() == {
        "deal": good,
        "dealOptions": {"success": False, "skip": False, "message": "중복된 옵션 타이틀"},
    }
    assert (deal.title, option.title) == ("새 이름", "화이트 / 5장")
    answer = await caller.put(path, {"dealOptions": [{"vendorDealOptionNo": "NONE", "salesPrice": 1}]})
    assert answer.json()["dealOptions"]["success"] is False
    bad = {"title": "어떤 이름", "dealOptions": [{"vendorDealOptionNo": first, "salesPrice": 0}]}
    assert (await caller.put(path, bad)).status_code == 400
    assert deal.title == "새 이름"
    sold = sandbox.sell(option.option_no).deals[0]
    assert (sold.title, sold.options[0].price) == ("새 이름", 17900)


async def test_a_template_must_fit_the_deal(caller: Caller, sandbox: Sandbox, deal: Listing) -> None:
    other = deal_where(sandbox, lambda found: found.product_type == "DP05")
    answer = await caller.put(f"/deals/{deal.vendor_deal_no}", {"deliveryTemplateNo": other.template_no})
    assert answer.status_code == 200
    assert answer.json()["deal"]["success"] is False
    assert "배송템플릿" in answer.json()["deal"]["message"]
    fitting = deal_where(sandbox, lambda found: found.template_no != deal.template_no)
    answer = await caller.put(f"/deals/{deal.vendor_deal_no}", {"deliveryTemplateNo": fitting.template_no})
    assert answer.json()["deal"]["success"] is True
    assert (await read(caller, deal))["deliveryTemplateNo"] == fitting.template_no
    foreign = next(no for no, template in sandbox.templates.items() if template.partner_id == SODAM)
    answer = await caller.put(f"/deals/{deal.vendor_deal_no}", {"deliveryTemplateNo": foreign})
    assert (answer.status_code, "배송템플릿" in answer.json()["error"]) == (500, True)


async def test_only_what_is_sent_changes(caller: Caller, sandbox: Sandbox) -> None:
    listing = await register(caller, sandbox, brandName="가상브랜드", keywords=["양말"])
    before = dict(listing.document)
    answer = await caller.put("/deals/TS-1", {"titleDecoration": "여름 신상", "keywords": ["발목", "양말"]})
    assert answer.json()["deal"] == {"success": True, "skip": False}
    assert listing.document == before | {"titleDecoration": "여름 신상", "keywords": ["발목", "양말"]}
    change = listing.changes[-1]
    assert (change.call, change.before, change.after) == (
        "deals.update",
        {"titleDecoration": "봄 신상 모음", "keywords": ["양말"]},
        {"titleDecoration": "여름 신상", "keywords": ["발목", "양말"]},
    )


async def test_what_is_so_already_is_skipped(caller: Caller, sandbox: Sandbox) -> None:
    listing = await register(caller, sandbox)
    same = [{"vendorDealOptionNo": "TS-1-01", "salesPrice": 15900, "sections": ["네이비", "1호"]}]
    answer = await caller.put("/deals/TS-1", {"title": listing.title, "vendorPolicyNo": 999, "dealOptions": same})
    skipped = {"success": True, "skip": True}
    assert answer.json() == {"deal": skipped, "dealOptions": skipped}
    assert [change.call for change in listing.changes] == ["deals.create"] * 2


@pytest.mark.parametrize(
    "body",
    [
        {"brandname": "가상브랜드"},
        {"originCountryType": "E"},
        {"title": "가" * 61},
        {"dealOptions": [{"vendorDealOptionNo": "TS-1-01", "price": 1000}]},
        {"dealOptions": [{"vendorDealOptionNo": "TS-1-01", "Stock": 3}]},
    ],
)
async def test_malformed_changes_change_nothing(caller: Caller, sandbox: Sandbox, body: dict[str, object]) -> None:
    listing = await register(caller, sandbox)
    answer = await caller.put("/deals/TS-1", {"titleDecoration": "여름 신상", **body})
    assert (answer.status_code, bool(said(answer))) == (400, True)
    assert listing.document["titleDecoration"] == "봄 신상 모음"


@pytest.mark.parametrize(
    ("body", "half", "sentence"),
    [
        ({"title": "금칙어 양말"}, "deal", "금칙어"),
        ({"managedTitle": "가" * 61}, "deal", "관리명은"),
        ({"mainImages": ["nowhere"]}, "deal", "정상적인 이미지 URL 이 아닙니다"),
        ({"categoryNo": 1}, "deal", "카테고리"),
        ({"adultOnly": "false"}, "deal", "성인"),
        ({"productType": "DP07"}, "deal", "productType"),
        ({"sections": ["색상", "사이즈"]}, "deal", "sections"),
        ({"useCustomsIdNo": False}, "deal", "useCustomsIdNo"),
        ({"simpleRefundAble": True}, "deal", "simpleRefundAble"),
        ({"salesEndDate": "2026-12-31T23:59:59", "title": "새 이름"}, "deal", "salesEndDate"),
        ({"vendorDealNo": "TS-2"}, "deal", "vendorDealNo"),
        ({"dealOptions": [{"vendorDealOptionNo": "TS-1-01", "stock": 3}]}, "dealOptions", "stock"),
        ({"dealOptions": [{"vendorDealOptionNo": "TS-1-01", "display": False}]}, "dealOptions", "display"),
        ({"mainDealOptionNo": "NONE"}, "deal", "NONE"),
        ({"dealOptions": [{"vendorDealOptionNo": "TS-1-01", "sections": ["금칙어", "L"]}]}, "dealOptions", "금칙어"),
        ({"dealOptions": [{"vendorDealOptionNo": "TS-1-01", "sections": ["가<나", "L"]}]}, "dealOptions", "특수문자"),
        ({"dealOptions": [{"vendorDealOptionNo": "TS-1-01", "sections": ["L"]}]}, "dealOptions", "옵션 구분"),
        ({"dealOptions": [{"vendorDealOptionNo": "TS-1-01", "title": "L"}]}, "dealOptions", "옵션 구분"),
    ],
)
async def test_a_half_that_fails_does_not_keep_the_other(
    caller: Caller, sandbox: Sandbox, body: dict[str, Any], half: str, sentence: str
) -> None:
    listing = await register(caller, sandbox, adultOnly=True)
    price = {"dealOptions": [{"vendorDealOptionNo": "TS-1-02", "salesPrice": 17900}]}
    other = price if half == "deal" else {"titleDecoration": "여름 신상"}
    answer = await caller.put("/deals/TS-1", {**other, **body})
    assert answer.status_code == 200
    results = answer.json()
    failed, went = results.pop(half), next(iter(results.values()))
    assert (failed["success"], sentence in failed["message"]) == (False, True)
    assert went == {"success": True, "skip": False}
    second = list(listing.options.values())[1]
    assert (second.price == 17900) is (half == "deal")
    assert (listing.document["titleDecoration"] == "여름 신상") is (half == "dealOptions")


async def test_an_option_that_cannot_be_changed(caller: Caller, sandbox: Sandbox) -> None:
    listing = await register(caller, sandbox)
    sandbox.faults.failing_options = {"TS-1-02"}
    prices = [{"vendorDealOptionNo": key, "salesPrice": 17900} for key in keys(listing)]
    answer = await caller.put("/deals/TS-1", {"dealOptions": prices})
    assert answer.json()["dealOptions"]["success"] is False
    assert [option.price for option in listing.options.values()] == [15900, 15900]


async def test_an_unknown_policy_changes_nothing(caller: Caller, deal: Listing) -> None:
    answer = await caller.put(f"/deals/{deal.vendor_deal_no}", {"vendorPolicyNo": 1, "title": "새 이름"})
    assert "정책번호" in said(answer)
    assert deal.title != "새 이름"


async def test_a_template_takes_its_fees_along(caller: Caller, sandbox: Sandbox) -> None:
    listing = await register(caller, sandbox)
    dearer = deal_where(sandbox, lambda found: found.terms.fee == 5000)
    await caller.put("/deals/TS-1", {"deliveryTemplateNo": dearer.template_no})
    assert listing.terms == dearer.terms


async def test_every_deal_of_the_shops_can_be_changed(caller: Caller, sandbox: Sandbox) -> None:
    for deal in sandbox.deals.values():
        path = f"/deals/{deal.deal_no}?dealNoType=TMON_DEAL_NUMBER"
        answer = await caller.put(path, {"titleDecoration": "새 문구"}, deal.partner_id)
        assert answer.json()["deal"] == {"success": True, "skip": False}, answer.text
        assert deal.changes[-1].after == {"titleDecoration": "새 문구"}


# --- More options ---
async def test_options_are_added(caller: Caller, sandbox: Sandbox) -> None:
    listing = await register(caller, sandbox)
    answer = await caller.post("/deals/TS-1/options", {"dealOptions": [new_option(3, display=False), new_option(4)]})
    first, *_ = listing.options
    assert (answer.status_code, answer.json()) == (200, {"TS-1-03": first + 2, "TS-1-04": first + 3})
    third = (await read(caller, listing))["dealOptions"][2]
    assert (third["vendorDealOptionNo"], third["stock"], third["display"]) == ("TS-1-03", 50, False)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([new_option(3), new_option(1)], "TS-1-01"),
        ([new_option(3), new_option(4, sections=["네이비", "1호"])], "중복된 옵션 타이틀"),
        ([new_option(3), new_option(4, sections=["네이비"])], "옵션 구분"),
        ([new_option(n) for n in range(3, 202)], "최대 200개"),
    ],
)
async def test_all_options_are_added_or_none(
    caller: Caller, sandbox: Sandbox, options: list[dict[str, Any]], sentence: str
) -> None:
    listing = await register(caller, sandbox)
    answer = await caller.post("/deals/TS-1/options", {"dealOptions": options})
    assert (answer.status_code, sentence in said(answer)) == (500, True)
    assert len(listing.options) == 2


async def test_a_deal_has_two_hundred_options(caller: Caller, sandbox: Sandbox) -> None:
    listing = await register(caller, sandbox)
    answer = await caller.post("/deals/TS-1/options", {"dealOptions": [new_option(n) for n in range(3, 201)]})
    assert (len(answer.json()), len(listing.options)) == (198, 200)
    other = await register(
        caller, sandbox, vendorDealNo="TS-2", dealOptions=[new_option(1, vendorDealOptionNo="TS-2-01")]
    )
    assert min(other.options) > max(listing.options)
    gone = await caller.post("/deals/TS-3/options", {"dealOptions": [new_option(1)]})
    assert said(gone).endswith("(TS-3)가 없습니다")


# --- The limit ---
async def test_creating_and_changing_count_together(caller: Caller, sandbox: Sandbox, clock: MovableClock) -> None:
    await caller.post("/deals", new_deal(sandbox, title="금칙어"))  # refused, and counted
    clock.advance(MINUTE)
    listing = await register(caller, sandbox)
    for n in range(6):
        assert (await caller.put("/deals/TS-1", {"title": f"이름 {n}"})).status_code == 200
    assert (await set_end(caller, listing, "2026-07-01T00:00:00")).status_code == 200
    assert (await caller.post("/deals/TS-1/options", {"dealOptions": [new_option(3)]})).status_code == 200
    for answer in (
        await caller.put("/deals/TS-1", {"title": "이름"}),
        await caller.post("/deals", new_deal(sandbox)),
        await caller.post("/deals/TS-1/options", {"dealOptions": [new_option(4)]}),
    ):
        assert (answer.status_code, answer.json()) == LIMIT
    assert listing.title == "이름 5"
    other = new_deal(sandbox, vendorDealNo="TS-2", dealOptions=[new_option(1, vendorDealOptionNo="TS-2-01")])
    assert (await caller.post("/deals", other)).status_code == 200
    clock.advance(19 * MINUTE)
    assert (await caller.put("/deals/TS-1", {"title": "이름"})).status_code == 200
    assert (await caller.put("/deals/TS-1", {"title": "이름 2"})).status_code == 429
    clock.advance(MINUTE - timedelta(seconds=1))
    assert (await caller.put("/deals/TS-1", {"title": "이름 2"})).status_code == 429
    clock.advance(timedelta(seconds=1))
    assert (await caller.put("/deals/TS-1", {"title": "이름 2"})).status_code == 200
