"""Products that are registered and changed from a list: what TMON has afterwards, and what is said of it."""

from datetime import timedelta

import pytest

from bot.playground.tmon.faults import Mode
from tests.tmon.listings.desk import ADD, CREATE, SETTLED, UPDATE, Desk
from tests.tmon.listings.goods import change_of
from tmon.errors import AppError
from tmon.listings.documents import Kind, Sale, SheetOption, Wanted
from tmon.listings.runner import ProductRunner
from tmon.listings.steps import Act
from tmon.models.listings import ChangeState, ChangeWait, ProductState
from tmon.models.outbox import OutboxMessage
from tmon.models.stock import OptionLink, Sku
from tmon.products.repository import upsert_deal
from tmon.stock.mapping import map_equal_codes


async def test_a_product_is_registered_and_the_same_sheet_changes_nothing(desk: Desk) -> None:
    result = await desk.send(desk.goods())
    assert (result.state, result.note, result.done) == (ChangeState.DONE, None, (Act.REGISTER,))
    deal = desk.deal()
    assert deal.title == "가상브랜드 데일리 티셔츠"
    assert [(o.vendor_option_no, o.price, o.stock) for o in deal.options.values()] == [
        (desk.wire("A-1-L"), 15900, 5),
        (desk.wire("A-1-M"), 15900, 7),
    ]
    product, option = await desk.product(), await desk.option("a-1-l")
    assert (product.state, product.deal_no) == (ProductState.LISTED, deal.deal_no)
    assert option.option_no in deal.options
    upload = await desk.preview(desk.goods())
    assert [one.kind for one in upload.content.judged] == [Kind.SAME]
    with pytest.raises(AppError, match=r"listings\.nothing_to_send"):
        await desk.uploads.accept(desk.person, upload.id)
    assert desk.writes() == 1


async def test_products_and_options_may_have_the_same_numbers(desk: Desk) -> None:
    """Shops that count both from 1, and goods without options, whose only option has the number of its product."""
    first = [SheetOption(line=n, number=str(n), sections=("검정", str(n)), price=15900, stock=5) for n in (1, 2)]
    second = [SheetOption(line=n, number=str(n), sections=("검정", str(n)), price=15900, stock=5) for n in (3, 4)]
    await desk.accept(desk.goods(*first, number="1"), desk.goods(*second, number="2", line=3))
    await desk.rest()
    for number in ("1", "2"):
        result = await desk.result(number)
        assert (result.state, result.note) == (ChangeState.DONE, None)


async def test_only_what_was_changed_is_sent(desk: Desk) -> None:
    await desk.send(desk.goods(keywords=("티셔츠", "가을")))
    price = SheetOption(line=2, number="A-1-L", price=17900)
    result = await desk.send(change_of(price, title="새 이름"))
    assert (result.state, result.done) == (ChangeState.DONE, (Act.CHANGE,))
    assert desk.deal().title == "새 이름"
    assert desk.deal().document["keywords"] == ["티셔츠", "가을"]
    assert desk.prices() == {"A-1-L": 17900, "A-1-M": 15900}
    assert await desk.audited_prices() == [{"A-1-L": [15900, 17900]}]
    (call,) = desk.tmon.calls_of(UPDATE)
    assert isinstance(call.body, dict)
    assert set(call.body) == {"title", "dealOptions"}


async def test_options_are_added_and_hidden_afterwards(desk: Desk) -> None:
    await desk.send(desk.goods())
    new = SheetOption(line=2, number="A-1-S", sections=("검정", "S"), price=14900, stock=3, display=False)
    result = await desk.send(change_of(new))
    assert (result.state, result.note, result.done) == (ChangeState.DONE, None, (Act.ADD, Act.DISPLAY))
    added = desk.deal().option_with_key(desk.wire("A-1-S"))
    assert added is not None
    assert (added.stock, added.display, added.price) == (3, False, 14900)
    assert (await desk.option("A-1-S")).option_no == added.option_no


