"""Orders to the same recipient that wait to be shipped say so, whenever they were stored, and only as long as they wait."""

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlmodel import col

from bot.keys import new_key, open_sealer, rotate
from bot.playground.tmon import PlacedOrder
from tests.flows.cards import press, shows
from tests.flows.orders.pressing import card
from tests.flows.world import World
from tmon.models.hash_keys import HashKey
from tmon.models.orders import Order
from tmon.models.stores import Store
from tmon.orders.retention import destroy_store
from tmon.sealing import Sealer

MARK = "합포장 가능"


def to_one_recipient(world: World, store: Store, count: int = 2) -> list[PlacedOrder]:
    """Orders of one buyer, to one address, with different phones."""
    orders = [world.tmon.new_order(store.seller_id, deals=1) for _ in range(count)]
    for order in orders[1:]:
        order.receiver_name, order.address = orders[0].receiver_name, orders[0].address
    assert len({order.receiver_phone for order in orders}) == count
    return orders


async def confirmed(world: World, store: Store, count: int = 2) -> list[PlacedOrder]:
    """The same, collected and confirmed."""
    orders = to_one_recipient(world, store, count)
    await world.collect()
    for order in orders:
        await press(world, world.owner, card(world, order))
    return orders


async def hashes(world: World) -> list[str | None]:
    return [order.recipient_hash for order in await world.orders()]


async def job(world: World, name: str) -> None:
    await next(one for one in world.bot.jobs if one.name == name).run()
    await world.settle()


async def test_the_cards_say_so_once_both_wait_to_be_shipped(world: World) -> None:
    store = await world.add_store()
    first, second = to_one_recipient(world, store)
    other = world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    for order in (first, other):
        await press(world, world.owner, card(world, order))
    assert not any(MARK in shows(post) for post in world.posts("주문"))
    await press(world, world.owner, card(world, second))
    assert MARK in shows(card(world, first))
    assert MARK in shows(card(world, second))
    assert MARK not in shows(card(world, other))


async def test_an_order_that_was_confirmed_before_it_was_seen_counts_too(world: World) -> None:
    store = await world.add_store()
    (first,) = await confirmed(world, store, 1)
    second = world.tmon.new_order(store.seller_id, deals=1)
    second.receiver_name, second.address = first.receiver_name, first.address
    world.tmon.move_to(second.order_no, "D2")
    world.clock.advance(timedelta(minutes=5))
    await world.collect()
    assert MARK in shows(card(world, first))


async def test_three_orders_count_the_others(world: World) -> None:
    store = await world.add_store()
    for order in await confirmed(world, store, 3):
        assert f"{MARK}: 받는 분이 같은 발송 대기 주문이 2건" in shows(card(world, order))


async def test_orders_of_two_stores_are_not_shipped_together(world: World) -> None:
    stores = [await world.add_store(partner=n) for n in (0, 1)]
    orders = [world.tmon.new_order(store.seller_id, deals=1) for store in stores]
    orders[1].receiver_name, orders[1].address = orders[0].receiver_name, orders[0].address
    await world.collect()
    for order in orders:
        await press(world, world.owner, card(world, order))
    assert not any(MARK in shows(post) for post in world.posts("주문"))
    assert len(set(await hashes(world))) == 2


async def test_a_moved_recipient_is_another_one(world: World) -> None:
    store = await world.add_store()
    first, second = to_one_recipient(world, store)
    await world.collect()
    same = await hashes(world)
    assert same[0] == same[1]
    world.tmon.change_address(second.order_no)
    world.clock.advance(timedelta(minutes=5))
    await world.collect()
    moved = await hashes(world)
    assert moved[0] == same[0] != moved[1]
    for order in (first, second):
        await press(world, world.owner, card(world, order))
    assert not any(MARK in shows(post) for post in world.posts("주문"))


async def test_orders_of_before_get_theirs_by_the_job(world: World) -> None:
    store = await world.add_store()
    orders = await confirmed(world, store)
    before = await hashes(world)
    async with world.db.write() as session:
        await session.execute(update(Order).values(recipient_hash=None))
    await job(world, "hash recipients")
    assert await hashes(world) == before
    assert all(MARK in shows(card(world, order)) for order in orders)


async def test_an_order_whose_buyer_cannot_be_read_is_looked_at_once(world: World) -> None:
    store = await world.add_store()
    await confirmed(world, store)
    async with world.db.write() as session:
        await session.execute(update(Order).values(recipient_hash=None, buyer_unreadable=True))
    await job(world, "hash recipients")
    assert await hashes(world) == ["", ""]


async def test_a_shipped_order_is_not_offered_any_more(world: World) -> None:
    store = await world.add_store()
    first, second = await confirmed(world, store)
    async with world.db.write() as session:
        shipped = await session.get_one(Order, (store.team_id, store.id, first.order_no))
        shipped.shipped_at = world.clock()
    await world.command(world.owner, f"orders {second.order_no}")
    assert MARK not in str(world.modal(world.owner).blocks)


async def test_the_hash_goes_with_the_buyers_data(world: World) -> None:
    store = await world.add_store()
    await confirmed(world, store)
    assert all(await hashes(world))
    async with world.db.write() as session:
        await destroy_store(session, store.team_id, store.id, world.clock())
    assert await hashes(world) == [None, None]
    await job(world, "hash recipients")
    assert await hashes(world) == [None, None]


async def test_a_restart_and_a_rotation_of_keys_change_no_hash(world: World) -> None:
    store = await world.add_store()
    orders = to_one_recipient(world, store)
    await world.collect()
    before = await hashes(world)
    old, fresh = world.settings.encryption_keys[0].get_secret_value(), new_key()
    async for _ in rotate(world.db, Sealer([fresh, old])):
        pass
    sealer = await open_sealer(world.db, [fresh])
    async with world.db.write() as session:
        await session.execute(update(Order).values(recipient_hash=None))
    world.bot.services.core.sealer.__dict__.update(sealer.__dict__)  # as after a restart with the new key
    await job(world, "hash recipients")
    assert await hashes(world) == before
    assert len(orders) == len(before)


async def test_a_lost_key_of_hashes_is_made_anew_and_nothing_is_compared_with_the_old_ones(world: World) -> None:
    store = await world.add_store()
    await confirmed(world, store)
    lost = Sealer([new_key()])
    async with world.db.write() as session:
        await session.execute(update(HashKey).values(key=lost.seal("lost")))
    await open_sealer(world.db, world.settings.fernet_keys(), despite_loss=True)
    assert await hashes(world) == [None, None]
    async with world.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Order).where(col(Order.buyer).is_(None))) == 0
