"""Order cards, lists and the hold form: confirm, hold, release, turn pages."""

from collections.abc import Awaitable
from functools import partial
from typing import Any

from handlers.form_values import read_form
from handlers.orders import views
from handlers.orders.ids import BatchRef, HoldRef, ListRef, OrderRef
from handlers.orders.renderers import render_batch, render_order
from handlers.payloads import decode, encode
from handlers.request import SlackRequest
from handlers.stale_copies import refresh_stale_copy
from handlers.subcommands import named_store
from tmon.errors import AppError
from tmon.orders.cards import batch_key, order_key
from tmon.orders.confirmation import ConfirmationService
from tmon.orders.service import OrderService, OrderSummary
from tmon.pages import Page
from tmon.permissions import Permission
from tmon.stores.service import StoreService


async def confirm(request: SlackRequest) -> None:
    """Handle 발주확인 on a card or in a list: confirm an order."""
    ref = decode(OrderRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    await _act(
        request,
        request.services[ConfirmationService].confirm(request.team_id, ref.store, ref.order, request.user_id),
        ref,
    )


async def release(request: SlackRequest) -> None:
    """Handle 보류 해제: release a held order."""
    ref = decode(OrderRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    await _act(request, request.services[OrderService].release(request.person, ref.store, ref.order), ref)


async def confirm_batch(request: SlackRequest) -> None:
    """Handle 일괄 발주확인: confirm the orders that the batch card showed."""
    ref = decode(BatchRef, request.value)
    facts = await request.services[OrderService].batch(request.team_id, ref.batch)
    await request.require(Permission.OPERATE, facts.store)
    await _act(
        request, request.services[ConfirmationService].confirm_batch(request.team_id, ref.batch, request.user_id), ref
    )


async def _act(request: SlackRequest, work: Awaitable[Any], ref: OrderRef | BatchRef) -> None:
    """Run `work`, then refresh what the person clicked in: the list, also while it runs, or a stale copy of a card."""
    if request.view:
        list_ref = decode(ListRef, request.view.get("private_metadata"))
        refresh = partial(_refresh_list, request, list_ref, str(request.view["id"]))
        try:
            await request.with_progress(work, refresh)
        finally:
            await refresh()
        return
    try:
        await work
    finally:
        if isinstance(ref, OrderRef):
            await refresh_stale_copy(request, order_key(ref.store, ref.order), render_order)
        else:
            await refresh_stale_copy(request, batch_key(ref.batch), render_batch)


async def open_list(request: SlackRequest) -> None:
    """Handle 목록 보기 on a batch card: open the list of its orders."""
    await _open_list(request, decode(ListRef, request.value))


async def list_waiting(request: SlackRequest, rest: str) -> None:
    """Run `/tmon orders [store]`: open the list of waiting orders, most urgent first."""
    ref = ListRef()
    if rest:
        ref = ListRef(store=(await named_store(request, rest)).id)
    elif not await request.services[StoreService].all(request.team_id):
        raise AppError("common.no_stores")
    await _open_list(request, ref)


async def turn_page(request: SlackRequest) -> None:
    """Turn to another page."""
    await _refresh_list(request, decode(ListRef, request.value), str(request.view["id"]))


async def _open_list(request: SlackRequest, ref: ListRef) -> None:
    await request.show(views.order_list(request.t, await _page(request, ref), ref))


async def _refresh_list(request: SlackRequest, ref: ListRef, view_id: str) -> None:
    """Update the list, unless the person has closed it meanwhile."""
    await request.replace(view_id, views.order_list(request.t, await _page(request, ref), ref))


async def _page(request: SlackRequest, ref: ListRef) -> Page[OrderSummary]:
    if ref.batch is not None:
        facts = await request.services[OrderService].batch(request.team_id, ref.batch)
        await request.require(Permission.VIEW, facts.store)
        return await request.services[OrderService].batch_page(request.team_id, ref.batch, ref.page)
    stores = [
        store.id for store in await request.services[StoreService].all(request.team_id) if ref.store in (None, store.id)
    ]
    return await request.services[OrderService].waiting(request.team_id, stores, ref.page)


async def open_hold(request: SlackRequest) -> None:
    """Handle 발주 보류: open the form that asks for the reason."""
    ref = decode(OrderRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    hold_ref = HoldRef(store=ref.store, order=ref.order)
    if request.view:
        list_ref = decode(ListRef, request.view.get("private_metadata"))
        hold_ref = hold_ref.model_copy(update={"list_view": str(request.view["id"]), "list": list_ref})
    await request.push(views.hold_form(request.t, ref.order, encode(hold_ref)))


async def hold(request: SlackRequest) -> None:
    """Handle the hold form: hold the order with the given reason."""
    ref = decode(HoldRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    reason = str(read_form(request.view).get("reason") or "").strip()
    if not reason:
        raise AppError("orders.hold_reason_empty", field="reason")
    await request.services[OrderService].hold(request.person, ref.store, ref.order, reason)
    await request.ack()
    if ref.list_view is not None and ref.list is not None:
        await _refresh_list(request, ref.list, ref.list_view)
