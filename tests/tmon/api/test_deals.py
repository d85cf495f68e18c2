"""Deals: reading, stock, display, sale status and sale period (docs/tmon-api.md, ch. 8.3, 8.5-8.7 and 17); all their writes."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tmon.api.calls import NEW_DEAL
from tests.tmon.api.conftest import Waits
from tests.tmon.api.examples import deal, option
from tests.tmon.api.stub_server import Reply, StubServer, drop_reply, json_reply, paths, reset_reply, text_reply
from tmon.api import (
    DealChange,
    Notice,
    NoticeItem,
    NotOffered,
    OptionResult,
    OriginCountry,
    ProductType,
    Rejected,
    Remedy,
    SalesStatus,
    StoreApi,
    Throttled,
    UnexpectedResponse,
    UnknownOutcome,
)

NO = 7700112233
BY_TMONS_NUMBER = {"dealNoType": "TMON_DEAL_NUMBER"}
END = datetime(2024, 4, 30, 14, 59, 59, tzinfo=UTC)

WRITES: list[Callable[[StoreApi], Awaitable[object]]] = [
    lambda store: store.deals.create(NEW_DEAL),
    lambda store: store.deals.update("SKU-TS-0001", DealChange(title="티셔츠")),
    lambda store: store.deals.add_options("SKU-TS-0001", NEW_DEAL.options),
    lambda store: store.deals.set_stock(NO, {"SKU-1": 5}),
    lambda store: store.deals.set_display(NO, {"SKU-1": False}),
    lambda store: store.deals.pause(NO),
    lambda store: store.deals.resume(NO),
    lambda store: store.deals.set_sales_period(NO, END),
]


async def test_one(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(deal()))
    one = await store.deals.get(NO)
    (asked,) = stub_server.asked
    assert (paths([asked]), asked.query) == ([f"/deals/{NO}"], BY_TMONS_NUMBER)
    assert (one.deal_no, one.vendor_deal_no, one.title) == (NO, "SKU-TS-0001", "가상브랜드 데일리 티셔츠")
    assert (one.sales_status, one.status) == (SalesStatus.ON_SALE, "DS02")
    assert one.sales_start == datetime(2024, 2, 29, 15, tzinfo=UTC)
    assert one.sales_end == datetime(2024, 3, 31, 14, 59, 59, tzinfo=UTC)
    assert (one.delivery_template_no, one.product_type) == (612345, ProductType.DP07)
    first, second = one.options
    assert (first.option_no, first.vendor_option_no, first.title) == (7700112301, "SKU-7700112301", "네이비 / L")
    assert (first.price, first.stock, first.display) == (15900, 50, True)
    assert (second.option_no, second.stock) == (7700112302, 30)


async def test_deal_made_elsewhere_tells_little(stub_server: StubServer, store: StoreApi) -> None:
    bare = option(stock="7", salesPrice="12000", display="false", sections=["네이비", "L"])
    del bare["title"], bare["vendorDealOptionNo"]
    little = {
        "tmonDealNo": str(NO),
        "vendorDealNo": "",
        "dealContents": {"title": "티셔츠"},
        "salesStatus": "SOLD_OUT",
        "dealDeliveryInfo": {"productType": "DP99"},
        "dealOptions": [bare, option(2, vendorDealOptionNo="", sections=[])],
    }
    stub_server.says(json_reply(little))
    one = await store.deals.get(NO)
    assert (one.vendor_deal_no, one.status, one.delivery_template_no) == (None, None, None)
    assert (one.sales_start, one.sales_end) == (None, None)
    assert (one.sales_status, one.product_type) == (SalesStatus.UNKNOWN, ProductType.UNKNOWN)
    first, second = one.options
    assert (first.vendor_option_no, first.title) == (None, "네이비 / L")
    assert (first.stock, first.price, first.display) == (7, 12000, False)
    assert (second.vendor_option_no, second.title) == (None, "네이비 / L")


async def test_one_with_its_texts(stub_server: StubServer, store: StoreApi) -> None:
    told = deal() | {"dealOptions": [option(sections=["네이비", 95])]}
    told["dealContents"]["originCountryDetail"] = ""
    stub_server.says(json_reply(told))
    one = await store.deals.get(NO)
    assert (one.category_no, one.sections, one.options[0].sections) == (51010101, ("색상", "사이즈"), ("네이비", "95"))
    assert (one.managed_title, one.title_decoration) == ("데일리 티셔츠 2024SS", "봄 신상 모음")
    assert (one.adult_only, one.max_purchase_qty, one.carrier) == (False, 999, "10001")
    assert one.images == ("https://img.example.com/ts/0001_main.jpg",)
    assert one.detail == '<div><img src="https://img.example.com/ts/0001_detail.jpg"></div>'
    assert (one.origin, one.origin_detail) == (OriginCountry.KOREA, None)
    assert one.notices == (Notice(group="의류", items=(NoticeItem(section="제품 소재", description="면 100%"),)),)


GARBAGE = [7, "x", True, [], {}, [None], [{"productType": "의류"}], ["x" * 2001], {"section": []}]


@pytest.mark.parametrize("garbage", GARBAGE, ids=str)
async def test_a_malformed_text_is_one_that_tmon_does_not_tell(
    stub_server: StubServer, store: StoreApi, garbage: Any
) -> None:
    told = deal() | {"sections": garbage, "categoryNo": garbage, "adultOnly": garbage, "managedTitle": garbage}
    contents = dict.fromkeys(("mainImages", "detailContents", "productInfos", "originCountryType"), garbage)
    told["dealContents"] |= contents
    told["dealOptions"] = [option(sections=garbage)]
    stub_server.says(json_reply(told))
    one = await store.deals.get(NO)
    assert (one.title, one.notices or (), one.images, one.sections) == ("가상브랜드 데일리 티셔츠", (), (), ())
    assert one.origin in (None, OriginCountry.UNKNOWN)
    assert one.options[0].sections == ()


async def test_a_detail_that_could_not_be_sent_again_is_not_read(stub_server: StubServer, store: StoreApi) -> None:
    for length, known in ((500_000, True), (500_001, False)):
        told = deal()
        told["dealContents"]["detailContents"] = "가" * length
        stub_server.says(json_reply(told))
        assert ((await store.deals.get(NO)).detail is not None) is known


async def test_a_deal_read_by_its_key_is_not_taken_for_another(stub_server: StubServer, store: StoreApi) -> None:
    for other in ("SKU-TS-0002", "sku-ts-0001", None, "x" * 51):
        stub_server.says(json_reply(deal() | {"vendorDealNo": other}))
        with pytest.raises(UnexpectedResponse) as caught:
            await store.deals.by_vendor_no("SKU-TS-0001")
        assert caught.value.field == "vendorDealNo"


@pytest.mark.parametrize(
    ("number", "path"), [("SKU-TS-0001", "SKU-TS-0001"), ("a/b ?#1", "a%2Fb%20%3F%231"), ("가", "%EA%B0%80")]
)
async def test_by_the_sellers_number(stub_server: StubServer, store: StoreApi, number: str, path: str) -> None:
    stub_server.says(json_reply(deal() | {"vendorDealNo": number}))
    assert (await store.deals.by_vendor_no(number)).deal_no == NO
    assert paths(stub_server.asked) == [f"/deals/{path}"]
    assert stub_server.asked[0].query == {}


@pytest.mark.parametrize("number", ["", ".", ".."])
async def test_what_would_lead_elsewhere_is_no_number(stub_server: StubServer, store: StoreApi, number: str) -> None:
    with pytest.raises(ValueError, match="not a deal number"):
        await store.deals.by_vendor_no(number)
    assert stub_server.asked == []


async def test_another_deal_is_not_taken(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(deal() | {"tmonDealNo": 5}))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.deals.get(NO)
    assert caught.value.field == "tmonDealNo"


def page(total: int, *numbers: int) -> Reply:
    """A page of a deal's options."""
    info = {"totalCount": 9, "totalPage": total, "currentPage": 1}
    return json_reply(deal() | {"dealOptionsPageInfo": info, "dealOptions": [option(number) for number in numbers]})


