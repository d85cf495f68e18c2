"""`/tmon settlement`: the month, its products, what is to be checked, the workbook, collecting now, and who may see it."""

import io
from datetime import date
from typing import Any

from openpyxl import load_workbook  # type: ignore[import-untyped]
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import DANIEL, HANEUL, JUNHO, MINJI, SEOYEON
from bot.playground.slack.model import View
from tests.flows.stores.registering import click, labels, private, submit, text_of
from tests.flows.waybills.shipping import files_of
from tests.flows.world import World, at
from tests.tmon.settlement.books import Books
from tmon.models.audit import Audit
from tmon.models.stores import Store


def books_of(world: World, store: Store) -> Books:
    return Books(world.db, store.team_id, store.id)


def buttons(view: View) -> list[str]:
    elements = [e for block in view.blocks for e in [*block.get("elements", []), block.get("accessory", {})]]
    return [e["text"]["text"] for e in elements if e.get("type") == "button"]


def titles(view: View) -> Any:
    return view.title["text"] if isinstance(view.title, dict) else view.title


async def opened(world: World, user: str = MINJI, rest: str = "") -> View:
    assert (await world.command(user, f"정산 {rest}".strip())).ok
    return world.modal(user)


async def test_a_month_is_chosen_and_shows_tmons_columns_one_line_per_kind(world: World) -> None:
    store = await world.add_store()
    books = books_of(world, store)
    await books.read("2026-02-01", "2026-03-09", "2026-03-09 12:10")
    await books.row("1", 1_234_000, rate="88.5", tmon_amount=700, vendor_amount=30)
    await books.row("2", -34_000, kind="RETURN", rate="0.9", missing_since=at(9))
    await books.row("3", 5_000, due="2026-03-10", rate=None)
    await books.row("4", 1_000, due=None)
    view = await opened(world)
    assert titles(view) == "정산"
    assert view.submit is not None
    assert view.submit["text"] == "조회"
    assert labels(view) == ["정산월", "기준"]
    text = text_of(view)
    assert "한빛리빙 · 2026년 3월 · 지급예정일 기준" in text
    assert "*구분 SALE* · 1건" in text
    assert "판매금액 5,000원 · 지급기준금액 5,000원 · 지급률 -\\n" in text
    assert "지급률이 없는 1건은 계산 지급액에 들어 있지 않습니다." in text
    assert "지급예정일이 없어 '판매일' 기준에서만 보입니다" in text
    assert "마지막 수집 어제 12:10" in text
    assert buttons(view) == ["상품별 보기", "확인 필요 보기", "엑셀 받기", "지금 수집"]
    assert (await submit(world, MINJI, {"month": "2026-04", "basis": "pay_due"})).ok
    text = text_of(world.modal(MINJI))
    for words in (
        "2026년 4월 · 지급예정일 기준",
        "*판매금액*\\n1,200,000원",
        "*계산 지급액 (계산값)*\\n1,061,490원",
        "*티몬 부담*\\n700원",
        "*연동사 금액*\\n30원",
        "*구분 SALE* · 1건",
        "지급률 88.5%",
        "지급예정일 4월\u00a010일(금)",
        "*구분 RETURN* · 1건",
        "지급률 90%",
        "계산 지급액 *-30,600원*",
        "이 중 1건은 티몬에서 사라짐: 판매금액 -34,000원, 계산 지급액 -30,600원",
    ):
        assert words in text
    assert (await submit(world, MINJI, {"month": "2026-03", "basis": "sold"})).ok
    text = text_of(world.modal(MINJI))
    assert "2026년 3월 · 판매일 기준" in text
    assert "*판매금액*\\n1,206,000원" in text
    await click(world, MINJI, "settlement.products")
    view = world.modal(MINJI)
    assert "*귤 5kg (딜 77)* · 4건" in text_of(view)
    assert buttons(view) == ["이전"]
    await click(world, MINJI, "settlement.back")
    assert "2026년 3월 · 판매일 기준" in text_of(world.modal(MINJI))


