"""Deals: registering, changing, adding options (docs/tmon-api.md, ch. 8.1, 8.2, 8.4 and 13)."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from tests.tmon.api.calls import NEW_DEAL
from tests.tmon.api.conftest import PARTNER
from tests.tmon.api.examples import new_deal, registered
from tests.tmon.api.stub_server import Reply, StubServer, json_reply, paths, text_reply
from tmon.api import (
    ChangedPart,
    DealChange,
    KcAuth,
    KcSubmission,
    NewDeal,
    NewOption,
    OptionChange,
    OriginCountry,
    ProductType,
    Registered,
    Rejected,
    Remedy,
    StoreApi,
    TmonApi,
    UnknownOutcome,
    VendorCredentials,
)

KEY = "SKU-TS-0001"
NO = 7700112233
BY_TMONS_NUMBER = {"dealNoType": "TMON_DEAL_NUMBER"}
LESS = OptionChange(vendor_option_no="SKU-TS-0001-NV-L", price=12900)
PRICE = DealChange(options=(LESS,))
DONE = {"success": True, "skip": False}

Write = Callable[[StoreApi], Awaitable[object]]


async def create(store: StoreApi) -> None:
    await store.deals.create(NEW_DEAL)


async def update(store: StoreApi) -> None:
    await store.deals.update(KEY, PRICE)


async def add_options(store: StoreApi) -> None:
    await store.deals.add_options(KEY, NEW_DEAL.options)


ALL = pytest.mark.parametrize("write", [create, update, add_options])


async def test_a_deal_is_registered_with_its_options(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(registered()))
    assert await store.deals.create(NEW_DEAL) == Registered(
        NO, {"SKU-TS-0001-NV-L": 7700112301, "SKU-TS-0001-WH-M": 7700112302}
    )
    (asked,) = stub_server.asked
    assert (asked.method, paths([asked]), asked.query) == ("POST", ["/deals"], {})
    assert json.loads(asked.body) == new_deal()


async def test_what_is_given_besides_is_sent(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(registered()))
    more = {
        "product_type": ProductType.DP03,
        "sales_start": datetime(2024, 3, 31, 15, tzinfo=UTC),
        "sales_end": datetime(2024, 4, 30, 14, 59, 59, tzinfo=UTC),
        "legal_permission": "NONE",
        "adult_only": True,
        "origin": OriginCountry.TYPED,
        "origin_detail": "베트남",
        "kc": KcSubmission.SUBMITTED,
        "kc_auths": (KcAuth(section="전기용품", no="HU071234-1"),),
        "keywords": ("티셔츠", "반팔"),
    }
    await store.deals.create(NEW_DEAL.model_copy(update=more))
    assert json.loads(stub_server.asked[0].body) == new_deal() | {
        "productType": "DP03",
        "useCustomsIdNo": True,
        "salesStartDate": "2024-04-01T00:00:00",
        "salesEndDate": "2024-04-30T23:59:59",
        "legalPermissionType": "NONE",
        "adultOnly": True,
        "originCountryType": "E",
        "originCountryDetail": "베트남",
        "kcAuthSubmitType": "Y",
        "kcAuths": [{"section": "전기용품", "no": "HU071234-1"}],
        "keywords": ["티셔츠", "반팔"],
    }


def test_what_is_to_be_sent_can_be_kept() -> None:
    dated = NEW_DEAL.model_copy(update={"sales_end": datetime(2024, 4, 30, 14, 59, 59, tzinfo=UTC)})
    for deal in (NEW_DEAL, dated):
        kept = json.loads(json.dumps(deal.model_dump(mode="json")))
        assert NewDeal.model_validate(kept) == deal
    change = DealChange(title="x", kc_auths=(), options=PRICE.options)
    assert DealChange.model_validate(change.model_dump(mode="json")) == change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kc": KcSubmission.UNKNOWN}, "unknown code"),
        ({"origin": OriginCountry.UNKNOWN}, "unknown code"),
        ({"product_type": ProductType.UNKNOWN}, "unknown code"),
        ({"options": NEW_DEAL.options * 2}, "same key"),
    ],
)
async def test_what_would_be_something_else_at_tmon_is_not_sent(
    stub_server: StubServer, store: StoreApi, change: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        await store.deals.create(NEW_DEAL.model_copy(update=change))
    assert stub_server.asked == []


async def test_without_a_policy_number_nothing_is_registered(stub_server: StubServer, api: TmonApi) -> None:
    own = api.store(VendorCredentials("own-client", "own-secret"), PARTNER)
    assert own.deals.policy_no is None
    with pytest.raises(ValueError, match="policy number"):
        await own.deals.create(NEW_DEAL)
    assert (stub_server.asked, stub_server.token_requests) == ([], [])


@pytest.mark.parametrize(
    "change",
    [
        {"dealNo": None},
        {"dealNo": {}},
        {"dealNo": {"sku-ts-0001": NO}},
        {"dealNo": NO},
        {"dealNo": {KEY: "x"}},
        {"dealNo": {KEY: True}},
        {"dealOptionNos": []},
        {"dealOptionNos": {"SKU-TS-0001-NV-L": 1}},
        {"dealOptionNos": {"SKU-TS-0001-NV-L": 1, "SKU-TS-0001-WH-M": None}},
        {"dealOptionNos": {"SKU-TS-0001-NV-L": 1, "SKU-TS-0001-WH-M": 2**63}},
    ],
    ids=str,
)
async def test_a_deal_whose_numbers_are_not_told_is_looked_up(
    stub_server: StubServer, store: StoreApi, change: dict[str, Any]
) -> None:
    stub_server.says(json_reply(registered() | change))
    with pytest.raises(UnknownOutcome):
        await store.deals.create(NEW_DEAL)
    assert len(stub_server.asked) == 1


@ALL
@pytest.mark.parametrize("said", [text_reply(""), json_reply([]), json_reply({}), json_reply(True), json_reply(None)])
async def test_success_that_tells_nothing_is_no_success(
    stub_server: StubServer, store: StoreApi, said: Reply, write: Write
) -> None:
    stub_server.says(said)
    with pytest.raises(UnknownOutcome):
        await write(store)


async def test_what_changes_is_sent_and_nothing_else(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply({"deal": DONE, "dealOptions": {"success": "true", "skip": True}}))
    texts = OptionChange(vendor_option_no="SKU-TS-0001-WH-M", sections=("화이트", "S"))
    changed = await store.deals.update(KEY, DealChange(title="새 이름", adult_only=True, options=(LESS, texts)))
    (asked,) = stub_server.asked
    assert (asked.method, paths([asked]), asked.query) == ("PUT", [f"/deals/{KEY}"], {})
    assert json.loads(asked.body) == {
        "title": "새 이름",
        "adultOnly": True,
        "dealOptions": [
            {"vendorDealOptionNo": "SKU-TS-0001-NV-L", "salesPrice": 12900, "price": 12900},
            {"vendorDealOptionNo": "SKU-TS-0001-WH-M", "sections": ["화이트", "S"]},
        ],
    }
    assert (changed.deal, changed.options) == (ChangedPart(False, None), ChangedPart(True, None))
    assert changed.refusal is None


@pytest.mark.parametrize("number", ["", ".", ".."])
async def test_what_would_lead_elsewhere_is_not_changed(stub_server: StubServer, store: StoreApi, number: str) -> None:
    for ask in (store.deals.update(number, PRICE), store.deals.add_options(number, NEW_DEAL.options)):
        with pytest.raises(ValueError, match="not a deal number"):
            await ask
    assert stub_server.asked == []


async def test_a_deal_without_a_key_is_named_by_tmons_number(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply({"deal": DONE, "dealOptions": DONE}), json_reply({"N-1": 5}))
    await store.deals.update(NO, DealChange(brand="가상브랜드"))
    await store.deals.add_options(NO, [NewOption(vendor_option_no="N-1", title="새 옵션", price=100, stock=0)])
    assert paths(stub_server.asked) == [f"/deals/{NO}", f"/deals/{NO}/options"]
    assert [asked.query for asked in stub_server.asked] == [BY_TMONS_NUMBER] * 2


@pytest.mark.parametrize("failed", ["deal", "dealOptions"])
async def test_deal_and_options_fail_each_by_itself(stub_server: StubServer, store: StoreApi, failed: str) -> None:
    sentence = "중복된 옵션 타이틀\n 010-1234-5678 " + "가" * 600
    answer = {"deal": DONE, "dealOptions": DONE, failed: {"success": False, "skip": True, "message": sentence}}
    stub_server.says(json_reply(answer))
    changed = await store.deals.update(KEY, PRICE)
    good, bad = (changed.options, changed.deal) if failed == "deal" else (changed.deal, changed.options)
    assert (good, bad.skipped) == (ChangedPart(False, None), True)
    assert bad.refusal is not None
    assert bad.refusal is changed.refusal
    said = bad.refusal.message or ""
    assert said.startswith("중복된 옵션 타이틀 ")
    assert (len(said) <= 500, "1234" in said) == (True, False)
    assert (bad.refusal.remedy, bad.refusal.status) == (Remedy.CORRECT, 200)
    assert "중복" not in repr(changed)


@pytest.mark.parametrize("message", [None, "", 7, {"text": "?"}])
async def test_a_part_may_fail_without_a_sentence(stub_server: StubServer, store: StoreApi, message: object) -> None:
    stub_server.says(json_reply({"deal": {"success": False, "message": message}, "dealOptions": DONE}))
    refusal = (await store.deals.update(KEY, PRICE)).refusal
    assert refusal is not None
    assert refusal.message in (None, "7")


@pytest.mark.parametrize(
    "answer",
    [
        {"deal": DONE},
        {"dealOptions": DONE},
        {"deal": DONE, "dealOptions": True},
        {"deal": DONE, "dealOptions": {"skip": True}},
        {"deal": {"success": None}, "dealOptions": DONE},
        {"deal": {"success": "?"}, "dealOptions": DONE},
        {"success": True},
    ],
    ids=str,
)
async def test_a_change_whose_parts_are_not_told_is_looked_up(
    stub_server: StubServer, store: StoreApi, answer: dict[str, Any]
) -> None:
    stub_server.says(json_reply(answer))
    with pytest.raises(UnknownOutcome):
        await store.deals.update(KEY, PRICE)


@pytest.mark.parametrize("part", ["deal", "dealOptions"])
async def test_trouble_inside_tmon_says_nothing_of_a_change(
    stub_server: StubServer, store: StoreApi, part: str
) -> None:
    trouble = {"success": False, "message": "org.springframework.web.client.ResourceAccessException: I/O error"}
    stub_server.says(json_reply({"deal": DONE, "dealOptions": DONE, part: trouble}))
    with pytest.raises(UnknownOutcome):
        await store.deals.update(KEY, PRICE)


async def test_options_are_added(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply({"N-1": 7700112303, "N-2": "7700112304", "other": 1}))
    options = [
        NewOption(vendor_option_no="N-1", sections=("블랙", "L"), price=15900, stock=5),
        NewOption(vendor_option_no="N-2", title="블랙 M", price=16900, stock=0, display=False),
    ]
    assert await store.deals.add_options(KEY, options) == {"N-1": 7700112303, "N-2": 7700112304}
    (asked,) = stub_server.asked
    assert (asked.method, paths([asked]), asked.query) == ("POST", [f"/deals/{KEY}/options"], {})
    new = {"stock": 5, "display": True, "price": 15900, "salesPrice": 15900}
    assert json.loads(asked.body) == {
        "dealOptions": [
            {"vendorDealOptionNo": "N-1", "sections": ["블랙", "L"], **new},
            {
                "vendorDealOptionNo": "N-2",
                "title": "블랙 M",
                **new,
                "price": 16900,
                "salesPrice": 16900,
                "stock": 0,
                "display": False,
            },
        ]
    }


async def test_options_are_added_once(stub_server: StubServer, store: StoreApi) -> None:
    with pytest.raises(ValueError, match="same key"):
        await store.deals.add_options(KEY, NEW_DEAL.options * 2)
    assert stub_server.asked == []
    stub_server.says(json_reply({"SKU-TS-0001-NV-L": 1}))
    with pytest.raises(UnknownOutcome):
        await store.deals.add_options(KEY, NEW_DEAL.options)
    assert len(stub_server.asked) == 1


def test_prices_and_stock_are_within_their_limits() -> None:
    for fields in ({"price": 0}, {"price": -5}, {"price": 1.5}, {"price": True}, {"stock": -1}):
        with pytest.raises(ValidationError):
            NewOption(vendor_option_no="a", title="a", **({"price": 1, "stock": 1} | fields))
    with pytest.raises(ValidationError):
        OptionChange(vendor_option_no="a", price=0)
    with pytest.raises(ValidationError):
        DealChange.model_validate({"adult_only": False})


SENTENCES = [
    ("이미 등록 완료된 딜입니다.", {"deal_exists"}, Remedy.REREAD),
    ("해당 딜(SKU-TS-0001)가 없습니다", {"deal_gone"}, Remedy.CORRECT),
    ("삭제된 딜입니다.(SKU-TS-0001)", {"deal_gone"}, Remedy.CORRECT),
    ("상품명에 금칙어가 포함되어 있습니다.", set(), Remedy.CORRECT),
    ("배송템플릿의 상품유형이 딜의 상품유형과 일치하지 않습니다.", set(), Remedy.CORRECT),
    ("해당 배송템플릿(612345)가 없습니다", set(), Remedy.CORRECT),
    ("정상적인 이미지 URL 이 아닙니다.", set(), Remedy.CORRECT),
    ("중복된 옵션 타이틀", set(), Remedy.CORRECT),
    ("관리명은 60자를 넘을 수 없습니다.", set(), Remedy.CORRECT),
    ("이미지 파일에 대해 응답이 없습니다. (https://img.example.com/1.jpg)", {"image_host_silent"}, Remedy.RETRY),
]
FLAGS = ("deal_exists", "deal_gone", "image_host_silent")


@ALL
@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize(("sentence", "flags", "remedy"), SENTENCES)
async def test_refusals_are_told_apart(
    stub_server: StubServer,
    store: StoreApi,
    write: Write,
    status: int,
    sentence: str,
    flags: set[str],
    remedy: Remedy,
) -> None:
    stub_server.says(json_reply({"error": sentence}, status))
    with pytest.raises(Rejected) as caught:
        await write(store)
    assert {flag for flag in FLAGS if getattr(caught.value, flag)} == flags
    assert (caught.value.remedy, caught.value.status) == (remedy, status)
    assert (caught.value.message or "")[:10] == sentence[:10]
    assert len(stub_server.asked) == 1


@pytest.mark.parametrize(("sentence", "flags", "remedy"), SENTENCES)
async def test_refusals_of_a_part_are_told_apart_alike(
    stub_server: StubServer, store: StoreApi, sentence: str, flags: set[str], remedy: Remedy
) -> None:
    far = "a" * 600 + sentence  # what people read of it is cut; what is made of it is not
    stub_server.says(json_reply({"deal": {"success": False, "message": far}, "dealOptions": DONE}))
    refusal = (await store.deals.update(KEY, PRICE)).refusal
    assert refusal is not None
    assert {flag for flag in FLAGS if getattr(refusal, flag)} == flags
    assert refusal.remedy is remedy


@ALL
async def test_secrets_do_not_come_back_in_sentences(stub_server: StubServer, store: StoreApi, write: Write) -> None:
    stub_server.says(json_reply({"error": f"배송템플릿 오류 {PARTNER.partner_token}"}, 500))
    with pytest.raises(Rejected) as caught:
        await write(store)
    assert PARTNER.partner_token not in f"{caught.value.message}{caught.value}"
