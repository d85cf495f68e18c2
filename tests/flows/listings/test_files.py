"""상품 등록 양식 받기 and 상품 목록 받기 in `/tmon products`: files in the person's direct messages."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from openpyxl import load_workbook  # type: ignore[import-untyped]

from bot.playground.slack.demo import DANIEL, HANEUL, MINJI
from bot.playground.tmon.category_tree import leaf_called
from handlers.listing_files.ids import ListingFileAction
from tests.flows.products.deals import add, listing, press, read, shop, shown
from tests.flows.stores.registering import private
from tests.flows.waybills.shipping import files_of
from tests.flows.world import World
from tests.tmon.listings.sheets import STORE_FACTS, judged
from tmon import api
from tmon.listings.documents import Kind, OptionFacts, ProductFacts, SheetContent, Standing, Wanted, WantedOption
from tmon.listings.fields import KEPT_DETAIL, F
from tmon.listings.identity import number_key
from tmon.listings.sheet.known import known_deals
from tmon.listings.sheet.layouts import LAYOUTS
from tmon.listings.sheet.reading import read_sheet
from tmon.listings.sheet.service import ListingSheets
from tmon.models.listings import ChangeState, ListedOption, ListedProduct, Origin, ProductChange, ProductState
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import Store
from tmon.models.templates import DeliveryTemplate
from tmon.products import repository
from tmon.scope import StoreKey
from tmon.spreadsheets.reader import SpreadsheetReader

FORM, EXPORT = ListingFileAction.FORM, ListingFileAction.EXPORT


async def open_list(world: World, user: str = MINJI) -> None:
    await world.command(user, "products")


async def test_the_form_of_a_store_comes_as_a_direct_message(world: World) -> None:
    store = await shop(world)
    async with world.db.write() as session:
        session.add(
            DeliveryTemplate(
                team_id=store.team_id,
                id="dt_1",
                store_id=store.id,
                no=612345,
                name="기본 배송",
                known_since=world.clock(),
            )
        )
    await open_list(world)
    await press(world, FORM)
    (file,) = files_of(world, MINJI)
    assert (file.name.startswith("상품 등록 양식 "), file.name.endswith(".xlsx")) == (True, True)
    book = load_workbook(io.BytesIO(file.content))
    assert book.sheetnames == ["상품", "옵션", "안내", "목록"]
    assert "기본 배송 (612345)" in [cell.value for column in book["목록"].columns for cell in column]
    offered = [cell.value for column in book["목록"].columns for cell in column]
    assert f"생활·주방 > 인테리어 > 도어사인 ({leaf_called('도어사인')})" in offered
    assert "다이렉트 메시지로 보냈습니다" in shown(world)
    assert {call.name for call in world.tmon.calls} <= {"token", "categories"}
    await open_list(world)
    await press(world, FORM)
    assert len(world.tmon.calls_of("categories")) == 1, "what was read serves until the next day"


async def test_the_form_comes_without_categories_while_tmon_is_silent_and_says_so(world: World) -> None:
    await shop(world)
    world.tmon.faults.mode = "html_502"
    await open_list(world)
    await press(world, FORM)
    (file,) = files_of(world, MINJI)
    book = load_workbook(io.BytesIO(file.content))
    said = " ".join(str(cell.value) for row in book["안내"].rows for cell in row)
    assert "카테고리" in said
    assert "도어사인" not in str([cell.value for column in book["목록"].columns for cell in column])


async def test_the_form_is_sent_while_the_switch_is_off_too_and_tmon_is_not_asked(world: World) -> None:
    await shop(world, product_on=False)
    await open_list(world)
    await press(world, FORM)
    assert len(files_of(world, MINJI)) == 1
    assert list(world.tmon.calls) == []


async def test_nothing_to_export_is_said(world: World) -> None:
    await shop(world)
    await open_list(world)
    await press(world, EXPORT)
    assert "내보낼 상품이 없습니다" in shown(world)
    assert files_of(world, MINJI) == []


async def test_an_export_reads_first_what_was_never_read(world: World) -> None:
    store = await shop(world)
    world.tmon.new_order(store.seller_id, deals=2)
    await world.collect()
    await open_list(world)
    await press(world, EXPORT)
    assert len(world.tmon.calls_of("deals.get")) == 2
    (file,) = files_of(world, MINJI)
    assert load_workbook(io.BytesIO(file.content))["상품"].max_row == 3


async def test_what_cannot_be_read_is_left_out_and_said(world: World) -> None:
    store = await shop(world)
    await open_list(world)
    await add(world, listing(world, "호텔수건").deal_no)
    world.tmon.new_order(store.seller_id, deals=3)
    await world.collect()
    world.tmon.faults.mode = "html_502"
    await open_list(world)
    await press(world, EXPORT)
    assert "3개는 아직 읽지 못해 뺐습니다" in str(private(world, MINJI))
    assert load_workbook(io.BytesIO(files_of(world, MINJI)[0].content))["상품"].max_row >= 2


async def test_with_the_switch_off_what_was_read_is_exported_and_tmon_is_not_asked(world: World) -> None:
    store = await shop(world)
    world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    await read(world)
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).product_on = False
    before = len(world.tmon.calls_of("deals.get"))
    await open_list(world)
    await press(world, EXPORT)
    assert (len(files_of(world, MINJI)), len(world.tmon.calls_of("deals.get"))) == (1, before)


async def test_every_member_may_have_the_files_in_their_language(world: World) -> None:
    await shop(world)
    await open_list(world, DANIEL)
    await press(world, FORM, DANIEL)
    (file,) = files_of(world, DANIEL)
    assert file.name.startswith("Product registration form ")
    book = load_workbook(io.BytesIO(file.content))
    assert (book["상품"]["A1"].value, book["상품"]["A1"].comment.text[:8]) == ("판매자 상품번호", "Required")
    assert files_of(world, MINJI) == []


async def test_a_guest_is_refused_the_list_with_its_buttons(world: World) -> None:
    await shop(world)
    await open_list(world, HANEUL)
    assert world.slack.open_modal(HANEUL) == []
    assert files_of(world, HANEUL) == []


# --- the round trip ---


def wire_deal(no: int, **over: Any) -> dict[str, Any]:
    """A deal as TMON tells it."""
    contents = {
        "title": "=HYPERLINK(1) 데일리 티셔츠",
        "titleDecoration": "+가을 신상",
        "mainImages": ["https://img.example.com/1.jpg", "https://img.example.com/2.jpg"],
        "detailContents": "<div>\r\n\t가나다 &nbsp; \u200b끝\r\n</div>\r\n",
        "originCountryType": "E",
        "originCountryDetail": "중국",
        "productInfos": [
            {"productType": "의류", "productInfos": [{"section": "제품 소재", "description": "면 100%: 유기농"}]}
        ],
        **over.pop("contents", {}),
    }
    options = [
        {
            "tmonDealOptionNo": no * 100 + place,
            "vendorDealOptionNo": f"{STORE_FACTS.store_id}-A-{no}-{place}",
            "title": f"검정 {size}",
            "sections": ["검정", size],
            "salesPrice": 15_900 + place,
            "stock": place,
            "display": place > 0,
        }
        for place, size in enumerate(("S", "M", "L"))
    ]
    return {
        "tmonDealNo": no,
        "vendorDealNo": f"{STORE_FACTS.store_id}-A-{no}",
        "deliveryTemplateNo": 612345,
        "categoryNo": 51010101,
        "sections": ["색상", "사이즈"],
        "managedTitle": "@관리명",
        "adultOnly": False,
        "maxPurchaseQty": 5,
        "salesPeriod": {"start": "2026-11-01T00:00:00", "end": "2026-12-31T23:59:59"},
        "dealContents": contents,
        "dealDeliveryInfo": {"deliveryCorp": "10001", "productType": "DP07"},
        "status": "OPEN",
        "salesStatus": "ON_SALE",
        "dealOptionsPageInfo": {"totalCount": 3, "totalPage": 1, "currentPage": 1},
        "dealOptions": options,
        **over,
    }


async def put(world: World, store: Store, *deals: Mapping[str, Any]) -> None:
    async with world.db.write() as session:
        for one in deals:
            await repository.upsert_deal(session, store, api.Deal.model_validate(one), world.clock())


async def exported(world: World, store: Store) -> tuple[SheetContent, Any]:
    """The exported file, as it is read when it is uploaded, and as a workbook."""
    await open_list(world)
    await press(world, EXPORT)
    file = files_of(world, MINJI)[-1]
    tables = await world.bot.services[SpreadsheetReader].read_tabs(file.name, file.content, LAYOUTS)
    facts = await world.bot.services[ListingSheets].facts(store.team_id, store.id)
    return read_sheet(tables, facts), load_workbook(io.BytesIO(file.content))


async def standings(world: World, store: Store, content: SheetContent) -> dict[str, Standing]:
    """Where each product of a sheet stands, from what is stored."""
    found: dict[str, Standing] = {}
    facts = await world.bot.services[ListingSheets].facts(store.team_id, store.id)
    async for known in known_deals(world.db, StoreKey(store.team_id, store.id), facts.carriers):
        number, product = f"#{known.remote.deal_no}", None
        if known.seller_no is not None:
            number = known.seller_no
            options = {
                number_key(own): OptionFacts(own, None, no, known.sku_codes.get(no))
                for no, own in known.option_numbers.items()
            }
            product = ProductFacts(
                number_key(number),
                number,
                known.remote.wire_no,
                known.remote.deal_no,
                Origin.REGISTERED,
                ProductState.LISTED,
                None,
                options,
            )
        linked = {number_key(known.option_numbers.get(no, f"#{no}")): code for no, code in known.sku_codes.items()}
        found[number] = Standing(product=product, remote=known.remote, kept=dict(known.kept), linked=linked)
    return found


async def manage(world: World, store: Store, deal_no: int, number: str, option_numbers: Sequence[str]) -> None:
    """Let a deal be managed here, with the first options by numbers of the seller's."""
    place: dict[str, Any] = {"team_id": store.team_id, "store_id": store.id}
    now = world.clock()
    async with world.db.write() as session:
        session.add(
            ListedProduct(
                **place,
                number_key=number_key(number),
                seller_no=number,
                deal_no=deal_no,
                origin=Origin.REGISTERED,
                state=ProductState.LISTED,
                kept={F.KEYWORDS: ["반팔", "면"], F.BRAND: "올리브", F.KC: "Y", F.KC_NUMBERS: [["안전인증", "HU1"]]},
                created_at=now,
                updated_at=now,
            )
        )
        session.add_all(
            ListedOption(
                **place,
                number_key=number_key(own),
                seller_no=own,
                product_key=number_key(number),
                option_no=deal_no * 100 + position,
                created_at=now,
            )
            for position, own in enumerate(option_numbers)
        )
        session.add(Sku(**place, id="sku_1", code="-SKU-1", stock=3, counted_at=now, updated_at=now))
        session.add(OptionLink(**place, deal_no=deal_no, option_no=deal_no * 100, sku_id="sku_1"))


