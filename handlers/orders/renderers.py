"""Renders cards, reports and reminders of orders."""

from handlers.common_views.partner_center import partner_center_buttons
from handlers.orders import batch_views, views
from handlers.rendering import RenderedMessage, renders
from handlers.texts import Texts
from tmon.core import Services
from tmon.models.orders import OrderState
from tmon.models.outbox import OutboxMessage
from tmon.orders.messages import BatchCard, OrderCard, OrderReminder, RunReport, WaitingBuyersDestroyed
from tmon.orders.service import OrderService
from tmon.permissions import operators
from tmon.stores.service import StoreService


@renders(OrderCard)
async def render_order(services: Services, row: OutboxMessage, args: OrderCard, t: Texts) -> RenderedMessage | None:
    """Render the card of one order, or where it moved; None if it moved before it was posted."""
    facts = await services[OrderService].summary(row.team_id, args.store, args.order)
    if facts.order.batch_id is not None:
        return None if row.ts is None else RenderedMessage.of_text(views.moved_text(t, facts.store))
    return RenderedMessage(views.order_text(t, facts), views.order_card(t, facts))


@renders(BatchCard)
async def render_batch(services: Services, row: OutboxMessage, args: BatchCard, t: Texts) -> RenderedMessage | None:
    """Render a batch card, or where its orders moved. The first rendering freezes its members."""
    await services[OrderService].freeze_batch(row.team_id, args.batch)
    facts = await services[OrderService].batch(row.team_id, args.batch)
    if facts.batch.moved_to is not None and not facts.total:
        return None if row.ts is None else RenderedMessage.of_text(views.moved_text(t, facts.store))
    return RenderedMessage(batch_views.batch_text(t, facts), batch_views.batch_card(t, facts))


@renders(RunReport)
async def render_report(services: Services, row: OutboxMessage, args: RunReport, t: Texts) -> RenderedMessage | None:
    """Render the report on what a run changed; None if cards say it all, or as long as orders are being confirmed."""
    facts = await services[OrderService].run(row.team_id, args.run)
    if facts is None or not facts.counts:
        return None
    text = batch_views.report_text(t, facts.store, facts.counts)
    return RenderedMessage(text, batch_views.report(t, facts.store, facts.counts, facts.goods, args.run))


@renders(OrderReminder)
async def render_reminder(
    services: Services, row: OutboxMessage, args: OrderReminder, t: Texts
) -> RenderedMessage | None:
    """Render the reminder, of which there is one; None if no order of it is waiting any more."""
    facts = await services[OrderService].summary(row.team_id, args.store, args.order)
    waiting = 1
    if args.batch is not None:
        batch = await services[OrderService].batch(row.team_id, args.batch)
        waiting = batch.waiting + batch.held
    elif facts.order.state is not OrderState.NEW:
        waiting = 0
    if not waiting:
        return None
    return RenderedMessage.of_text(views.reminder_text(t, operators(facts.store), waiting, facts))


@renders(WaitingBuyersDestroyed)
async def render_destroyed(
    services: Services, row: OutboxMessage, args: WaitingBuyersDestroyed, t: Texts
) -> RenderedMessage:
    """Render the notice that buyers' data of orders that still wait were destroyed."""
    store = await services[StoreService].get(row.team_id, args.store)
    return RenderedMessage.of_text(batch_views.destroyed_text(t, store.name, args.orders), *partner_center_buttons(t))


RENDERERS = (render_order, render_batch, render_report, render_reminder, render_destroyed)
