"""Order cards and lists: confirm, hold, release, page through."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import structlog

from handlers.blocks import section
from handlers.orders import views
from handlers.orders.ids import BatchRef, HoldRef, ListRef, OrderRef
from handlers.payloads import decode, encode
from handlers.permissions import SLACK_ERRORS, require_permission
from handlers.rendering import RenderedMessage
from handlers.request import SlackRequest
from handlers.stale_copies import refresh_stale_copy
from handlers.subcommands import named_store
from handlers.texts import Texts
from tmon.collection.coordinator import Coordinator
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.orders import OrderState
from tmon.models.outbox import OutboxMessage
from tmon.orders.cards import batch_key, order_key
from tmon.orders.confirmation import ConfirmationService
from tmon.orders.messages import BatchCard, OrderCard, OrderReminder, RunReport
from tmon.orders.service import OrderPage, OrderService
from tmon.permissions import Permission, operators
from tmon.stores.service import StoreService

log = structlog.get_logger(__name__)

_SHOW_PROGRESS_AFTER = 0.8
"""Seconds after which a list shows that a confirmation is under way."""


async def confirm(call: SlackRequest) -> None:
    """발주확인 on a card or in a list."""
    ref = decode(OrderRef, call.value)
    await _require_work(call, ref.store)
    await _act(call, call.services[ConfirmationService].confirm(call.team_id, ref.store, ref.order, call.user_id), ref)


async def release(call: SlackRequest) -> None:
    """보류 해제."""
    ref = decode(OrderRef, call.value)
    await _require_work(call, ref.store)
    await _act(call, call.services[OrderService].release(call.person, ref.store, ref.order), ref)


async def confirm_batch(call: SlackRequest) -> None:
    """일괄 발주확인 of what the card showed."""
    ref = decode(BatchRef, call.value)
    facts = await call.services[OrderService].batch(call.team_id, ref.batch)
    require_permission(call.person, Permission.OPERATE, facts.store)
    await _act(call, call.services[ConfirmationService].confirm_batch(call.team_id, ref.batch, call.user_id), ref)


async def _act(call: SlackRequest, work: Awaitable[Any], ref: OrderRef | BatchRef) -> None:
    """Does it, and shows it where the person is: a list shows progress, a stale copy of a card is drawn anew."""
    task = asyncio.ensure_future(work)
    try:
        if call.view:
            await asyncio.wait({task}, timeout=_SHOW_PROGRESS_AFTER)
            if not task.done():
                await _refresh_list(call, decode(ListRef, call.view.get("private_metadata")), str(call.view["id"]))
        await task
    finally:
        if call.view:
            await _refresh_list(call, decode(ListRef, call.view.get("private_metadata")), str(call.view["id"]))
        elif isinstance(ref, OrderRef):
            await refresh_stale_copy(call, order_key(ref.store, ref.order), paint_order)
        else:
            await refresh_stale_copy(call, batch_key(ref.batch), paint_batch)


async def open_list(call: SlackRequest) -> None:
    """목록 보기 on a batch card."""
    await _open_list(call, decode(ListRef, call.value))


async def list_waiting(call: SlackRequest, rest: str) -> None:
    """`/tmon orders [store]`: what waits, most urgent first."""
    ref = ListRef()
    if rest:
        ref = ListRef(store=(await named_store(call, rest)).id)
    elif not await call.services[StoreService].all(call.team_id):
        raise AppError("common.no_stores")
    await _open_list(call, ref)


async def turn_page(call: SlackRequest) -> None:
    """이전 쪽, 다음 쪽."""
    await _refresh_list(call, decode(ListRef, call.value), str(call.view["id"]))


async def _open_list(call: SlackRequest, ref: ListRef) -> None:
    view = views.order_list(call.t, await _page(call, ref), ref)
    await call.client.views_open(trigger_id=call.trigger_id, view=view)


async def _refresh_list(call: SlackRequest, ref: ListRef, view_id: str) -> None:
    """Draws the list anew, unless it was closed meanwhile: what was done is done all the same."""
    view = views.order_list(call.t, await _page(call, ref), ref)
    try:
        await call.client.views_update(view_id=view_id, view=view)
    except SLACK_ERRORS as error:
        log.info("the list was not redrawn", error=type(error).__name__)


async def _page(call: SlackRequest, ref: ListRef) -> OrderPage:
    if ref.batch is not None:
        facts = await call.services[OrderService].batch(call.team_id, ref.batch)
        require_permission(call.person, Permission.VIEW, facts.store)
        return await call.services[OrderService].batch_page(call.team_id, ref.batch, ref.page)
    stores = [
        store.id for store in await call.services[StoreService].all(call.team_id) if ref.store in (None, store.id)
    ]
    return await call.services[OrderService].waiting(call.team_id, stores, ref.page)


async def open_hold(call: SlackRequest) -> None:
    """발주 보류: asks for the reason."""
    ref = decode(OrderRef, call.value)
    await _require_work(call, ref.store)
    if call.view:
        shown = decode(ListRef, call.view.get("private_metadata"))
        metadata = encode(HoldRef(store=ref.store, order=ref.order, list_view=call.view["id"], list=shown))
        await call.client.views_push(trigger_id=call.trigger_id, view=views.hold_form(call.t, ref.order, metadata))
    else:
        metadata = encode(HoldRef(store=ref.store, order=ref.order))
        await call.client.views_open(trigger_id=call.trigger_id, view=views.hold_form(call.t, ref.order, metadata))


async def hold(call: SlackRequest) -> None:
    """The reason was given."""
    ref = decode(HoldRef, call.view.get("private_metadata"))
    await _require_work(call, ref.store)
    reason = str(call.view["state"]["values"]["reason"]["value"].get("value") or "").strip()
    if not reason:
        raise AppError("orders.hold_reason_empty", field="reason")
    await call.services[OrderService].hold(call.person, ref.store, ref.order, reason)
    await call.ack()
    if ref.list_view is not None and ref.list is not None:
        await _refresh_list(call, ref.list, ref.list_view)


async def _require_work(call: SlackRequest, store_id: str) -> None:
    require_permission(call.person, Permission.OPERATE, await call.services[StoreService].get(call.team_id, store_id))


async def paint_order(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage:
    """An order's own card."""
    facts = await services[OrderService].summary(row.team_id, row.args["store"], row.args["order"])
    return RenderedMessage(views.order_text(t, facts), views.order_card(t, facts))


