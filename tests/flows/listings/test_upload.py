"""상품 파일 올리기: what a product of a file becomes, what is sent, what became of it."""

import asyncio

import pytest

from bot.playground.slack.demo import DANIEL, JUNHO, MINJI
from bot.playground.slack.model import View
from handlers.common_views.ids import SwitchAction
from handlers.listings.ids import ListingAction, ListingView
from tests.flows.listings.uploading import (
    CREATE,
    UPDATE,
    choose_file,
    close_all,
    file_of,
    goods_shop,
    kept_uploads,
    listed,
    open_form,
    options,
    press,
    prices,
    problem_rows,
    product,
    register,
    send,
    shown,
    upload,
    writes,
)
from tests.flows.switches import turn
from tests.flows.waybills.shipping import files_of, told
from tests.flows.world import World
from tests.tmon.listings import sheets
from tmon.listings.fields import F, O
from tmon.models.listings import UploadState
from tmon.models.stores import ApiGroup


def choice(view: View, text: str) -> str:
    """The value of a choice in the menu `보기`."""
    found = (element for block in view.blocks for element in block.get("elements", ()))
    menu = next(element for element in found if element.get("action_id") == ListingAction.SHOW_KIND)
    return str(next(one["value"] for one in menu["options"] if one["text"]["text"] == text))


async def test_new_products_are_previewed_and_registered(world: World) -> None:
    store = await goods_shop(world)
    preview = await upload(world, await file_of(world, store, "A-1", "A-2"))
    assert preview.callback_id == ListingView.PREVIEW
    assert "새로 등록 *2* · 변경 *0* · 변경 없음 *0* · 오류 *0*" in shown(preview)
    assert "출고지 한빛리빙 출고지" in shown(preview)
    assert preview.submit is not None
    assert preview.submit["text"] == "2건 등록하기"
    assert writes(world) == []
    result = await send(world)
    assert result.callback_id == ListingView.RESULT
    assert "등록 완료 *2*" in shown(result)
    assert writes(world) == [CREATE, CREATE]
    deal = listed(world, store, "A-1")
    assert (deal.title, prices(deal)) == ("가상브랜드 데일리 티셔츠", {"M": 15_900, "L": 15_900})
    await world.run_job("tell results of products")
    await world.settle()
    assert not any("등록·변경 결과" in text for text in told(world, MINJI)), "it was seen"


async def test_the_same_file_again_changes_nothing(world: World) -> None:
    store = await goods_shop(world)
    await register(world, store, "A-1")
    world.tmon.calls.clear()
    again = await upload(world, await file_of(world, store, "A-1"))
    assert "변경 없음 *1*" in shown(again)
    assert "바뀌는 것이 없습니다" in shown(again)
    assert again.submit is None
    assert writes(world) == []


async def test_only_what_was_changed_is_sent(world: World) -> None:
    store = await goods_shop(world)
    await register(world, store, "A-1")
    world.tmon.calls.clear()
    rows = options("A-1")
    rows[0][O.PRICE] = 17_900
    content = sheets.book([await product(world, store, "A-1", **{F.TITLE: "새 이름"})], rows)
    preview = await upload(world, content)
    assert "변경 *1*" in shown(preview)
    assert "상품명 가상브랜드 데일리 티셔츠 → 새 이름" in shown(preview)
    assert "판매가(A-1-M) 15,900원 → 17,900원 (+12.6%)" in shown(preview)
    assert "재고는 그대로" not in shown(preview)
    assert preview.submit is not None
    assert preview.submit["text"] == "1건 반영하기"
    result = await send(world)
    assert "변경 완료 *1*" in shown(result)
    assert writes(world) == [UPDATE]
    deal = listed(world, store, "A-1")
    assert (deal.title, prices(deal)) == ("새 이름", {"M": 17_900, "L": 15_900})


