"""Many spoiled records in one answer of TMON: every good one is stored, and every other is stored or told by its number."""

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.tmon import buyer_cancels, new_question
from tests.flows.inquiries.collecting import waiting as waiting_inquiries
from tests.flows.orders.collecting import again, standing
from tests.flows.unread.test_records import breaks, option, unread
from tests.flows.world import World
from tmon.claims.collector import CLAIMS
from tmon.inquiries.collector import INQUIRIES
from tmon.models.collection import Unread, UnreadRecord

Document = Any
Change = Callable[[Document], object]


def deal(order: Document) -> Document:
    """The first deal of an order."""
    return order["deals"][0]


def deep(levels: int) -> list[Any]:
    """An array within arrays."""
    return [deep(levels - 1)] if levels else []


def cleared(one: Document) -> None:
    """Leave nothing of a record."""
    one.clear()


SPOILED: list[Change] = [
    lambda one: one.update(orderDate="2026-02-30T10:00"),
    lambda one: one.update(orderDate="0000-01-01T00:00"),
    lambda one: one.update(orderDate="0001-01-01T00:00:00"),
    lambda one: one.update(orderDate="9999-12-31T23:59:59-12:00"),
    lambda one: one.update(orderDate="2026-11-26T24:00"),
    lambda one: one.update(orderDate="2026-11-26 10:00"),
    lambda one: one.update(orderDate="2026-11-26T10:00:00+09:00"),
    lambda one: one.update(orderDate="2026-11-26T10:00:00+99:00"),
    lambda one: one.update(orderDate="어제"),
    lambda one: one.update(orderDate=""),
    lambda one: one.update(orderDate=None),
    lambda one: one.update(orderDate=20261126),
    lambda one: one.update(orderDate=1732600000000),
    lambda one: one.update(orderDate=["2026-11-26T10:00"]),
    lambda one: one.update(depositDate=""),
    lambda one: one.update(depositDate="2026-13-01T10:00"),
    lambda one: one.update(deals=None),
    lambda one: one.update(deals=[None]),
    lambda one: one.update(deals=[[]]),
    lambda one: one.update(deals="[]"),
    lambda one: one.update(deals=deal(one)),
    lambda one: one.update(deals=[deal(one), None]),
    lambda one: one.update(deals=deep(300)),
    lambda one: one.update(extra=deep(300)),
    lambda one: deal(one).update(dealOptions=None),
    lambda one: deal(one).update(dealOptions={}),
    lambda one: deal(one).update(dealOptions=[option(one), option(one)]),
    lambda one: deal(one).update(dealOptions=[option(one), 7]),
    lambda one: deal(one).update(tmonDealNo=""),
    lambda one: deal(one).update(tmonDealNo=-1),
    lambda one: deal(one).update(tmonDealNo=0),
    lambda one: deal(one).update(tmonDealNo=True),
    lambda one: deal(one).update(tmonDealNo=[1]),
    lambda one: deal(one).update(tmonDealNo="12 345"),
    lambda one: deal(one).update(tmonDealNo=2**63 - 1),
    lambda one: deal(one).update(tmonDealNo=2**63),
    lambda one: deal(one).update(dealTitle={"ko": "수건"}),
    lambda one: deal(one).update(dealTitle=True),
    lambda one: deal(one).update(dealTitle=math.inf),
    lambda one: deal(one).update(dealTitle="\x00"),
    lambda one: deal(one).update(dealTitle="가" * 100_000),
    lambda one: deal(one).update(dealTitle="\udfff\ud800"),
    lambda one: deal(one).update(deliveryNo=None),
    lambda one: deal(one).update(deliveryNo=""),
    lambda one: deal(one).update(deliveryNo=12.5),
    lambda one: deal(one).update(deliveryNo=["1"]),
    lambda one: deal(one).update(deliveryNo="\x00"),
    lambda one: deal(one).update(deliveryStatus=None),
    lambda one: deal(one).update(deliveryStatus=["D1"]),
    lambda one: deal(one).update(deliveryStatus={"code": "D1"}),
    lambda one: deal(one).update(deliveryStatus="D1" * 60),
    lambda one: deal(one).update(deliveryStatus=math.nan),
    lambda one: deal(one).update(deliveryFee=""),
    lambda one: deal(one).update(deliveryFee=[]),
    lambda one: deal(one).update(deliveryFee={}),
    lambda one: deal(one).update(deliveryFee={"amount": "", "userAmount": ""}),
    lambda one: deal(one).update(deliveryFee={"amount": 3000, "userAmount": 3000, "tmonAmount": ""}),
    lambda one: deal(one).update(
        deliveryFee={"amount": 2**63 - 1, "userAmount": 2**63 - 1, "longDistanceUserAmount": 9}
    ),
    lambda one: deal(one).update(updatedDate="9999-12-31T23:59:59-12:00"),
    lambda one: deal(one).update(deliveryScheduledDate="2026-02-30"),
    lambda one: deal(one).update(deliveryScheduledDate="9999-12-31"),
    lambda one: option(one).update(qty=""),
    lambda one: option(one).update(qty=-1),
    lambda one: option(one).update(qty=1.5),
    lambda one: option(one).update(qty="2개"),
    lambda one: option(one).update(qty="２"),
    lambda one: option(one).update(qty=math.nan),
    lambda one: option(one).update(qty=math.inf),
    lambda one: option(one).update(qty=1e300),
    lambda one: option(one).update(qty=10**4000),
    lambda one: option(one).update(qty={"value": 1}),
    lambda one: option(one).update(qty=2**63 - 1),
    lambda one: option(one).update(salesPrice="1,000"),
    lambda one: option(one).update(salesPrice="1e3"),
    lambda one: option(one).update(salesPrice=-(2**63)),
    lambda one: option(one).update(purchasePrice=None),
    lambda one: option(one).update(purchasePrice=0.1 + 0.2),
    lambda one: option(one).update(purchasePrice="NaN"),
    lambda one: option(one).update(tmonDealOptionNo=None),
    lambda one: option(one).update(dealOptionTitle=["색상", "빨강"]),
    lambda one: option(one).update(descriptions={"a": None}),
    lambda one: option(one).update(additionalMessage=7),
    lambda one: one.update(receiverAddress=[]),
    lambda one: one.update(receiverAddress="서울"),
    lambda one: one.update(receiverName={"x": 1}),
    lambda one: one.update(userPhone=10**30),
    lambda one: one.update(userName="not sealed"),
    lambda one: one.update(deliveryMemo=math.nan),
    lambda one: one.update(deliveryMemo="\x00\ud800"),
    lambda one: one.update(safetyPhoneExpirationDate=["9999"]),
    lambda one: one.update(buyer="?", order_no=7, deals_=None),
    cleared,
]


