"""Order cards and the hold form: confirm, hold, release, show one order."""

from collections.abc import Awaitable
from typing import Any

from handlers.form_values import read_form
from handlers.orders import lists, views
from handlers.orders.ids import BatchRef, HoldRef, ListRef, OrderRef, OrderView
from handlers.orders.renderers import render_batch, render_order
from handlers.orders.under import order_view
from handlers.payloads import decode, encode
from handlers.request import SlackRequest
from handlers.stale_copies import settle_stale_copy
from handlers.subcommands import typed_number
from tmon.errors import AppError
from tmon.orders.cards import batch_key, order_key
from tmon.orders.confirmation import ConfirmationService
from tmon.orders.order_list import OrderLists
from tmon.orders.service import OrderService
from tmon.permissions import Permission


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
    """Run `work`, then refresh what the person clicked in: a view, also while it runs, or a stale copy of a card."""
    if request.view:

        async def refresh() -> None:
            await _refresh_view(request, str(request.view["id"]), ref)

        try:
            await request.with_progress(work, refresh)
        finally:
            await refresh()
        return
    try:
        await work
    finally:
        if isinstance(ref, OrderRef):
            await settle_stale_copy(request, order_key(ref.store, ref.order), render_order)
        else:
            await settle_stale_copy(request, batch_key(ref.batch), render_batch)


async def _refresh_view(request: SlackRequest, view_id: str, ref: OrderRef | BatchRef) -> None:
    """Draw the list or the order in which the person acted anew."""
    if request.view.get("callback_id") == OrderView.ORDER and isinstance(ref, OrderRef):
        await request.replace(view_id, await order_view(request, ref))
    else:
        await lists.refresh(request, decode(ListRef, request.view.get("private_metadata")), view_id)


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon orders [order number or store]`: open that order, else the list of waiting orders."""
    number = typed_number(rest)
    if number is None:
        await lists.show_stores(request, rest)
        return
    found = await request.services[OrderLists].with_number(request.team_id, number)
    if len(found) == 1:
        await request.show(await order_view(request, OrderRef(store=found[0].store.id, order=number)))
    elif found:  # several stores have a share in it
        await lists.show(request, ListRef(number=number))
    else:
        try:
            await lists.show_stores(request, rest)
        except AppError as error:
            if error.key != "common.no_store_named":
                raise
            raise AppError("orders.no_number", number=str(number)) from None


async def open_hold(request: SlackRequest) -> None:
    """Handle 발주 보류: open the form that asks for the reason."""
    ref = decode(OrderRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    hold_ref = HoldRef(store=ref.store, order=ref.order)
    if request.view:
        in_list = request.view.get("callback_id") == OrderView.LIST
        list_ref = decode(ListRef, request.view.get("private_metadata")) if in_list else None
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
    if ref.list_view is None:
        return
    if ref.list is not None:
        await lists.refresh(request, ref.list, ref.list_view)
    else:
        await request.replace(ref.list_view, await order_view(request, OrderRef(store=ref.store, order=ref.order)))