@pytest.mark.parametrize("mode", ["hang_after_write", "empty", "truncated", "hang", "down", "empty_without_effect"])
async def test_a_lost_answer_is_asked_about(desk: Desk, mode: Mode) -> None:
    desk.tmon.faults.mode, desk.tmon.faults.only, desk.tmon.faults.times = mode, {CREATE}, 1
    result = await desk.send(desk.goods())
    arrived = mode in ("hang_after_write", "empty", "truncated")
    assert result.state is (ChangeState.DONE if arrived else ChangeState.UNKNOWN)
    assert desk.has() is arrived
    await desk.later(SETTLED)
    assert (await desk.result()).state is ChangeState.DONE
    assert (await desk.product()).state is ProductState.LISTED
    assert desk.prices() == {"A-1-L": 15900, "A-1-M": 15900}
    assert desk.calls(CREATE) == (1 if arrived else 2)


@pytest.mark.parametrize("mode", ["error_500", "html_502", "throttled"])
async def test_what_did_not_arrive_is_sent_again(desk: Desk, mode: Mode) -> None:
    desk.tmon.faults.mode, desk.tmon.faults.only, desk.tmon.faults.times = mode, {CREATE}, 1
    result = await desk.send(desk.goods())
    assert result.is_open
    for _ in range(3):
        await desk.later(SETTLED)
    assert (await desk.result()).state is ChangeState.DONE
    assert desk.has()


async def test_a_lost_change_is_asked_about(desk: Desk) -> None:
    await desk.send(desk.goods())
    desk.tmon.faults.mode, desk.tmon.faults.only, desk.tmon.faults.times = "hang_after_write", {UPDATE}, 1
    result = await desk.send(change_of(title="새 이름"))
    assert (result.state, result.done) == (ChangeState.DONE, (Act.CHANGE,))
    assert (desk.deal().title, desk.calls(UPDATE)) == ("새 이름", 1)


async def test_added_options_are_not_added_twice(desk: Desk) -> None:
    await desk.send(desk.goods())
    desk.tmon.faults.mode, desk.tmon.faults.only, desk.tmon.faults.times = "empty", {ADD}, 1
    new = SheetOption(line=2, number="A-1-S", sections=("검정", "S"), price=14900, stock=3)
    assert (await desk.send(change_of(new))).state is ChangeState.DONE
    assert (len(desk.deal().options), desk.calls(ADD)) == (3, 1)


async def test_a_strangers_deal_is_never_taken_over(desk: Desk) -> None:
    """Neither where it is read before, nor where it came up between that and our call."""
    await desk.send(desk.goods(number="B-1"))
    stranger = desk.deal("B-1")
    stranger.vendor_deal_no = desk.wire("A-1")
    for _ in range(2):
        result = await desk.send(desk.goods())
        assert (result.state, result.note) == (ChangeState.FAILED, "listings.not_ours")
        product = await desk.product()
        assert (product.state, product.intended_at, product.deal_no) == (ProductState.FAILED, None, None)
    assert desk.calls(CREATE) == 1


async def test_a_strangers_deal_that_comes_up_meanwhile_is_not_ours(desk: Desk) -> None:
    """It was not there when we looked; TMON's refusal of our first call leaves no right to it."""
    desk.tmon.faults.mode, desk.tmon.faults.only, desk.tmon.faults.times = "error_500_json", {CREATE}, 1
    desk.tmon.faults.error_text = "이미 등록 완료된 딜입니다."
    result = await desk.send(desk.goods())
    assert (result.state, result.note) == (ChangeState.FAILED, "listings.not_ours")
    assert (await desk.product()).intended_at is None