async def test_an_export_that_is_uploaded_again_changes_nothing(world: World) -> None:
    store = await shop(world)
    long_detail = {"contents": {"detailContents": "가" * 32_768}}
    odd = {
        "contents": {
            "title": "가" * 80,
            "productInfos": [{"productType": "의류", "productInfos": [{"section": "가:나", "description": "다"}]}],
        },
        "salesPeriod": {"start": "2026-11-01T00:00:00", "end": "2026-12-31T00:00:00"},
        "dealDeliveryInfo": {"deliveryCorp": "직접배송", "productType": "DP02"},
        "categoryNo": 99999999,
    }
    no_groups = {"sections": [], "salesPeriod": {"start": "2026-11-01T00:00:00", "end": "2900-12-31T23:59:59"}}
    plain = wire_deal(4, **no_groups)
    for one in plain["dealOptions"]:
        del one["sections"]
    await put(world, store, wire_deal(1), wire_deal(2, **long_detail), wire_deal(3, **odd), plain)
    await manage(world, store, 1, "00012", ["A-1-S", "A-1-M"])
    content, book = await exported(world, store)
    results = judged(content, await standings(world, store, content))
    assert [(one.deal.number, one.kind, one.changes, one.deal.problems) for one in results] == [
        (number, Kind.SAME, [], []) for number in ("00012", "#2", "#3", "#4")
    ]
    assert {F.KEYWORDS, F.KC_NUMBERS, F.DETAIL, F.START, F.END, F.NOTICE_TEXT} <= results[0].deal.values.keys()
    assert [option.number for option in results[0].deal.options] == ["A-1-S", "A-1-M", "#102"]
    products = {cell.value: column for column in book["상품"].columns for cell in column[:1]}
    assert products["상세설명"][2].value == KEPT_DETAIL
    assert products["상품명"][3].value is None, "it could not be read the same"
    for titles, row in (("판매자 상품번호", 1), ("관리명", 1), ("상품명", 1), ("홍보문구", 1)):
        cell = products[titles][row]
        assert (cell.data_type, cell.quotePrefix) == ("s", str(cell.value)[0] in "=+-@")
    assert products["판매 종료"][1].value == datetime(2026, 12, 31, 23, 59)
    options = {cell.value: column for column in book["옵션"].columns for cell in column[:1]}
    assert [options["판매가"][1].value, options["재고"][2].value] == [15_900, 1]
    assert (options["SKU코드"][1].value, options["SKU코드"][1].data_type) == ("-SKU-1", "s")