async def test_all_pages_of_options_are_read(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(page(3, 1, 2), page(3, 2, 3), text_reply("", 503), page(3, 4))
    one = await store.deals.get(NO)
    assert [each.option_no for each in one.options] == [1, 2, 3, 4]
    assert [asked.query for asked in stub_server.asked] == [
        BY_TMONS_NUMBER,
        BY_TMONS_NUMBER | {"page": "2"},
        BY_TMONS_NUMBER | {"page": "3"},
        BY_TMONS_NUMBER | {"page": "3"},
    ]


@pytest.mark.parametrize("second", [page(2, 1, 2), page(2)])
async def test_page_that_tmon_does_not_know(stub_server: StubServer, store: StoreApi, second: Reply) -> None:
    stub_server.says(page(2, 1, 2), second)
    with pytest.raises(UnexpectedResponse) as caught:
        await store.deals.get(NO)
    assert caught.value.field == "dealOptions"


@pytest.mark.parametrize("total", [0, 1, None])
async def test_deal_of_one_page(stub_server: StubServer, store: StoreApi, total: int | None) -> None:
    one = deal() | {"dealOptionsPageInfo": {"totalPage": total}}
    if total is None:
        del one["dealOptionsPageInfo"]
    stub_server.says(json_reply(one))
    assert len((await store.deals.get(NO)).options) == 2
    assert len(stub_server.asked) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tmonDealNo": "x"}, "tmonDealNo"),
        ({"salesStatus": None}, "salesStatus"),
        ({"dealOptions": None}, "dealOptions"),
        ({"dealOptions": [option(stock=None)]}, "dealOptions.0.stock"),
        ({"dealOptions": [option(), 5]}, "dealOptions.1"),
        ({"salesPeriod": {"end": "bald"}}, "salesPeriod.end"),
        ({"dealOptionsPageInfo": {"totalPage": "viele"}}, "dealOptionsPageInfo.totalPage"),
    ],
)
async def test_missing_field_is_named(
    stub_server: StubServer, store: StoreApi, change: dict[str, Any], field: str
) -> None:
    stub_server.says(json_reply({name: value for name, value in (deal() | change).items() if value is not None}))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.deals.get(NO)
    assert caught.value.field == field