async def test_what_an_earlier_call_has_registered_is_adopted(desk: Desk) -> None:
    """TMON's answer was lost, and TMON did not show the deal for long; then the next call finds that it is there."""
    desk.tmon.faults.mode, desk.tmon.faults.only, desk.tmon.faults.times = "hang", {CREATE}, 1
    await desk.send(desk.goods())
    assert (await desk.product()).intended_at is not None
    await desk.send(desk.goods(number="B-1"))
    async with desk.db.write() as session:
        await session.delete(await desk.product("B-1"))
    desk.deal("B-1").vendor_deal_no = desk.wire("A-1")
    for option in desk.deal().options.values():
        option.vendor_option_no = str(option.vendor_option_no).replace("B-1", "A-1")
    await desk.later(SETTLED)
    result = await desk.result()
    assert (result.state, result.note) == (ChangeState.DONE, None)
    assert (await desk.product()).deal_no == desk.deal().deal_no


async def test_refused_words_are_told_and_the_corrected_sheet_goes(desk: Desk) -> None:
    result = await desk.send(desk.goods(title="금칙어 티셔츠"))
    assert (result.state, result.note) == (ChangeState.FAILED, "listings.refused")
    assert "금칙어" in (result.detail or "")
    assert not desk.has()
    assert (await desk.product()).intended_at is None
    assert (await desk.send(desk.goods())).state is ChangeState.DONE


async def test_a_silent_image_host_is_tried_again(desk: Desk) -> None:
    desk.tmon.faults.silent_image_hosts = {"example.com"}
    result = await desk.send(desk.goods())
    assert (result.state, result.wait) == (ChangeState.WAITING, ChangeWait.RETRY)
    desk.tmon.faults.silent_image_hosts = set()
    await desk.later()
    assert (await desk.result()).state is ChangeState.DONE


async def test_one_half_of_a_change_is_refused(desk: Desk) -> None:
    await desk.send(desk.goods())
    desk.tmon.faults.failing_options = {desk.wire("A-1-L")}
    price = SheetOption(line=2, number="A-1-L", price=17900)
    result = await desk.send(change_of(price, title="새 이름"))
    assert (result.state, result.note) == (ChangeState.FAILED, "listings.options_refused")
    assert result.detail
    assert (desk.deal().title, desk.prices()["A-1-L"]) == ("새 이름", 15900)
    desk.tmon.faults.failing_options = set()
    result = await desk.send(change_of(price, title="새 이름"))
    assert result.state is ChangeState.DONE
    assert desk.prices()["A-1-L"] == 17900
    body = desk.tmon.calls_of(UPDATE)[-1].body
    assert isinstance(body, dict)
    assert "title" not in body


async def test_ten_calls_in_twenty_minutes(desk: Desk) -> None:
    await desk.send(desk.goods())
    for number in range(9):
        assert (await desk.send(change_of(title=f"이름 {number}"))).state is ChangeState.DONE
    first = (await desk.product()).calls[0]
    result = await desk.send(change_of(title="이름 10"))
    assert (result.state, result.wait) == (ChangeState.WAITING, ChangeWait.LIMIT)
    assert result.due_at.isoformat() > first
    progress = await desk.uploads.progress("T1", str(max(await desk.rows(), key=lambda row: row.seq).upload_id))
    assert not progress.ended
    assert desk.calls(UPDATE) == 9
    await desk.later(timedelta(minutes=21))
    assert (await desk.result()).state is ChangeState.DONE
    assert desk.deal().title == "이름 10"
    assert not [call for call in desk.tmon.calls if call.status == 429]


async def test_a_deal_that_is_gone_is_registered_again(desk: Desk) -> None:
    await desk.send(desk.goods())
    desk.deal().deleted = True
    result = await desk.send(change_of(title="새 이름"))
    assert (result.state, result.note) == (ChangeState.FAILED, "listings.gone")
    assert (await desk.product()).deal_no is None
    result = await desk.send(desk.goods(title="새 이름"))
    assert result.state is ChangeState.DONE