async def test_an_export_of_deals_as_they_were_read_at_tmon_changes_nothing(world: World) -> None:
    store = await shop(world)
    world.tmon.new_order(store.seller_id, deals=5)
    await world.collect()
    await read(world)
    content, _ = await exported(world, store)
    results = judged(content, await standings(world, store, content))
    assert len(results) >= 2
    assert [(one.deal.number, one.deal.problems) for one in results if one.kind is not Kind.SAME] == []
    assert all(F.TITLE in one.deal.values and one.deal.options for one in results)


async def test_a_registration_that_is_under_way_is_in_the_export(world: World) -> None:
    store = await shop(world)
    wanted = Wanted(
        is_new=True,
        values={F.TITLE: "티셔츠", F.DETAIL: "<p>\n글</p>"},
        options={"a-9-1": WantedOption(number="A-9-1", is_new=True, sections=("S",), price=9_900, stock=3)},
    )
    place: dict[str, Any] = {"team_id": store.team_id, "store_id": store.id}
    now = world.clock()
    async with world.db.write() as session:
        session.add(
            ListedProduct(
                **place, number_key="a-9", seller_no="A-9", origin=Origin.REGISTERED, created_at=now, updated_at=now
            )
        )
        session.add(
            ProductChange(
                **place,
                id="pc_1",
                product_key="a-9",
                user_id=MINJI,
                is_new=True,
                wanted=wanted.model_dump(mode="json"),
                state=ChangeState.WAITING,
                due_at=now,
                seq=1,
                created_at=now,
            )
        )
    content, _ = await exported(world, store)
    (one,) = content.deals
    assert (one.number, one.values[F.TITLE], one.options[0].price, one.options[0].stock) == ("A-9", "티셔츠", 9_900, 3)
