"""Combined shipping (합포장): one waybill for several orders to the same recipient."""

from collections.abc import Sequence
from datetime import date

from handlers.form_values import read_form
from handlers.orders.ids import OrderRef
from handlers.orders.under import refresh_under, under
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.waybills import combined_views, views
from handlers.waybills.ids import MOST_TOGETHER, CombinedRef
from handlers.waybills.listeners import CORRECTABLE, at_number, deliver
from handlers.waybills.parcel_form import draft_of, keep_draft, typed_parcel, with_parcel
from tmon.api import Parcel, TmonError
from tmon.codes.service import CodeTables
from tmon.codes.tables import OWN_DELIVERY, Carrier
from tmon.errors import AppError
from tmon.models.stores import ApiGroup
from tmon.orders.service import OrderService
from tmon.orders.summaries import OrderSummary
from tmon.permissions import Permission
from tmon.stores import switches
from tmon.waybills.days import today
from tmon.waybills.results import DealResult, Result, Shipment
from tmon.waybills.service import ClaimsUnread
from tmon.waybills.uploads import WaybillUploads


async def open_form(request: SlackRequest) -> None:
    """Handle 합포장으로 보내기: open the form with the orders to the same recipient, all of them chosen."""
    pressed = decode(OrderRef, request.value)
    store = await request.store(pressed.store, Permission.OPERATE)
    switches.require_on(store, ApiGroup.ORDER)
    facts = await _summary(request, pressed.store, pressed.order)
    if not facts.to_ship or not facts.together:
        raise AppError("waybills.combine_alone")
    orders = (pressed.order, *facts.together)
    ref = CombinedRef(store=pressed.store, orders=orders[:MOST_TOGETHER], under=under(request))
    offered = [facts, *[await _summary(request, ref.store, number) for number in ref.orders[1:]]]
    chosen = await request.services[CodeTables].last_used(request.team_id, ref.store)
    await request.push(
        combined_views.combined_form(
            request.t, offered, ref, more=len(orders) > MOST_TOGETHER, chosen=chosen, today=_today(request)
        )
    )


async def choose_carrier(request: SlackRequest) -> None:
    """Handle the choice of a carrier: own delivery has a day instead of numbers."""
    ref = decode(CombinedRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    if (ref.carrier == OWN_DELIVERY) == (request.value == OWN_DELIVERY):
        return  # the fields stay
    offered = [await _summary(request, ref.store, number) for number in ref.orders]
    values = read_form(request.view)
    ref = keep_draft(ref, values)
    form = combined_views.combined_form(
        request.t,
        offered,
        ref,
        chosen=await _carrier(request, ref, request.value),
        ticked=[int(number) for number in values.get(combined_views.ORDERS) or ()],
        values=draft_of(ref),
        today=_today(request),
    )
    await request.redraw(form)


async def send(request: SlackRequest) -> None:
    """Handle the form 합포장 송장 등록: ship the chosen orders with one waybill."""
    ref = decode(CombinedRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    values = read_form(request.view)
    ticked = {str(number) for number in values.get(combined_views.ORDERS) or ()}
    numbers = tuple(number for number in ref.orders if str(number) in ticked)
    if not numbers:
        raise AppError("waybills.combine_none", field=combined_views.ORDERS)
    parcel = typed_parcel(request, values)
    await _send(request, ref, numbers, parcel)


async def send_unchecked(request: SlackRequest) -> None:
    """Handle 클레임 확인 없이 보내기: ship them although claims could not be read, as a person has ticked."""
    ref = decode(CombinedRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    if not read_form(request.view).get(views.AGREED):
        raise AppError("waybills.not_agreed", field=views.AGREED)
    await _send(request, ref, ref.orders, ref.parcel, unchecked=True)


async def _send(
    request: SlackRequest, ref: CombinedRef, numbers: Sequence[int], parcel: Parcel, *, unchecked: bool = False
) -> None:
    orders = {number: await _summary(request, ref.store, number) for number in numbers}
    _check_recipient(orders)
    shipments = [
        Shipment(number, delivery_no, parcel)
        for number, facts in orders.items()
        for delivery_no in dict.fromkeys(deal.delivery_no for deal in facts.to_ship)
    ]
    title = request.t("waybills.combine_title")
    work = request.services[WaybillUploads].send_typed(request.person, ref.store, shipments, unchecked=unchecked)
    said, results = "", list[DealResult]()
    try:
        results = await request.with_progress(work, lambda: request.show(views.progress(request.t, title)))
    except ClaimsUnread:
        asked = with_parcel(ref.model_copy(update={"orders": tuple(numbers)}), parcel)
        view = combined_views.combined_unchecked_form(request.t, asked)
        await deliver(request, view, request.t("waybills.claims_unread"))
        return
    except (AppError, TmonError) as error:
        if not request.answered.is_set():
            raise
        said = error_text(request.t, error)
    else:
        if results and all(one.result is Result.FAILED and one.note in CORRECTABLE for one in results):
            said = views.said_text(request.t, results[0])
            if not request.answered.is_set() and await request.refuse(at_number(results[0])):
                await _refresh(request, ref)
                return
    if said:
        offered = [await _summary(request, ref.store, number) for number in ref.orders]
        form = combined_views.combined_form(
            request.t,
            offered,
            ref,
            chosen=await _carrier(request, ref, parcel.carrier),
            ticked=numbers,
            values=parcel,
            said=said,
            today=_today(request),
        )
        await deliver(request, form, "\n".join([request.t.md("waybills.told", what=title), said]))
    else:
        view = combined_views.combined_result(request.t, orders, results)
        await deliver(request, view, combined_views.combined_told(request.t, orders, results))
    await _refresh(request, ref)


def _check_recipient(orders: dict[int, OrderSummary]) -> None:
    """Raise AppError unless all of them still wait to be shipped to the same recipient."""
    first = next((facts for facts in orders.values() if facts.to_ship), None)
    hashed = None if first is None else first.order.recipient_hash
    changed = [
        str(number)
        for number, facts in orders.items()
        if not facts.to_ship or not hashed or facts.order.recipient_hash != hashed
    ]
    if changed:
        raise AppError("waybills.combine_changed", field=combined_views.ORDERS, numbers=", ".join(changed))


async def _refresh(request: SlackRequest, ref: CombinedRef) -> None:
    await refresh_under(request, ref.under, OrderRef(store=ref.store, order=ref.orders[0]))


async def _summary(request: SlackRequest, store_id: str, order_no: int) -> OrderSummary:
    return await request.services[OrderService].summary(request.team_id, store_id, order_no)


async def _carrier(request: SlackRequest, ref: CombinedRef, code: str) -> Carrier | None:
    if not code:
        return None
    return Carrier(code, await request.services[CodeTables].carrier_name(request.team_id, ref.store, code))


def _today(request: SlackRequest) -> date:
    return today(request.services.clock())