async def test_two_sheets_go_in_the_order_of_acceptance(desk: Desk) -> None:
    await desk.send(desk.goods())
    first = await desk.preview(change_of(title="첫째"))
    second = await desk.preview(change_of(title="둘째"))
    await desk.uploads.accept(desk.person, first.id)
    await desk.uploads.accept(desk.person, second.id)
    await desk.rest()
    assert desk.deal().title == "둘째"
    assert [one.state for one in await desk.rows()].count(ChangeState.DONE) == 3


async def test_what_an_open_change_will_alter_is_wanted_back(desk: Desk) -> None:
    """A sheet that says what TMON has now is no change, unless an open one will alter it."""
    await desk.send(desk.goods())
    desk.tmon.faults.mode, desk.tmon.faults.only = "throttled", {UPDATE}
    result = await desk.send(change_of(title="새 이름"))
    assert (result.state, result.wait) == (ChangeState.WAITING, ChangeWait.THROTTLED)
    upload = await desk.accept(change_of(title="가상브랜드 데일리 티셔츠"))
    desk.tmon.faults.mode = None
    await desk.later()
    await desk.later()
    assert desk.deal().title == "가상브랜드 데일리 티셔츠"
    assert (await desk.uploads.progress("T1", upload.id)).ended


async def test_a_create_that_never_left_is_replaced(desk: Desk) -> None:
    desk.store.product_on = False
    first = await desk.preview(desk.goods(title="첫째"))
    desk.tmon.faults.mode, desk.tmon.faults.only = "throttled", {"deals.get"}
    await desk.uploads.accept(desk.person, first.id)
    await desk.rest()
    assert (await desk.result()).wait is ChangeWait.THROTTLED
    await desk.accept(desk.goods(title="둘째"))
    desk.tmon.faults.mode = None
    await desk.later()
    assert desk.deal().title == "둘째"
    assert desk.calls(CREATE) == 1
    (old,) = [one for one in await desk.rows() if one.state is ChangeState.SUPERSEDED]
    assert old.note == "listings.superseded"


async def test_a_switch_that_is_off_stops_it(desk: Desk) -> None:
    upload = await desk.preview(desk.goods())
    async with desk.db.write() as session:
        store = await session.get_one(type(desk.store), ("T1", desk.store.id))
        store.product_on = False
    await desk.uploads.accept(desk.person, upload.id)
    await desk.rest()
    result = await desk.result()
    assert (result.state, result.note) == (ChangeState.FAILED, "listings.switched_off")
    assert desk.writes() == 0
    with pytest.raises(AppError, match=r"switches\.off"):
        await desk.preview(desk.goods())


async def test_a_sale_is_paused_and_resumed(desk: Desk) -> None:
    await desk.send(desk.goods())
    deal = desk.deal()
    for product in ("a-1", deal.deal_no):
        for sale, paused in ((Sale.PAUSE, True), (Sale.RESUME, False)):
            change = await desk.changes.submit(desk.person, desk.store.id, product, Wanted(sale=sale))
            await desk.rest()
            result = await desk.changes.outcome("T1", change)
            assert (result.state, result.note) == (ChangeState.DONE, None)
            assert deal.paused is paused


async def test_a_deal_that_is_not_managed_can_be_paused(desk: Desk) -> None:
    deal = next(one for one in desk.tmon.deals.values() if one.partner_id == desk.store.seller_id)
    with pytest.raises(AppError, match=r"listings\.gone"):
        await desk.changes.submit(desk.person, desk.store.id, deal.deal_no, Wanted(sale=Sale.PAUSE))
    client = desk.core.clients.for_store(desk.store)
    async with desk.db.write() as session:
        await upsert_deal(session, desk.store, await client.deals.get(deal.deal_no), desk.clock())
    change = await desk.changes.submit(desk.person, desk.store.id, deal.deal_no, Wanted(sale=Sale.PAUSE))
    await desk.rest()
    assert (await desk.changes.outcome("T1", change)).state is ChangeState.DONE
    assert deal.paused