async def test_option_whose_key_fits_nowhere_is_one_without(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(deal() | {"dealOptions": [option(vendorDealOptionNo="x" * 51)]}))
    assert [one.vendor_option_no for one in (await store.deals.get(NO)).options] == [None]


@pytest.mark.parametrize("sentence", [f"해당 딜({NO})가 없습니다", "삭제된 딜입니다."])
async def test_deal_that_is_gone(stub_server: StubServer, store: StoreApi, sentence: str) -> None:
    stub_server.says(json_reply({"error": sentence}, 500))
    for ask in (store.deals.get(NO), store.deals.pause(NO)):
        with pytest.raises(Rejected) as caught:
            await ask
        assert caught.value.deal_gone
        assert caught.value.remedy is Remedy.CORRECT
    stub_server.says(json_reply({"error": "옵션이 한 개인 딜입니다."}, 500))
    with pytest.raises(Rejected) as other:
        await store.deals.set_display(NO, {"SKU-1": True})
    assert not other.value.deal_gone


async def test_stock_is_told_per_option(stub_server: StubServer, store: StoreApi) -> None:
    long = "존재하지 않는\n 딜옵션입니다. " + "가" * 1000
    stub_server.says(
        json_reply(
            {
                "SKU-1": {"success": True, "value": 5},
                "SKU-2": {"success": "false", "message": long},
                "SKU-3": {"success": False},
                "SKU-9": {"success": True},
            }
        )
    )
    results = await store.deals.set_stock(NO, {"SKU-1": 5, "SKU-2": 0, "SKU-3": 7})
    (asked,) = stub_server.asked
    assert (asked.method, paths([asked]), asked.query) == ("PUT", [f"/deals/{NO}/stock"], BY_TMONS_NUMBER)
    assert json.loads(asked.body) == {
        "dealOptions": [
            {"vendorDealOptionNo": "SKU-1", "stock": 5},
            {"vendorDealOptionNo": "SKU-2", "stock": 0},
            {"vendorDealOptionNo": "SKU-3", "stock": 7},
        ]
    }
    assert list(results) == ["SKU-1", "SKU-2", "SKU-3"]
    assert results["SKU-1"] == OptionResult(success=True)
    assert results["SKU-3"] == OptionResult(success=False)
    assert not results["SKU-2"].success
    assert (results["SKU-2"].message or "").startswith("존재하지 않는 딜옵션입니다. 가")
    assert len(results["SKU-2"].message or "") == 500
    assert "딜옵션" not in repr(results)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        None,
        {"SKU-1": {"success": True}},
        {"SKU-1": {"success": True}, "SKU-2": {}},
        {"SKU-1": {"success": True}, "SKU-2": True},
        {"success": False, "message": "?"},
    ],
)
async def test_stock_of_which_tmon_does_not_tell_is_unknown(
    stub_server: StubServer, store: StoreApi, answer: object
) -> None:
    stub_server.says(json_reply(answer))
    with pytest.raises(UnknownOutcome) as caught:
        await store.deals.set_stock(NO, {"SKU-1": 5, "SKU-2": 0})
    assert caught.value.remedy is Remedy.REREAD
    assert len(stub_server.asked) == 1


async def test_negative_stock_is_not_sent(stub_server: StubServer, store: StoreApi) -> None:
    with pytest.raises(ValueError, match="negative"):
        await store.deals.set_stock(NO, {"SKU-1": 5, "SKU-2": -1})
    assert stub_server.asked == []