async def paint_batch(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage:
    """A batch card. From its first drawing on its members are fixed."""
    await services[OrderService].freeze_batch(row.team_id, row.args["batch"])
    facts = await services[OrderService].batch(row.team_id, row.args["batch"])
    return RenderedMessage(views.batch_text(t, facts), views.batch_card(t, facts))


async def paint_report(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """What a run changed, in one line."""
    run = await services[Coordinator].run(row.team_id, row.args["run"])
    if run is None or not run.counts:
        return None
    store = await services[StoreService].get(row.team_id, run.store_id)
    text = views.report_text(t, store.name, run.counts)
    return RenderedMessage(text, [section(text)])


async def paint_reminder(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """The one reminder; nothing when the order was dealt with meanwhile."""
    facts = await services[OrderService].summary(row.team_id, row.args["store"], row.args["order"])
    waiting = 1
    if row.args["batch"] is not None:
        batch = await services[OrderService].batch(row.team_id, row.args["batch"])
        waiting = batch.waiting + batch.held
    elif facts.order.state is not OrderState.NEW:
        waiting = 0
    if not waiting:
        return None
    text = views.reminder_text(t, operators(facts.store), waiting, facts)
    return RenderedMessage(text, [section(text)])


PAINTERS = {
    OrderCard.kind: paint_order,
    BatchCard.kind: paint_batch,
    RunReport.kind: paint_report,
    OrderReminder.kind: paint_reminder,
}