async def test_products_with_an_error_stay_and_can_be_corrected(world: World) -> None:
    store = await goods_shop(world)
    wrong = options("A-2")
    wrong[1][O.PRICE] = "만원"
    deals = [await product(world, store, "A-1"), await product(world, store, "A-2", **{F.TITLE: None})]
    preview = await upload(world, sheets.book(deals, [*options("A-1"), *wrong]))
    assert "새로 등록 *1* · 변경 *0* · 변경 없음 *0* · 오류 *1*" in shown(preview)
    assert "'상품' 3행 C열 상품명: 상품명을 적어 주세요" in shown(preview)
    assert "'옵션' 5행 F열 판매가: 원 단위 숫자를 적어 주세요: 만원" in shown(preview)
    result = await send(world)
    assert "등록 완료 *1*" in shown(result)
    assert "오류 *1* (보내지 않음)" in shown(result)
    await press(world, ListingAction.PROBLEMS)
    tabs = problem_rows(world)
    (row,) = tabs["상품"]
    assert (row["판매자 상품번호"], row["행"], row["결과"]) == ("A-2", "3", "오류")
    assert "상품명을 적어 주세요" in row["사유"]
    assert [one["판매가"] for one in tabs["옵션"]] == ["15900", "만원"]
    assert tabs["옵션"][0]["사유"] == "같은 상품의 다른 행에 적은 사유를 봐 주세요"
    assert "원 단위 숫자를" in tabs["옵션"][1]["사유"]
    await close_all(world)
    again = await upload(world, files_of(world, MINJI)[-1].content)
    assert "오류 *1*" in shown(again)


async def test_what_tmon_refuses_is_said_in_its_words(world: World) -> None:
    store = await goods_shop(world)
    refused = await product(world, store, "A-2", **{F.TITLE: "금칙어 상품"})
    world.tmon.forbidden_words.add("금칙어")
    await upload(world, sheets.book([await product(world, store, "A-1"), refused], [*options("A-1"), *options("A-2")]))
    result = await send(world)
    assert "등록 완료 *1*" in shown(result)
    assert "실패 *1*" in shown(result)
    assert "티몬이 거절했습니다 (" in shown(result)
    failed = await press(world, ListingAction.SHOW_KIND, value=choice(result, "실패 1"))
    assert "A-2" in shown(failed)
    assert "A-1" not in shown(failed)
    await press(world, ListingAction.PROBLEMS)
    (row,) = problem_rows(world)["상품"]
    assert (row["판매자 상품번호"], row["결과"]) == ("A-2", "실패")
    assert "금칙어" in row["사유"]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_a_price_that_changes_by_more_than_half_is_confirmed(world: World) -> None:
    store = await goods_shop(world)
    await register(world, store, "A-1")
    content = sheets.book([await product(world, store, "A-1")], options("A-1", **{O.PRICE: 1_590}))
    preview = await upload(world, content)
    assert "가격이 50% 넘게 바뀌는 옵션 2개" in shown(preview)
    refused = await world.slack.submit(MINJI, preview.id, {})
    assert not refused.ok
    assert prices(listed(world, store, "A-1")) == {"M": 15_900, "L": 15_900}
    result = await send(world, steep=["yes"])
    assert "변경 완료 *1*" in shown(result)
    assert prices(listed(world, store, "A-1")) == {"M": 1_590, "L": 1_590}