async def test_what_is_to_be_checked_is_counted_and_listed(world: World) -> None:
    store = await world.add_store()
    books = books_of(world, store)
    await books.read("2026-01-01", "2026-02-28", "2026-03-10 12:10")
    world.clock.set(at(13))
    wrong = await books.order("2026-02-01 10:00", "2026-02-05 10:00")
    promotions = [{"option_no": 1, "discount_amount": 2_000, "partner_discount_amount": 500}]
    wrong.initial_state = {"delivery_fees": [], "promotions": promotions}
    async with world.db.write() as session:
        await session.merge(wrong)
    await books.row("1", 18_000, order=wrong, sold="2026-02-01 10:00", due="2026-03-10")
    missed = await books.order("2026-02-02 10:00", "2026-02-06 10:00")
    right = await books.order("2026-02-03 10:00", "2026-02-06 10:00")
    await books.row("2", 20_000, order=right, sold="2026-02-03 10:00", due="2026-03-10")
    await books.row("3", 7_000, order=9_099_000_001, sold="2026-02-03 10:00", due="2026-03-10", title="<!channel>")
    await books.row("4", -100, sold="2026-02-03 10:00", due="2026-03-10", missing_since=at(9), kind="ADJUST")
    await opened(world)
    await click(world, MINJI, "settlement.check")
    view = world.modal(MINJI)
    text = text_of(view)
    assert "*확인 필요 2건* (미정산 1 · 금액 다름 1) · 주문 없는 정산 2건\\n정산 예정 0건 · 정산됨 1건" in text
    assert f"*금액 다름* · 주문 `{wrong.order_no}` 귤 5kg" in text
    assert "예상 판매금액 20,000원 · 정산 판매금액 18,000원 (1건)\\n차이 *-2,000원*" in text
    assert "최초정보 할인 2,000원 (판매자 부담 500원)" in text
    assert f"*미정산* · 주문 `{missed.order_no}` 귤 5kg" in text
    assert "예상 판매금액 20,000원" in text
    assert str(right.order_no) not in text
    assert buttons(view) == ["열기", "열기", "이전"]
    for shown, there in (("settled", str(right.order_no)), ("without_order", "9099000001"), ("gone", "ADJUST")):
        await world.slack.click(
            MINJI, view_id=world.modal(MINJI).id, action_id="settlement.shown", value=shown
        )  # fmt: skip
        await world.settle()
        text = text_of(world.modal(MINJI))
        assert there in text
        assert str(wrong.order_no) not in text
        assert "<!channel" not in text
    assert "티몬에서 사라짐 (3월 10일(화) 09:00 확인)" in text
    await click(world, MINJI, "settlement.back")
    assert "2026년 3월 · 지급예정일 기준" in text_of(world.modal(MINJI))


async def test_before_anything_was_collected_it_says_when_it_will_be_and_collects_now(world: World) -> None:
    store = await world.add_store()
    view = await opened(world)
    assert "아직 수집한 정산이 없습니다. 곧 처음 수집합니다." in text_of(view)
    assert buttons(view) == ["확인 필요 보기", "지금 수집"]
    order = world.tmon.new_order(store.seller_id, deals=1, ordered_at=at(9, day=2))
    world.tmon.move_to(order.order_no, "D5")
    world.clock.set(at(13, day=11))
    view = await opened(world)
    await click(world, MINJI, "settlement.collect")
    assert "'한빛리빙' 정산" in await world.notice(MINJI)
    text = text_of(world.modal(MINJI))
    assert "마지막 수집" in text
    assert "아직 수집한 정산이 없습니다" not in text
    assert "다음 수집" in text


async def test_a_store_that_is_not_collected_says_why(world: World) -> None:
    await world.add_store(order_on=False)
    assert "'주문 API'가 꺼져 있어 수집하지 않습니다" in text_of(await opened(world))


