"""What is kept of an order."""

from datetime import timedelta

from bot.playground.tmon import CallPhase, LoggedCall
from tests.flows.cards import card_of, posted, shows
from tests.flows.orders.collecting import again
from tests.flows.world import World
from tmon.orders.service import OrderService
from tmon.orders.transitions import load
from tmon.permissions import Person
from tmon.stores.service import StoreService


async def test_an_order_with_deals_of_two_of_our_stores_is_one_order_in_each(world: World) -> None:
    one, other = await world.add_store(), await world.add_store(partner=1)
    order = world.tmon.new_order(one.seller_id, deals=1, shared_with=other.seller_id)
    await world.collect()
    assert [(o.order_no, o.store_id) for o in sorted(await world.orders(), key=lambda o: o.store_id)] == sorted(
        [(order.order_no, one.id), (order.order_no, other.id)], key=lambda row: row[1]
    )
    for store, deal in zip((one, other), order.deals, strict=True):
        async with world.db.read() as session:
            ((_, deals),) = (await load(session, store.team_id, store.id, [order.order_no])).values()
        assert set(deals) == {deal.deal_no}
        assert deals[deal.deal_no].delivery_no == deal.delivery_no
        assert deal.title in shows(await card_of(world, store.id, order))


async def test_a_delivery_fee_counts_once_for_each_delivery(world: World) -> None:
    store = await world.add_store()
    orders = [world.tmon.new_order(store.seller_id, deals=3) for _ in range(5)]
    await world.collect()
    for order in orders:
        fees = {deal.delivery_no: deal.fee for deal in order.deals}
        paid = sum(fee.amount - fee.tmon_amount - fee.partner_amount + fee.island_amount for fee in fees.values())
        assert (await world.order(store, order.order_no)).delivery_fee == paid


async def test_amounts_and_quantities_beyond_32_bits_are_stored_and_shown(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    (deal,) = order.deals
    deal.options = deal.options[:1]
    deal.options[0].price, deal.options[0].qty = 3_000_000, 3_000_000_000
    await world.collect()
    kept = await world.order(store, order.order_no)
    assert (kept.amount, kept.quantity) == (9_000_000_000_000_000, 3_000_000_000)
    shown = shows(await card_of(world, store.id, order))
    assert "9,000,000,000,000,000원" in shown
    assert "3000000000" in shown


async def test_data_that_do_not_decrypt_are_not_kept_and_the_order_is(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    for vendor in world.tmon.vendors.values():
        vendor.personal_data_key = "fedcba9876543210"
    await world.collect()
    kept = await world.order(store, order.order_no)
    assert kept.buyer_unreadable
    assert "확인 불가" in shows(await card_of(world, store.id, order))


async def test_stored_data_that_cannot_be_opened_is_stored_anew_and_holds_up_no_other_order(world: World) -> None:
    store = await world.add_store()
    moved, sound = world.tmon.new_order(store.seller_id), world.tmon.new_order(store.seller_id)
    await world.collect()
    service = world.bot.services[OrderService]
    receiver = (await service.summary(store.team_id, store.id, moved.order_no)).receiver
    async with world.db.write() as session:
        found = await load(session, store.team_id, store.id, [moved.order_no, sound.order_no])
        found[moved.order_no][0].buyer = found[sound.order_no][0].buyer  # sealed for another row
    assert receiver
    assert (await service.summary(store.team_id, store.id, moved.order_no)).receiver == ""
    late = world.tmon.new_order(store.seller_id)
    await again(world, timedelta(hours=2))
    assert late.order_no in [order.order_no for order in await world.orders()]
    assert (await service.summary(store.team_id, store.id, moved.order_no)).receiver == receiver
    assert (await world.order(store, moved.order_no)).address_changed_at is None


async def test_a_store_that_is_removed_meanwhile_takes_in_nobodys_data(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    owner = Person(team_id=store.team_id, user_id=world.owner, is_admin=True)

    async def remove(call: LoggedCall, phase: CallPhase) -> None:
        if call.query.get("deliveryStatus") == "D2" and phase is CallPhase.RECEIVED:
            await world.bot.services[StoreService].remove(owner, store.id)

    world.tmon.on_call = remove
    await world.collect()
    assert await world.orders() == []
    assert await posted(world, "order/") == []