OF_USE: list[Change] = [
    lambda one: one.update(deals=[deal(one), deal(one)]),
    lambda one: deal(one).update(dealTitle=True),
    lambda one: deal(one).update(deliveryFee={"amount": 3000, "userAmount": 3000, "tmonAmount": ""}),
    lambda one: deal(one).update(updatedDate="9999-12-31T23:59:59-12:00"),
    lambda one: one.update(receiverAddress="서울", receiverName={"x": 1}, userPhone=10**30, userName="not sealed"),
]
"""Changes to what nothing depends on: the order is stored."""
OF_NO_USE: list[Change] = [
    lambda one: one.update(deals=[]),
    lambda one: deal(one).update(dealOptions=[]),
]
"""Orders without anything ordered would be taken for ones that are done."""
SPOILED += [*OF_USE, *OF_NO_USE]


async def test_spoiled_orders_hold_up_no_other(world: World) -> None:
    store = await world.add_store()
    first, last = world.tmon.new_order(store.seller_id), world.tmon.new_order(store.seller_id)
    numbers = list(range(9_300_000_000, 9_300_000_000 + len(SPOILED)))

    def spoil(orders: list[Document]) -> list[Document]:
        if not orders:
            return orders
        spoiled = []
        for number, change in zip(numbers, SPOILED, strict=True):
            one = copy.deepcopy(orders[0])
            one["tmonOrderNo"] = number
            for inner in one["deals"]:
                inner["deliveryNo"] = str(number)
            change(one)
            spoiled.append(one)
        return [orders[0], *spoiled, *orders[1:], None, [], "?", 7, {"tmonOrderNo": None}, {"tmonOrderNo": [1]}]

    world.tmon.faults.rewrites["orders.list"] = spoil
    await world.collect()
    state = await standing(world, store)
    assert (state.failures, state.error) == (0, None)
    assert state.watermark is not None
    stored = {order.order_no for order in await world.orders()}
    told = {number for what, number, _ in await unread(world) if what == Unread.ORDER}
    assert {first.order_no, last.order_no} <= stored
    assert "" in told
    assert [
        number
        for number, change in zip(numbers, SPOILED, strict=True)
        if change is not cleared and (number in stored) == (str(number) in told)
    ] == []
    await again(world)
    assert (await standing(world, store)).failures == 0
    assert {number for number, change in zip(numbers, SPOILED, strict=True) if change in OF_USE} <= stored
    assert {number for number, change in zip(numbers, SPOILED, strict=True) if change in OF_NO_USE} & stored == set()


