"""Records of TMON that cannot be read or stored: the others arrive, and people hear of them in their own words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from bot.playground.slack.demo import DANIEL, JUNHO
from bot.playground.tmon import buyer_cancels, complete_claim, new_question
from bot.playground.tmon.seed_shop import open_shop
from handlers.unread.ids import UnreadAction
from tests.flows.cards import direct, posted
from tests.flows.inquiries.collecting import again as later_inquiries
from tests.flows.inquiries.collecting import waiting as waiting_inquiries
from tests.flows.orders.collecting import again, standing
from tests.flows.stock.shop import LIVING, Shop
from tests.flows.world import World
from tmon.claims.collector import CLAIMS
from tmon.inquiries.collector import INQUIRIES
from tmon.models.collection import Unread, UnreadRecord, UnreadWhy
from tmon.models.incidents import Incident
from tmon.models.orders import OrderState
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.products.catalog import CatalogService
from tmon.stock.push_preview import StockPreviews
from tmon.stores.service import StoreService

Document = Any


async def unread(world: World) -> list[tuple[str, str, str]]:
    """What is set aside: kind, number and reason."""
    async with world.db.read() as session:
        rows = await session.scalars(select(UnreadRecord).order_by(col(UnreadRecord.what), col(UnreadRecord.number)))
        return [(row.what, row.number, row.why) for row in rows]


def breaks(world: World, number: int, change: Callable[[Document], object], *, singly: bool = True) -> None:
    """Lets TMON send this order changed, in lists and (unless not `singly`) alone."""

    def one(order: Document) -> Document:
        if order["tmonOrderNo"] == number:
            change(order)
        return order

    world.tmon.faults.rewrites["orders.list"] = lambda orders: [one(order) for order in orders]
    if singly:
        world.tmon.faults.rewrites["orders.get"] = one


def option(order: Document) -> Document:
    """The first option of an order."""
    return order["deals"][0]["dealOptions"][0]


BROKEN: list[tuple[Callable[[Document], object], UnreadWhy]] = [
    (lambda order: option(order).update(qty=None), UnreadWhy.MISSING),
    (lambda order: option(order).update(purchasePrice=10**30), UnreadWhy.TOO_LARGE),
    (lambda order: option(order).update(salesPrice=15900.5), UnreadWhy.FRACTION),
    (lambda order: order["deals"][0].update(deliveryNo="9" * 80), UnreadWhy.TOO_LONG),
    (lambda order: order.update(orderDate="9999-12-31T00:00"), UnreadWhy.MALFORMED),
    (lambda order: order.update(deals={"0": None}), UnreadWhy.MALFORMED),
]


@pytest.mark.parametrize(("change", "why"), BROKEN, ids=[why for _, why in BROKEN])
async def test_order_that_cannot_be_read_is_set_aside_and_told_once(
    world: World, change: Callable[[Document], object], why: UnreadWhy
) -> None:
    store = await world.add_store()
    good, bad = world.tmon.new_order(store.seller_id), world.tmon.new_order(store.seller_id)
    breaks(world, bad.order_no, change)
    await world.collect()
    assert [order.order_no for order in await world.orders()] == [good.order_no]
    assert await unread(world) == [(Unread.ORDER, str(bad.order_no), why)]
    state = await standing(world, store)
    assert (state.failures, state.error) == (0, None)
    assert state.watermark is not None
    (said,) = direct(world, world.owner)
    assert said in [f"[{store.name}] 주문 {bad.order_no}{particle} 읽지 못했습니다." for particle in "을를"]
    assert not [message for message in world.posts("주문") if str(bad.order_no) in str(message.blocks) + message.text]
    (mail,) = world.mail.messages
    assert mail.recipients == ("operator@example.com",)
    assert str(bad.order_no) in mail.text
    await again(world)
    await again(world)
    assert len(direct(world, world.owner)) == 1
    assert len(world.mail.messages) == 1
    async with world.db.read() as session:
        assert (await session.scalars(select(Incident))).all() == []


async def test_the_operator_hears_once_a_day_of_a_field_that_is_wrong_in_many_stores(world: World) -> None:
    stores = [await world.add_store(), await world.add_store(partner=1)]
    bad = [world.tmon.new_order(store.seller_id) for store in stores for _ in range(2)]

    def spoiled(orders: list[Document]) -> list[Document]:
        for order in orders:
            for one in order["deals"][0]["dealOptions"]:  # whichever option it is
                one.update(qty=None)
        return orders

    def one_spoiled(order: Document) -> Document:
        return spoiled([order])[0]

    world.tmon.faults.rewrites |= {"orders.list": spoiled, "orders.get": one_spoiled}
    await world.collect()
    assert len(await unread(world)) == 4
    assert len(direct(world, world.owner)) == 2, "those of each store"
    first, *others = world.mail.messages
    assert not others
    assert "2곳" in first.text
    for name in (*(store.name for store in stores), *(str(order.order_no) for order in bad)):
        assert name in first.text
    world.tmon.new_order(stores[0].seller_id)
    await again(world)
    assert len(await unread(world)) == 5
    assert len(world.mail.messages) == 1
    world.clock.advance(timedelta(days=1))
    world.tmon.new_order(stores[1].seller_id)
    await again(world)
    assert len(world.mail.messages) == 2


async def test_order_that_can_be_read_again_comes_and_its_note_goes(world: World) -> None:
    store = await world.add_store()
    bad = world.tmon.new_order(store.seller_id)
    breaks(world, bad.order_no, lambda order: option(order).update(qty=None))
    await world.collect()
    assert await world.orders() == []
    world.tmon.faults.rewrites.clear()
    await again(world)
    assert (await world.order(store, bad.order_no)).state is OrderState.NEW
    assert await unread(world) == []
    (message,) = await posted(world, "unread/")
    assert "이제 읽었습니다" in str(message.blocks)


async def test_order_that_only_its_list_spoils_is_read_singly(world: World) -> None:
    store = await world.add_store()
    bad = world.tmon.new_order(store.seller_id)
    breaks(world, bad.order_no, lambda order: option(order).update(qty=None), singly=False)
    await world.collect()
    assert (await world.order(store, bad.order_no)).state is OrderState.NEW
    assert await unread(world) == []
    assert direct(world, world.owner) == []


async def test_order_whose_texts_are_spoiled_is_of_use(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)

    def spoil(order: Document) -> None:
        option(order).pop("dealOptionTitle")
        order["deals"][0]["dealTitle"] = "수건\ud83d\x00\u202e 10장" + "가" * 5000
        order["deliveryMemo"] = ["?"]

    breaks(world, order.order_no, spoil)
    await world.collect()
    (kept,) = await world.orders()
    assert kept.title.startswith("수건 10장가")
    assert await unread(world) == []


async def test_order_that_cannot_be_stored_stops_no_other(world: World) -> None:
    store = await world.add_store()
    orders = [world.tmon.new_order(store.seller_id) for _ in range(3)]
    bad = orders[1].order_no
    await forbid(world, bad)
    await world.collect()
    assert [order.order_no for order in await world.orders()] == [orders[0].order_no, orders[2].order_no]
    assert await unread(world) == [(Unread.ORDER, str(bad), UnreadWhy.NOT_STORED)]
    assert (await standing(world, store)).failures == 0


async def forbid(world: World, number: int, table: str = "orders", column: str = "order_no") -> None:
    """Lets the database refuse a row, as it would a value that it cannot hold."""
    async with world.db.engine.begin() as connection:
        if world.db.engine.dialect.name == "postgresql":
            await connection.execute(text(f"ALTER TABLE {table} ADD CHECK ({column} <> {number})"))
        else:
            await connection.execute(
                text(
                    f"CREATE TRIGGER refuse BEFORE INSERT ON {table} WHEN NEW.{column} = {number} "
                    "BEGIN SELECT RAISE(ABORT, 'not this one'); END"
                )
            )


async def test_record_without_a_number_is_told_without_one(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    world.tmon.faults.rewrites["orders.list"] = lambda orders: [*orders, None, {"tmonOrderNo": "?"}]
    await world.collect()
    assert len(await world.orders()) == 1
    assert await unread(world) == [(Unread.ORDER, "", UnreadWhy.MALFORMED)]
    assert "번호를 알 수 없는 주문" in direct(world, world.owner)[0]
    world.tmon.faults.rewrites.clear()
    await again(world)
    assert await unread(world) == []


async def test_cancel_that_cannot_be_read_is_set_aside(world: World) -> None:
    store = await world.add_store()
    first, second = world.tmon.new_order(store.seller_id), world.tmon.new_order(store.seller_id)
    for order in (first, second):
        assert buyer_cancels(world.tmon, order.order_no) is not None
    claim = min(world.tmon.claims)
    world.tmon.faults.rewrites["cancellations.search"] = lambda page: {
        **page,
        "items": [one | {"tmonOrderNo": None} if one["claimNo"] == claim else one for one in page["items"]],
    }
    await world.collect()
    await world.collect(CLAIMS)
    assert await unread(world) == [(Unread.CANCEL, str(claim), UnreadWhy.MISSING)]
    notes = [order.note for order in await world.orders()]
    assert notes == [None, "orders.note_cancel_requested"]
    world.tmon.faults.rewrites.clear()
    await again(world)
    await world.collect(CLAIMS)
    assert await unread(world) == []
    assert {order.note for order in await world.orders()} == {"orders.note_cancel_requested"}


async def test_completed_cancel_that_could_not_be_read_is_read_again_by_later_runs(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=2)
    claim = buyer_cancels(world.tmon, order.order_no, deal_no=order.deals[0].deal_no)
    assert claim is not None
    complete_claim(world.tmon, claim.claim_no)
    world.tmon.faults.rewrites["cancellations.search"] = lambda page: {
        **page,
        "items": [one | {"tmonOrderNo": None} for one in page["items"]],
    }
    await world.collect()
    await world.collect(CLAIMS)
    assert await unread(world) == [(Unread.CANCEL, str(claim.claim_no), UnreadWhy.MISSING)]
    world.tmon.faults.rewrites.clear()
    await again(world, timedelta(hours=3))
    await world.collect(CLAIMS)
    assert await unread(world) == []


async def test_unread_cancel_is_forgotten_when_no_list_has_it_any_more(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    world.tmon.faults.rewrites["cancellations.search"] = lambda page: {
        **page,
        "items": [one | {"tmonOrderNo": None} for one in page["items"]],
    }
    await world.collect(CLAIMS)
    assert await unread(world) == [(Unread.CANCEL, str(claim.claim_no), UnreadWhy.MISSING)]
    world.tmon.claims.pop(claim.claim_no)
    world.clock.advance(timedelta(minutes=31))
    await world.collect(CLAIMS)
    assert await unread(world) == []


async def test_inquiry_that_cannot_be_read_is_set_aside_until_it_can_be(world: World) -> None:
    store = await world.add_store(cs_on=True)
    good, bad, silent = (new_question(world.tmon, store.seller_id) for _ in range(3))

    def spoil(page: Document) -> Document:
        for one in page["items"]:
            if one["articleNo"] == bad.article_no:
                one["articleNo"] = 2**70
            if one["articleNo"] == silent.article_no:
                del one["content"]
        return page

    world.tmon.faults.rewrites["qnas.list"] = spoil
    await world.collect(INQUIRIES)
    assert await waiting_inquiries(world) == [good.article_no, silent.article_no]
    assert await unread(world) == [(Unread.QUESTION, "", UnreadWhy.TOO_LARGE)]
    world.tmon.faults.rewrites.clear()
    await later_inquiries(world)
    assert bad.article_no in await waiting_inquiries(world)
    assert await unread(world) == []


async def shown_list(world: World, user: str, store: Store) -> str:
    """The list, opened from the status."""
    await world.command(user, "상태")
    view = world.modal(user)
    elements = [element for block in view.blocks if block["type"] == "actions" for element in block["elements"]]
    opens = [one for one in elements if one["action_id"].startswith(UnreadAction.OPEN)]
    if not opens:
        return ""
    assert opens[0]["text"]["text"] == "읽지 못한 자료 1건"
    await world.slack.click(user, view_id=view.id, action_id=opens[0]["action_id"])
    await world.settle()
    return str(world.modal(user).blocks)


async def test_list_says_what_was_wrong_and_reads_again(world: World) -> None:
    store = await world.add_store()
    bad = world.tmon.new_order(store.seller_id)
    breaks(world, bad.order_no, lambda order: option(order).update(qty=None))
    await world.collect()
    shown = await shown_list(world, world.owner, store)
    assert f"주문 {bad.order_no}" in shown
    assert "수량 값이 없습니다." in shown
    view = world.modal(world.owner)
    await world.slack.click(world.owner, view_id=view.id, action_id=UnreadAction.RETRY)
    await world.settle()
    assert "아직 읽을 수 없습니다" in str(world.modal(world.owner).blocks)
    world.tmon.faults.rewrites.clear()
    await world.slack.click(world.owner, view_id=view.id, action_id=UnreadAction.RETRY)
    await world.settle()
    assert "1건을 읽었습니다" in str(world.modal(world.owner).blocks)
    assert [order.order_no for order in await world.orders()] == [bad.order_no]


async def test_list_is_shown_to_those_who_manage_or_work(world: World) -> None:
    worker, reader = JUNHO, DANIEL
    store = await world.add_store(worker_ids=[worker])
    bad = world.tmon.new_order(store.seller_id)
    breaks(world, bad.order_no, lambda order: option(order).update(qty=None))
    await world.collect()
    assert str(bad.order_no) in await shown_list(world, worker, store)
    assert str(bad.order_no) in await shown_list(world, world.owner, store)
    assert await shown_list(world, reader, store) == ""


async def test_removed_store_leaves_no_notes(world: World) -> None:
    store = await world.add_store()
    bad = world.tmon.new_order(store.seller_id)
    breaks(world, bad.order_no, lambda order: option(order).update(qty=None))
    await world.collect()
    assert await unread(world)
    await world.bot.services[StoreService].remove(Person(store.team_id, world.owner, is_admin=True), store.id)
    assert await unread(world) == []


async def test_inquiry_that_cannot_be_stored_stops_no_other(world: World) -> None:
    store = await world.add_store(cs_on=True)
    good, bad, other = (new_question(world.tmon, store.seller_id) for _ in range(3))
    await forbid(world, bad.article_no, "inquiry", "number")
    await world.collect(INQUIRIES)
    assert await waiting_inquiries(world) == [good.article_no, other.article_no]
    assert await unread(world) == [(Unread.QUESTION, str(bad.article_no), UnreadWhy.NOT_STORED)]


async def test_deal_that_cannot_be_read_stops_no_other(world: World) -> None:
    open_shop(world.tmon, LIVING)
    shop = Shop(world, await world.add_store(stock_on=True))
    bad, good = list(world.tmon.deals.values())[:2]
    await shop.know(bad, good)

    def spoil(deal: Document) -> Document:
        options = [one | {"stock": None} for one in deal["dealOptions"]]
        return deal | {"dealOptions": options} if deal["tmonDealNo"] == bad.deal_no else deal

    world.tmon.faults.rewrites["deals.get"] = spoil
    assert (await shop.sync()).error is None
    assert await unread(world) == [(Unread.DEAL, str(bad.deal_no), UnreadWhy.MISSING)]
    assert f"상품 {bad.deal_no}" in direct(world, world.owner)[0]
    world.tmon.faults.rewrites.clear()
    await shop.sync()
    assert await unread(world) == []


@pytest.mark.parametrize("why", ["deleted", "added", "previewed"])
async def test_note_of_a_deal_goes_when_it_is_deleted_or_read_elsewhere(world: World, why: str) -> None:
    open_shop(world.tmon, LIVING)
    shop = Shop(world, await world.add_store(stock_on=True))
    [bad] = list(world.tmon.deals.values())[:1]
    await shop.know(bad)
    await shop.count(5)
    world.tmon.faults.rewrites["deals.get"] = lambda deal: deal | {"dealOptions": [{}]}
    await shop.sync()
    assert [number for _, number, _ in await unread(world)] == [str(bad.deal_no)]
    world.tmon.faults.rewrites.clear()
    services = world.bot.services
    if why == "deleted":
        bad.deleted = True
        await shop.sync()
    elif why == "added":
        await services[CatalogService].add(shop.person, shop.store.id, str(bad.deal_no))
    else:
        await services[StockPreviews].preview(shop.store.team_id, shop.store.id, turned_on=True)
    assert await unread(world) == []