async def test_a_list_ends_is_told_once_and_is_accepted_once(desk: Desk) -> None:
    upload = await desk.accept(desk.goods())
    with pytest.raises(AppError, match=r"listings\.sent_already"):
        await desk.uploads.accept(desk.person, upload.id)
    await desk.rest()
    progress = await desk.uploads.progress("T1", upload.id)
    assert (progress.done, progress.total, progress.ended) == (1, 1, True)
    await desk.later()
    await desk.later()
    (message,) = await desk.rows(OutboxMessage)
    assert (message.kind, message.args, message.destination) == ("products_sent", {"upload": upload.id}, "U1")


async def test_a_result_is_told_although_the_clock_was_set_back(desk: Desk) -> None:
    await desk.accept(desk.goods())
    await desk.rest()
    desk.clock.advance(timedelta(days=-1))
    await desk.uploads.tell()
    (message,) = await desk.rows(OutboxMessage)
    assert message.kind == "products_sent"


async def test_values_are_wiped_at_the_end(desk: Desk) -> None:
    await desk.send(desk.goods())
    (change,) = await desk.rows()
    assert (change.wanted, change.sent) == ({}, None)
    assert {*await desk.audited()} == {"product.accept", "product.register"}


async def test_an_option_is_linked_to_the_sku_that_the_sheet_names(desk: Desk) -> None:
    """It starts with what the SKU offers, whatever the cell says, and no key of TMON's equals the code."""
    now = desk.clock()
    async with desk.db.write() as session:
        for code, stock in (("RED", 12), ("BLUE", 1)):
            session.add(
                Sku(
                    team_id="T1",
                    store_id=desk.store.id,
                    id=f"sk_{code}",
                    code=code,
                    stock=stock,
                    safety=2,
                    counted_at=now,
                    updated_at=now,
                )
            )
    options = [
        SheetOption(line=2, number="A-1-L", sections=("검정", "L"), price=15900, stock=99, sku_code="RED"),
        SheetOption(line=3, number="A-1-M", sections=("검정", "M"), price=15900, sku_code="BLUE"),
        SheetOption(line=4, number="A-1-S", sections=("검정", "S"), price=15900, stock=4, sku_code="LATER"),
    ]
    assert (await desk.send(desk.goods(*options))).state is ChangeState.DONE
    assert [one.stock for one in desk.deal().options.values()] == [10, 0, 4]
    async with desk.db.write() as session:
        assert await map_equal_codes(session, desk.store) == 2
        assert await map_equal_codes(session, desk.store) == 0
    links = {one.option_no: one.sku_id for one in await desk.rows(OptionLink)}
    red, blue = (await desk.option("A-1-L")).option_no, (await desk.option("A-1-M")).option_no
    assert links == {red: "sk_RED", blue: "sk_BLUE"}


async def test_a_sku_is_named_later(desk: Desk) -> None:
    """That is no affair of TMON's: nothing is sent."""
    await desk.send(desk.goods())
    before = desk.writes()
    result = await desk.send(change_of(SheetOption(line=2, number="A-1-L", sku_code="RED")))
    assert (result.state, desk.writes()) == (ChangeState.DONE, before)
    assert (await desk.option("A-1-L")).sku_code == "RED"


async def test_a_store_whose_calls_hang_holds_up_no_other(desk: Desk) -> None:
    """The job only asks for what is due: it ends at once, so that it looks at the other stores again."""
    desk.tmon.faults.mode, desk.tmon.faults.only, desk.tmon.faults.times = "throttled", {CREATE}, 1
    assert (await desk.send(desk.goods())).is_open
    desk.clock.advance(SETTLED)
    desk.tmon.faults.mode, desk.tmon.faults.only, desk.tmon.faults.times = "hang", None, 1
    await desk.services[ProductRunner]()
    assert (await desk.result()).is_open
    await desk.services[ProductRunner]()  # somebody sends for the store by now
    await desk.rest()
    assert (await desk.result()).state is ChangeState.DONE
    assert desk.calls(CREATE) == 2