SPOILED_CLAIMS: list[Change] = [
    lambda one: one.update(tmonOrderNo=""),
    lambda one: one.update(tmonOrderNo=[1]),
    lambda one: one.update(tmonOrderNo=2**63),
    lambda one: one.update(claimType=None),
    lambda one: one.update(claimType=["C"]),
    lambda one: one.update(claimType="Z" * 300),
    lambda one: one.update(claimStatus={}),
    lambda one: one.update(claimStatus=math.nan),
    lambda one: one.update(requestedDate="9999-12-31T23:59:59-12:00"),
    lambda one: one.update(completedDate="9999-12-31T23:59:59-12:00"),
    lambda one: one.update(completedDate="0001-01-01T00:00"),
    lambda one: one.update(completedDate="2026-02-30T00:00", approvedDate=7, requestedDate=[]),
    lambda one: one.update(orderDate=""),
    lambda one: one.update(claimDeals=None),
    lambda one: one.update(claimDeals=[None]),
    lambda one: one.update(claimDeals={}),
    lambda one: one.update(claimDeals="x"),
    lambda one: one["claimDeals"][0].update(tmonDealNo=True),
    lambda one: one["claimDeals"][0].update(claimDealOptions=None),
    lambda one: one["claimDeals"][0].update(claimDealOptions=[[]]),
    lambda one: one["claimDeals"][0]["claimDealOptions"][0].update(qty=10**40),
    lambda one: one["claimDeals"][0]["claimDealOptions"][0].update(qty=-1),
    lambda one: one["claimDeals"][0]["claimDealOptions"][0].update(qty=2**63 - 1),
    lambda one: one["claimDeals"][0].update(requestReason={"code": "x"}),
    lambda one: one["claimDeals"][0].update(requestReasonDetail="\x00\ud800" + "가" * 90_000),
    lambda one: one["claimDeals"][0].update(dealTitle=True),
    cleared,
]


