"""A shop that has ten thousands of orders behind it: whatever is done often looks at the open ones only."""

from datetime import timedelta

from sqlalchemy import text

from bot.playground.slack.model import Message
from bot.playground.tmon import PlacedOrder
from tests.flows.cards import press
from tests.flows.home.tab import opened
from tests.flows.world import World
from tests.old_orders import add_old_orders
from tests.statements import written_down
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.orders.cards import order_key
from tmon.orders.order_list import OrderLists, Scope, Shown
from tmon.privacy import chain
from tmon.reports.periods import Span, korean_day, period_of
from tmon.reports.service import ReportService

OLD = 4_000
"""Old orders of each store."""
VERIFIED = "verify the audit chain"
"""The one job that reads all records there are, in pieces."""


async def card(world: World, store: Store, order: PlacedOrder) -> Message:
    async with world.db.read() as session:
        row = await session.get_one(OutboxMessage, (store.team_id, order_key(store.id, order.order_no)))
    return next(post for post in world.posts("주문") if post.ts == row.ts)


async def test_what_is_done_often_walks_no_old_orders(world: World, on_postgres: bool) -> None:
    stores = [await world.add_store(partner=number) for number in range(2)]
    await add_old_orders(
        world.db, stores, 2 * OLD, world.clock() - timedelta(days=100), apart=timedelta(minutes=10), due=20
    )
    await chain.extend(world.db, stores[0].team_id)
    if on_postgres:
        async with world.db.engine.connect() as connection:
            for table in ("orders", "order_deal", "message", "audit"):
                await connection.execute(text(f"ANALYZE {table}"))
            await connection.commit()
    team_id, ids = stores[0].team_id, tuple(store.id for store in stores)
    services = world.bot.services
    async with written_down(world.db) as statements:
        statements.doing = "collect"
        first, _ = world.tmon.new_orders(stores[0].seller_id, 2)
        await world.collect()
        statements.doing = "collect nothing new"
        await services[Coordinator].collect_now(team_id, ids[0], ORDERS, None)
        await world.settle()
        statements.doing = "press"
        await press(world, world.owner, await card(world, stores[0], first))
        for command in ("주문", "송장", "클레임", "문의", "상태", "스토어", "보고", str(first.order_no)):
            statements.doing = f"/tmon {command}"
            await world.command(world.owner, command)
        statements.doing = "home tab"
        await opened(world, world.owner)
        for shown in Shown:
            statements.doing = f"list {shown}"
            await services[OrderLists].page(Scope(team_id, ids, shown, since=world.clock()), 0)
        for span in (Span.YESTERDAY, Span.WEEK):
            statements.doing = f"report {span}"
            await services[ReportService].report(team_id, ids, period_of(span, korean_day(world.clock())))
        for job in world.bot.jobs:
            if job.name != VERIFIED:
                statements.doing = job.name
                await job.run()
                await world.settle()
    walking = [
        f"{doing}: {rows} of {table}: {statement}"
        for table in ("orders", "order_deal", "message", "audit")
        async for doing, statement, rows in statements.touching(table)
        if rows >= OLD
    ]
    assert not walking, "\n\n".join(walking)
