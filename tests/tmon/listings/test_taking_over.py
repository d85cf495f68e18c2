"""Deals made elsewhere are managed by numbers that a person gives once, and keep their keys."""

from datetime import timedelta

import pytest

from bot.playground.tmon import Listing
from tests.tmon.listings.desk import UPDATE, Desk
from tests.tmon.listings.goods import change_of
from tmon.errors import AppError
from tmon.listings.documents import SheetOption, Wanted
from tmon.listings.fields import F
from tmon.listings.steps import Act
from tmon.listings.taking_over import NUMBER, TakeOvers
from tmon.models.listings import ChangeState, ListedOption, ListedProduct, Origin, ProductState
from tmon.products.repository import upsert_deal


async def known(desk: Desk) -> Listing:
    """A deal with several options that was made elsewhere and read."""
    deals = [one for one in desk.tmon.deals.values() if one.partner_id == desk.store.seller_id]
    deal = next(one for one in deals if len(one.options) > 1)
    client = desk.core.clients.for_store(desk.store)
    async with desk.db.write() as session:
        await upsert_deal(session, desk.store, await client.deals.get(deal.deal_no), desk.clock())
    return deal


async def test_it_is_managed_from_then_on(desk: Desk) -> None:
    deal = await known(desk)
    take_over = desk.services[TakeOvers].take_over
    first, *rest = deal.options
    await take_over(desk.person, desk.store.id, deal.deal_no, "옛 상품 1", {first: "옵션 1"}, last=False)
    product = await desk.product("옛 상품 1")
    assert (product.state, product.origin) == (ProductState.PLANNED, Origin.TAKEN_OVER)
    with pytest.raises(AppError, match=r"listings\.not_all_named"):
        await take_over(desk.person, desk.store.id, deal.deal_no, "옛 상품 1", {}, last=True)
    names = {number: f"옵션 {place}" for place, number in enumerate(rest, 2)}
    await take_over(desk.person, desk.store.id, deal.deal_no, "옛 상품 1", names, last=True)
    product = await desk.product("옛 상품 1")
    assert (product.state, product.vendor_deal_no) == (ProductState.LISTED, deal.vendor_deal_no)
    price = SheetOption(line=2, number="옵션 1", price=deal.options[first].price + 10)
    wanted = price.price
    result = await desk.send(change_of(price, number="옛 상품 1", title="새 이름"))
    assert (result.state, result.note) == (ChangeState.DONE, None)
    assert (deal.title, deal.options[first].price, desk.calls(UPDATE)) == ("새 이름", wanted, 1)
    assert "product.take_over" in await desk.audited()
    with pytest.raises(AppError, match=r"listings\.taken_already"):
        await take_over(desk.person, desk.store.id, deal.deal_no, "다른 번호", {}, last=True)


async def test_a_number_is_given_once(desk: Desk) -> None:
    deal = await known(desk)
    await desk.send(desk.goods())
    take_over = desk.services[TakeOvers].take_over
    first, second, *_ = deal.options
    with pytest.raises(AppError, match=r"listings\.number_taken"):
        await take_over(desk.person, desk.store.id, deal.deal_no, "a-1", {}, last=False)
    with pytest.raises(AppError, match=r"listings\.number_taken") as caught:
        await take_over(desk.person, desk.store.id, deal.deal_no, "B-1", {first: "A-1-L"}, last=False)
    assert caught.value.field == str(first)
    await take_over(desk.person, desk.store.id, deal.deal_no, "B-1", {first: "B-1-L"}, last=False)
    await take_over(desk.person, desk.store.id, deal.deal_no, "B-2", {first: "B-1-M", second: "B-1-L"}, last=False)
    assert (await desk.option("B-1-L")).option_no == second
    assert (await desk.product("B-2")).deal_no == deal.deal_no
    assert {one.number_key for one in await desk.rows(ListedProduct)} == {"a-1", "b-2"}


async def test_a_key_of_another_product_is_refused_at_its_field(desk: Desk) -> None:
    deal = await known(desk)
    await desk.send(desk.goods())
    first, *_ = deal.options
    own, deal.vendor_deal_no = deal.vendor_deal_no, desk.wire("A-1")
    deal.options[first].vendor_option_no = desk.wire("A-1-L")
    await known(desk)
    take_over = desk.services[TakeOvers].take_over
    with pytest.raises(AppError, match=r"listings\.key_taken") as caught:
        await take_over(desk.person, desk.store.id, deal.deal_no, "B-1", {first: "B-1-L"}, last=False)
    assert (caught.value.field, caught.value.values) == (NUMBER, {"number": "A-1"})
    deal.vendor_deal_no = own
    await known(desk)
    with pytest.raises(AppError, match=r"listings\.key_taken") as caught:
        await take_over(desk.person, desk.store.id, deal.deal_no, "B-1", {first: "B-1-L"}, last=False)
    assert (caught.value.field, caught.value.values) == (str(first), {"number": "A-1-L"})
    assert [one.number_key for one in await desk.rows(ListedProduct)] == ["a-1"]


async def test_a_deal_that_was_refused_as_not_ours_can_be_taken_over_by_its_number(desk: Desk) -> None:
    deal = await known(desk)
    deal.vendor_deal_no = desk.wire("A-1")
    names = {number: f"A-1-{place}" for place, number in enumerate(deal.options)}
    for number, name in names.items():
        deal.options[number].vendor_option_no = desk.wire(name)
    options = [SheetOption(line=2, number="A-1-0", sections=("검정", "L"), price=15_900, stock=5)]
    result = await desk.send(desk.goods(*options))
    assert (result.state, result.note) == (ChangeState.FAILED, "listings.not_ours")
    await known(desk)
    await desk.services[TakeOvers].take_over(desk.person, desk.store.id, deal.deal_no, "A-1", names, last=True)
    product = await desk.product()
    assert (product.deal_no, product.origin, product.state) == (deal.deal_no, Origin.TAKEN_OVER, ProductState.LISTED)
    assert {one.option_no for one in await desk.rows(ListedOption)} == deal.options.keys()


async def test_a_deal_without_a_key_that_is_gone_is_registered_again(desk: Desk) -> None:
    deal = await without_keys(desk)
    await desk.services[TakeOvers].take_over(desk.person, desk.store.id, deal.deal_no, "A-1", {}, last=True)
    deal.deleted = True
    desk.clock.advance(timedelta(minutes=15))
    result = await desk.send(desk.goods())
    assert (result.state, result.note, result.done) == (ChangeState.DONE, None, (Act.REGISTER,))
    product = await desk.product()
    assert (product.deal_no, product.origin) == (desk.deal().deal_no, Origin.REGISTERED)
    assert desk.prices() == {"A-1-L": 15900, "A-1-M": 15900}


async def test_every_change_of_a_deal_without_a_key_that_is_gone_ends(desk: Desk) -> None:
    deal = await without_keys(desk)
    await desk.services[TakeOvers].take_over(desk.person, desk.store.id, deal.deal_no, "A-1", {}, last=True)
    deal.deleted = True
    for title in ("가", "나"):
        change = await desk.changes.submit(desk.person, desk.store.id, "a-1", Wanted(values={F.TITLE: title}))
        await desk.rest()
        result = await desk.changes.outcome(desk.store.team_id, change, 0)
        assert (result.state, result.note) == (ChangeState.FAILED, "listings.gone")


async def without_keys(desk: Desk) -> Listing:
    """A deal that was made in TMON's partner centre."""
    deal = await known(desk)
    deal.vendor_deal_no = None
    for option in deal.options.values():
        option.vendor_option_no = None
    return await known(desk)