async def test_spoiled_cancels_hold_up_no_other(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    assert buyer_cancels(world.tmon, order.order_no) is not None
    numbers = list(range(880_000_000, 880_000_000 + len(SPOILED_CLAIMS)))

    def spoil(page: Document) -> Document:
        spoiled = []
        for number, change in zip(numbers, SPOILED_CLAIMS, strict=True):
            for one in copy.deepcopy(page["items"][:1]):
                one.update(claimNo=number, tmonOrderNo=9_300_000_000 + number)
                change(one)
                spoiled.append(one)
        return page | {"items": [*spoiled, None, 7, [], *page["items"]]} if spoiled else page

    world.tmon.faults.rewrites["cancellations.search"] = spoil
    await again(world)
    await world.collect(CLAIMS)
    state = await standing(world, store, CLAIMS)
    assert (state.failures, state.error) == (0, None)
    assert (await world.order(store, order.order_no)).note == "orders.note_cancel_requested"
    told = {number for what, number, _ in await unread(world) if what == Unread.CANCEL}
    assert {"", *(str(number) for number in numbers[:3])} <= told
    await again(world)
    assert (await standing(world, store)).failures == 0


SPOILED_QUESTIONS: list[Change] = [
    lambda one: one.update(createDate="9999-12-31T23:59:59-12:00"),
    lambda one: one.update(createDate="0001-01-01T00:00"),
    lambda one: one.update(createDate="1900-01-01T00:00"),
    lambda one: one.update(createDate="2026-02-30T00:00"),
    lambda one: one.update(createDate=None),
    lambda one: one.update(createDate=[]),
    lambda one: one.update(dealNo=""),
    lambda one: one.update(dealNo=10**30),
    lambda one: one.update(dealNo=-(2**63)),
    lambda one: one.update(dealTitle={"a": 1}),
    lambda one: one.update(dealTitle=math.inf),
    lambda one: one.update(tmonOrderNo="?"),
    lambda one: one.update(tmonOrderNo=1.5),
    lambda one: one.update(writer=["김"]),
    lambda one: one.update(writer=None),
    lambda one: one.update(writer="\x00"),
    lambda one: one.update(content=None),
    lambda one: one.update(content=""),
    lambda one: one.update(content=7),
    lambda one: one.update(content=["?"]),
    lambda one: one.update(content="\ud83d\x00\u202e"),
    lambda one: one.update(content="가" * 500_000),
    lambda one: one.update(content="1" * 50_000),
    lambda one: one.update(extra=deep(200)),
    cleared,
]


async def test_spoiled_inquiries_hold_up_no_other(world: World) -> None:
    store = await world.add_store(cs_on=True)
    first, last = (new_question(world.tmon, store.seller_id) for _ in range(2))
    numbers = list(range(7_000_000, 7_000_000 + len(SPOILED_QUESTIONS)))

    def spoil(page: Document) -> Document:
        spoiled = []
        for number, change in zip(numbers, SPOILED_QUESTIONS, strict=True):
            one = copy.deepcopy(page["items"][0])
            one["articleNo"] = number
            change(one)
            spoiled.append(one)
        return page | {"items": [page["items"][0], *spoiled, None, [], "?", page["items"][0], *page["items"][1:]]}

    world.tmon.faults.rewrites["qnas.list"] = spoil
    await world.collect(INQUIRIES)
    stored = set(await waiting_inquiries(world))
    told = {number for what, number, _ in await unread(world) if what == Unread.QUESTION}
    assert {first.article_no, last.article_no} <= stored
    assert [number for number in numbers[:-1] if number not in stored] == []
    assert told == {""}


@pytest.mark.parametrize("far", ["9999-12-31T23:59:59", "1900-01-01T00:00"])
async def test_a_cancel_of_another_time_is_read(world: World, far: str) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    assert buyer_cancels(world.tmon, order.order_no) is not None
    world.tmon.faults.rewrites["cancellations.search"] = lambda page: (
        page
        | {"items": [one | {"requestedDate": far, "completedDate": far, "approvedDate": far} for one in page["items"]]}
    )
    await again(world)
    await world.collect(CLAIMS)
    assert (await standing(world, store, CLAIMS)).failures == 0
    assert (await world.order(store, order.order_no)).note == "orders.note_cancel_requested"
    async with world.db.read() as session:
        assert (await session.scalars(select(UnreadRecord).order_by(col(UnreadRecord.number)))).all() == []


async def test_the_mail_of_an_unread_record_has_no_link_in_the_name_of_its_store(world: World) -> None:
    store = await world.add_store(name="https://example.com 무료")
    bad = world.tmon.new_order(store.seller_id)
    breaks(world, bad.order_no, lambda order: option(order).update(qty=None))
    await world.collect()
    (mail,) = world.mail.messages
    assert "무료" in mail.text
    assert "example.com" not in mail.subject + mail.text