@pytest.mark.parametrize("reply", [text_reply(""), json_reply({}), json_reply(1), json_reply({"SKU-1": None})])
async def test_display(stub_server: StubServer, store: StoreApi, reply: Reply) -> None:
    stub_server.says(reply)
    results = await store.deals.set_display(NO, {"SKU-1": False, "SKU-2": True})
    assert results == {"SKU-1": OptionResult(success=True), "SKU-2": OptionResult(success=True)}
    (asked,) = stub_server.asked
    assert (asked.method, paths([asked]), asked.query) == ("PUT", [f"/deals/{NO}/options/display"], BY_TMONS_NUMBER)
    assert json.loads(asked.body) == {
        "dealOptions": [
            {"vendorDealOptionNo": "SKU-1", "display": False},
            {"vendorDealOptionNo": "SKU-2", "display": True},
        ]
    }


async def test_display_that_failed_for_one_option(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply({"SKU-2": {"success": False, "message": "판매 종료된 옵션입니다."}}))
    results = await store.deals.set_display(NO, {"SKU-1": False, "SKU-2": True})
    assert results["SKU-1"].success
    assert results["SKU-2"] == OptionResult(success=False, message="판매 종료된 옵션입니다.")


@pytest.mark.parametrize("reply", [text_reply(""), json_reply({"salesStatus": "PAUSE"}), json_reply(True)])
async def test_pause_and_resume(stub_server: StubServer, store: StoreApi, reply: Reply) -> None:
    stub_server.says(reply)
    await store.deals.pause(NO)
    await store.deals.resume(NO)
    assert paths(stub_server.asked) == [f"/deals/{NO}/pause", f"/deals/{NO}/resume"]
    for asked in stub_server.asked:
        assert (asked.method, asked.query, asked.body) == ("PUT", BY_TMONS_NUMBER, b"")


async def test_sales_period(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(text_reply(""))
    await store.deals.set_sales_period(NO, END)
    await store.deals.set_sales_period(NO, END, datetime(2024, 3, 31, 15, tzinfo=UTC))
    assert set(paths(stub_server.asked)) == {f"/deals/{NO}/sales-period"}
    assert {asked.method for asked in stub_server.asked} == {"PUT"}
    assert [asked.query for asked in stub_server.asked] == [BY_TMONS_NUMBER] * 2
    assert [json.loads(asked.body) for asked in stub_server.asked] == [
        {"salesEndDate": "2024-04-30T23:59:59"},
        {"salesStartDate": "2024-04-01T00:00:00", "salesEndDate": "2024-04-30T23:59:59"},
    ]
    with pytest.raises(ValueError, match="time zone"):
        await store.deals.set_sales_period(NO, datetime(2024, 4, 30))


@pytest.mark.parametrize("reply", [json_reply({"error": "없는 주소입니다."}, 404), text_reply("", 405)])
async def test_sales_period_may_not_be_offered(stub_server: StubServer, store: StoreApi, reply: Reply) -> None:
    stub_server.says(reply)
    with pytest.raises(NotOffered):
        await store.deals.set_sales_period(NO, END)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "reply",
    [drop_reply(), reset_reply, text_reply("", 503), text_reply("<html/>"), json_reply({"error": "502 Bad Gateway"})],
)
async def test_write_without_an_answer_is_unknown_and_sent_once(
    stub_server: StubServer, store: StoreApi, waits: Waits, reply: Reply, write: Callable[[StoreApi], Awaitable[object]]
) -> None:
    stub_server.says(reply, json_reply({"SKU-1": {"success": True}}))
    with pytest.raises(UnknownOutcome):
        await write(store)
    assert len(stub_server.asked) == 1
    assert waits.slept == []


@pytest.mark.parametrize("write", WRITES)
async def test_time_out_of_a_write(
    stub_server: StubServer, impatient: StoreApi, write: Callable[[StoreApi], Awaitable[object]]
) -> None:
    stub_server.says(stub_server.hang, json_reply({"SKU-1": {"success": True}}))
    with pytest.raises(UnknownOutcome):
        await write(impatient)
    assert len(stub_server.asked) == 1


@pytest.mark.parametrize("write", WRITES)
async def test_limit_of_calls(
    stub_server: StubServer, store: StoreApi, waits: Waits, write: Callable[[StoreApi], Awaitable[object]]
) -> None:
    sentence = "딜 등록/수정은 20분간 10회까지 가능합니다."
    stub_server.says(json_reply({"error": sentence}, 429), text_reply(""))
    with pytest.raises(Throttled) as caught:
        await write(store)
    assert (caught.value.message, caught.value.retry_after) == (sentence, None)
    assert len(stub_server.asked) == 1
    assert waits.slept == []