async def test_the_workbook_has_every_row_and_the_same_sums(world: World) -> None:
    store = await world.add_store()
    books = books_of(world, store)
    await books.read("2026-01-01", "2026-03-31", "2026-04-10 12:10")
    world.clock.set(at(13, day=12, month=4))
    missed = await books.order("2026-03-01 10:00", "2026-03-05 10:00", title="=1+1")
    rows = [
        await books.row("1", 1_234_567, rate="88.5", title="=HYPERLINK(1)", order=42),
        await books.row("2", -4_567, kind="RETURN", missing_since=at(9), detail_kind="PART"),
        await books.row("3", 10_001, rate=None),
    ]
    await opened(world)
    await click(world, MINJI, "settlement.export")
    assert "다이렉트 메시지로 보냈습니다" in await world.notice(MINJI)
    (file,) = files_of(world, MINJI)
    assert file.name == "정산_한빛리빙_2026-04.xlsx"
    book = load_workbook(io.BytesIO(file.content))
    assert book.sheetnames == ["정산", "상품별", "확인 필요"]
    head, *listed = [[cell.value for cell in row] for row in book["정산"].rows]
    assert head[6:16] == [
        "구분", "세부 구분", "판매일시", "지급예정일", "판매금액", "지급기준금액", "지급률", "계산 지급액 (계산값)", "티몬 부담", "연동사 금액",
    ]  # fmt: skip
    assert [row[0] for row in listed] == ["1", "2", "3"]
    assert [row[10] for row in listed] == [row.sell_amount for row in rows]
    assert [row[13] for row in listed] == [row.computed_amount for row in rows]
    assert listed[0][2:5] == ["42", "77", "=HYPERLINK(1)"]
    assert book["정산"]["E2"].data_type == "s"
    assert listed[0][9].date() == date(2026, 4, 10)
    assert [row[17] for row in listed] == [None, "티몬에서 사라짐", None]
    products = [[cell.value for cell in row] for row in book["상품별"].rows]
    assert products[1][2:5] == [3, 1_240_001, 1_240_001]
    checked = [[cell.value for cell in row] for row in book["확인 필요"].rows]
    assert [(row[0], row[1]) for row in checked[1:]] == [
        ("미정산", str(missed.order_no)), ("주문 없는 정산", "42"), ("주문 없는 정산", None), ("주문 없는 정산", None),
    ]  # fmt: skip
    assert checked[1][5:] == [20_000, 0, -20_000]
    async with world.db.read() as session:
        actions = list(await session.scalars(select(col(Audit.action))))
    assert "settlement.export" in actions


async def test_amounts_are_for_those_who_manage_or_work(world: World) -> None:
    store = await world.add_store(worker_ids=[JUNHO])
    await books_of(world, store).row("1", 1_234_567, due="2026-03-10")
    for user in (JUNHO, MINJI):
        assert "1,234,567원" in text_of(await opened(world, user))
    for user in (SEOYEON, DANIEL, HANEUL):
        await world.command(user, "settlement")
        assert not world.slack.open_modal(user)
        assert not any("1,234,567" in said for said in private(world, user))
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).worker_ids = []
    for action in ("settlement.products", "settlement.check", "settlement.export", "settlement.collect"):
        await world.slack.click(JUNHO, view_id=world.modal(JUNHO).id, action_id=action)
        await world.settle()
        text = await world.notice(JUNHO)
        assert "1,234,567" not in text
        assert "권한" in text
    assert files_of(world, JUNHO) == []


async def test_it_speaks_english_to_those_whose_slack_does(world: World) -> None:
    store = await world.add_store(worker_ids=[DANIEL])
    await books_of(world, store).row("1", 1_234_567, due="2026-03-10")
    text = text_of(await opened(world, DANIEL))
    assert "Day of payment" in text
    assert "*Sales amount*\\n₩1,234,567" in text