async def test_a_preview_is_sent_once(world: World) -> None:
    store = await goods_shop(world)
    content = await file_of(world, store, "A-1")
    first = await upload(world, content)
    (row,) = await kept_uploads(world)
    assert row.state is UploadState.PREVIEWED
    await asyncio.gather(*(world.slack.submit(MINJI, first.id, {}) for _ in range(2)))
    await world.settle()
    assert "등록 완료 *1*" in shown(world.modal(MINJI)), "whoever presses twice sees the result, too"
    (row,) = await kept_uploads(world)
    assert (row.state, row.told) == (UploadState.SENT, True)
    assert writes(world) == [CREATE]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_products_are_looked_at_one_by_one_and_by_kind(world: World) -> None:
    store = await goods_shop(world)
    await register(world, store, "A-1")
    numbers = [f"B-{number}" for number in range(10)]
    deals = [await product(world, store, number) for number in ("A-1", *numbers)]
    deals[0][F.TITLE] = "새 이름"
    rows = [one for number in ("A-1", *numbers) for one in options(number)]
    preview = await upload(world, sheets.book(deals, rows))
    assert "1/2" in shown(preview)
    assert shown(preview).index("A-1") < shown(preview).index("B-0"), "changes go before new ones"
    second = await press(world, f"{ListingAction.PAGE}#after")
    assert "B-9" in shown(second)
    assert second.submit is not None
    one = await press(world, f"{ListingAction.DEAL}#10")
    assert "고시 내용: 제품 소재: 면 100%; 색상: 검정" in shown(one)
    assert "옵션 B-9-L: 검정 / L · 15,900원 · 재고 5" in shown(one)
    assert one.submit is None
    back = await press(world, f"{ListingAction.PAGE}#back")
    assert "B-9" in shown(back)
    some = await press(world, ListingAction.SHOW_KIND, value=choice(back, "변경 1"))
    assert "새 이름" in shown(some)
    assert "B-0" not in shown(some)
    assert "11건 등록하기" in str(some.submit)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_a_file_that_cannot_be_read_says_why_and_offers_another(world: World) -> None:
    await goods_shop(world)
    form = await open_form(world)
    acted = await choose_file(world, b"a,b\n1,2\n", name="a.csv")
    assert form.id == world.modal(MINJI).id
    assert "판매자 상품번호와 상품 열이 없습니다" in f"{acted.errors}{shown(world.modal(MINJI))}"
    assert writes(world) == []


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_only_who_may_change_products_uploads(world: World) -> None:
    store = await goods_shop(world)
    await world.command(JUNHO, "products")
    await world.slack.click(JUNHO, view_id=world.modal(JUNHO).id, action_id=ListingAction.UPLOAD)
    await world.settle()
    assert "바꿀 수 있습니다" in shown(world.modal(JUNHO))
    await upload(world, await file_of(world, store, "A-1"))
    assert len(await kept_uploads(world)) == 1


async def test_nobody_sees_the_list_of_somebody_else(world: World) -> None:
    store = await goods_shop(world)
    preview = await upload(world, await file_of(world, store, "A-1"))
    await world.command(DANIEL, "products")
    (row,) = await kept_uploads(world)
    assert row.user_id == MINJI
    assert "데일리 티셔츠" not in row.content
    assert row.id in str(preview.private_metadata)


async def test_with_the_switch_off_nothing_is_read_and_it_is_offered(world: World) -> None:
    store = await goods_shop(world)
    form = await open_form(world)
    await turn(world, store, ApiGroup.PRODUCT, on=False)
    await choose_file(world, await file_of(world, store, "A-1"))
    assert form.id is not None
    await close_all(world)
    await world.command(MINJI, "products")
    await world.slack.click(MINJI, view_id=world.modal(MINJI).id, action_id=ListingAction.UPLOAD)
    await world.settle()
    assert SwitchAction.TURN_ON in await world.notice(MINJI)
    assert await kept_uploads(world) == []
    assert list(world.tmon.calls) == []


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_what_was_not_sent_is_sent_later_from_its_preview(world: World) -> None:
    store = await goods_shop(world)
    await upload(world, await file_of(world, store, "A-1"))
    await turn(world, store, ApiGroup.PRODUCT, on=False)
    refused = await send(world)
    assert "처리하지 않았습니다" in shown(refused)
    await turn(world, store, ApiGroup.PRODUCT, on=True)
    assert "새로 등록 *1*" in shown(await press(world, f"{ListingAction.PAGE}#back"))
    assert "등록 완료 *1*" in shown(await send(world))
    assert writes(world) == [CREATE]
