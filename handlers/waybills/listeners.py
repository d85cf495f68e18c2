"""The buttons of a confirmed order and their forms: waybill, correction, late-shipping notice, tracking, recipient."""

from collections.abc import Awaitable, Sequence

from handlers.blocks import Block, section
from handlers.common_views.shipping import OPEN
from handlers.form_values import read_form
from handlers.orders.ids import OrderRef
from handlers.orders.under import refresh_under, under
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.waybills import views
from handlers.waybills.ids import ShippingRef, WaybillView
from handlers.waybills.parcel_form import draft_of, keep_draft, typed_day, typed_parcel, with_parcel
from tmon.api import DelayReason, Parcel, TmonError
from tmon.business_days import business_day_after
from tmon.codes.service import CodeTables
from tmon.codes.tables import OWN_DELIVERY, Carrier, is_carrier_code
from tmon.errors import AppError
from tmon.models.orders import OrderDeal, OrderState
from tmon.models.stores import ApiGroup
from tmon.models.waybills import Waybill
from tmon.orders.service import OrderService
from tmon.orders.summaries import OrderSummary
from tmon.permissions import Permission
from tmon.stores import switches
from tmon.waybills.days import today
from tmon.waybills.results import DealResult, Result, Shipment
from tmon.waybills.service import ClaimsUnread, WaybillService
from tmon.waybills.uploads import WaybillUploads
from tmon.waybills.writes import parcel_of

CORRECTABLE = ("waybills.note_wrong_number", "waybills.note_refused")
"""Notes after which a person types something else: the form stays with its values."""


async def open_register(request: SlackRequest) -> None:
    """Handle 송장 등록: open the form for what waits to be shipped."""
    facts, ref = await _begin(request)
    if not facts.to_ship:
        raise AppError(_why_not(facts))
    in_doubt = _in_doubt(facts)
    if in_doubt is None:
        chosen, values, said = await request.services[CodeTables].last_used(request.team_id, ref.store), None, ""
    else:  # until TMON has told, only this number may be sent once more
        chosen, values = await _carrier(request, ref, in_doubt.carrier), parcel_of(in_doubt)
        said = request.t("waybills.other_in_doubt")
    await request.push(
        views.waybill_form(
            request.t,
            facts,
            ref,
            facts.to_ship,
            chosen=chosen,
            values=values,
            said=said,
            today=today(request.services.clock()),
        )
    )


async def open_correct(request: SlackRequest) -> None:
    """Handle 송장 수정: open the form with the number that TMON has."""
    facts, ref = await _begin(request)
    if not facts.correctable:
        raise AppError("waybills.too_late" if facts.shipped else "waybills.not_registered")
    row = facts.waybill(facts.correctable[0])
    assert row is not None
    chosen = Carrier(row.carrier, facts.shipping.carriers.get(row.carrier, row.carrier))
    await request.push(
        views.waybill_form(
            request.t,
            facts,
            ref,
            facts.correctable,
            corrects=True,
            chosen=chosen,
            values=parcel_of(row),
            today=today(request.services.clock()),
        )
    )


async def choose_carrier(request: SlackRequest) -> None:
    """Handle the choice of a carrier: own delivery has a day instead of numbers."""
    ref = decode(ShippingRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    if (ref.carrier == OWN_DELIVERY) == (request.value == OWN_DELIVERY):
        return  # the fields stay
    values = read_form(request.view)
    ref = keep_draft(ref, values)
    ref = ref.model_copy(update={"delivery": str(values.get("delivery") or "") or ref.delivery})
    facts = await _summary(request, ref)
    chosen = await _carrier(request, ref, request.value)
    await request.redraw(await _form(request, facts, ref, chosen=chosen, values=draft_of(ref)))


async def register(request: SlackRequest) -> None:
    """Handle the form 송장 등록: ship the parcel."""
    ref, parcel = await _typed(request)
    work = _registering(request, ref, parcel)
    await _send(request, ref, parcel, work, request.t("waybills.register"))


async def register_unchecked(request: SlackRequest) -> None:
    """Handle 클레임 확인 없이 보내기: ship the parcel although claims could not be read, as a person has ticked."""
    ref = decode(ShippingRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    if not read_form(request.view).get(views.AGREED):
        raise AppError("waybills.not_agreed", field=views.AGREED)
    work = _registering(request, ref, ref.parcel, unchecked=True)
    await _send(request, ref, ref.parcel, work, request.t("waybills.register"))


def _registering(
    request: SlackRequest, ref: ShippingRef, parcel: Parcel, *, unchecked: bool = False
) -> Awaitable[list[DealResult]]:
    shipments = [Shipment(ref.order, ref.delivery or "", parcel)]
    return request.services[WaybillUploads].send_typed(request.person, ref.store, shipments, unchecked=unchecked)


async def correct(request: SlackRequest) -> None:
    """Handle the form 송장 수정: change the number at TMON."""
    ref, parcel = await _typed(request)
    work = request.services[WaybillService].correct(request.person, ref.store, ref.order, ref.delivery or "", parcel)
    await _send(request, ref, parcel, work, request.t("waybills.correct"), corrects=True)


async def open_delay(request: SlackRequest) -> None:
    """Handle 발송지연 알림: open the form for what waits to be shipped and has no notice."""
    facts, ref = await _begin(request)
    if not facts.to_ship:
        raise AppError("waybills.shipped_already" if facts.shipped else _why_not(facts))
    if not facts.delayable:
        raise AppError("waybills.delayed_already")
    begin = max(today(request.services.clock()), today(facts.ship_by or request.services.clock()))
    proposed = business_day_after(begin, 1)
    await request.push(views.delay_form(request.t, facts, ref, facts.delayable, proposed=proposed))


async def notify_delay(request: SlackRequest) -> None:
    """Handle the form 발송지연 알림: tell TMON."""
    ref = decode(ShippingRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    values = read_form(request.view)
    ref = ref.model_copy(update={"delivery": str(values.get("delivery") or ref.delivery or "")})
    reason, detail = str(values.get("reason") or ""), str(values.get("detail") or "").strip()
    if reason not in set(DelayReason):
        raise AppError("waybills.no_reason", field="reason")
    if not detail:
        raise AppError("waybills.no_detail", field="detail")
    facts = await _summary(request, ref)
    day = typed_day(request, values)
    clock = [deal.ship_by or facts.order.ship_by for deal in facts.to_ship if deal.delivery_no == ref.delivery]
    if clock and day <= today(min(clock)):
        raise AppError("waybills.day_not_later", field="day", until=request.t.until_date(min(clock)))
    title = request.t("waybills.delay")
    work = request.services[WaybillService].notify_delay(
        request.person,
        ref.store,
        ref.order,
        ref.delivery or "",
        reason=reason,
        detail=detail[: views.DETAIL_LENGTH],
        ship_on=day,
    )
    try:
        results = await request.with_progress(work, lambda: request.show(views.progress(request.t, title)))
    except (AppError, TmonError) as error:
        if not request.answered.is_set():
            raise
        await _tell(request, ref, title, error_text(request.t, error))
    else:
        await _show_results(request, ref, title, results)
    await refresh_under(request, ref.under, OrderRef(store=ref.store, order=ref.order))


async def track(request: SlackRequest) -> None:
    """Handle 배송 조회: show how far each delivery is."""
    ref = decode(OrderRef, request.value)
    await request.store(ref.store, Permission.VIEW)
    facts = await request.services[OrderService].summary(request.team_id, ref.store, ref.order)
    await request.push(views.tracking(request.t, facts))


async def see_recipient(request: SlackRequest) -> None:
    """Handle 받는 분 보기: show whom the order is sent to, to those who work on the store; audited."""
    ref = decode(OrderRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    buyer = await request.services[OrderService].see_recipient(request.person, ref.store, ref.order)
    facts = await request.services[OrderService].summary(request.team_id, ref.store, ref.order)
    await request.push(views.recipient(request.t, facts, buyer))


def _in_doubt(facts: OrderSummary) -> Waybill | None:
    """The number sent before of which nobody knows whether TMON has it, if the only delivery to ship has one."""
    rows = [row for deal in facts.to_ship if (row := facts.waybill(deal)) is not None and row.state in OPEN]
    return rows[0] if rows and len({deal.delivery_no for deal in facts.to_ship}) == 1 else None


async def _begin(request: SlackRequest) -> tuple[OrderSummary, ShippingRef]:
    """The order of a pressed button, if its calls may leave. Raises AppError."""
    pressed = decode(OrderRef, request.value)
    store = await request.store(pressed.store, Permission.OPERATE)
    switches.require_on(store, ApiGroup.ORDER)
    ref = ShippingRef(store=pressed.store, order=pressed.order, under=under(request))
    return await _summary(request, ref), ref


async def _summary(request: SlackRequest, ref: ShippingRef) -> OrderSummary:
    return await request.services[OrderService].summary(request.team_id, ref.store, ref.order)


def _why_not(facts: OrderSummary) -> str:
    """Text key of why there is nothing to ship."""
    if facts.order.state is OrderState.CANCELLED or not facts.live:
        return "waybills.cancelled"
    return "waybills.already" if facts.shipped else "waybills.confirm_first"


async def _carrier(request: SlackRequest, ref: ShippingRef, code: str) -> Carrier | None:
    if not is_carrier_code(code):  # the entry that says how to type a code is none
        return None
    return Carrier(code, await request.services[CodeTables].carrier_name(request.team_id, ref.store, code))


async def _form(
    request: SlackRequest,
    facts: OrderSummary,
    ref: ShippingRef,
    *,
    chosen: Carrier | None,
    values: Parcel | None = None,
    said: str = "",
    corrects: bool | None = None,
) -> Block:
    """The form drawn anew: with other fields, or with what was typed and why it failed."""
    if corrects is None:
        corrects = request.view.get("callback_id") == WaybillView.CORRECT
    deals: Sequence[OrderDeal] = facts.correctable if corrects else facts.to_ship
    return views.waybill_form(
        request.t,
        facts,
        ref,
        deals or facts.live,
        corrects=corrects,
        chosen=chosen,
        values=values,
        said=said,
        today=today(request.services.clock()),
    )


async def _typed(request: SlackRequest) -> tuple[ShippingRef, Parcel]:
    """What was typed into the form of a waybill. Raises AppError at the field that is wrong."""
    ref = decode(ShippingRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    values = read_form(request.view)
    delivery = str(values.get("delivery") or ref.delivery or "")
    if not delivery:
        raise AppError("waybills.choose_delivery", field="delivery")
    parcel = typed_parcel(request, values)
    return ref.model_copy(update={"delivery": delivery, "carrier": parcel.carrier}), parcel


async def _send(
    request: SlackRequest,
    ref: ShippingRef,
    parcel: Parcel,
    work: Awaitable[list[DealResult]],
    title: str,
    *,
    corrects: bool = False,
) -> None:
    """Send a number and show what came of it: the result, the form with the reason, or the question about claims."""
    said = ""
    results: list[DealResult] = []
    try:
        results = await request.with_progress(work, lambda: request.show(views.progress(request.t, title)))
    except ClaimsUnread:
        facts = await _summary(request, ref)
        # nothing was sent, so a person who has closed the form has lost nothing but what was typed
        asked = with_parcel(ref, parcel)
        await deliver(request, views.unchecked_form(request.t, facts, asked), request.t("waybills.claims_unread"))
        return
    except (AppError, TmonError) as error:
        if not request.answered.is_set():
            raise
        said = error_text(request.t, error)
    else:
        if results and all(one.result is Result.FAILED and one.note in CORRECTABLE for one in results):
            said = views.said_text(request.t, results[0])
            if not request.answered.is_set() and await request.refuse(at_number(results[0])):
                await refresh_under(request, ref.under, OrderRef(store=ref.store, order=ref.order))
                return
    facts = await _summary(request, ref)
    if said:
        chosen = await _carrier(request, ref, parcel.carrier)
        form = await _form(request, facts, ref, chosen=chosen, values=parcel, said=said, corrects=corrects)
        await deliver(request, form, "\n".join([request.t.md("waybills.told", what=title), said]))
    else:
        await _show_results(request, ref, title, results, facts)
    await refresh_under(request, ref.under, OrderRef(store=ref.store, order=ref.order))


def at_number(result: DealResult) -> AppError:
    """Why a number was refused, at its field: TMON's own sentence where there is one."""
    if result.detail is None:
        return AppError(result.note or "", field="number", **result.values)
    return AppError("common.tmon_said", field="number", message=result.detail)


async def _show_results(
    request: SlackRequest,
    ref: ShippingRef,
    title: str,
    results: Sequence[DealResult],
    facts: OrderSummary | None = None,
) -> None:
    facts = facts or await _summary(request, ref)
    view = views.result_view(request.t, title, facts, results)
    await deliver(request, view, views.told_text(request.t, title, facts, results))


async def _tell(request: SlackRequest, ref: ShippingRef, title: str, text: str) -> None:
    view = views.progress(request.t, title) | {"blocks": [section(text)]}
    await deliver(request, view, "\n".join([request.t.md("waybills.told", what=title), text]))


async def deliver(request: SlackRequest, view: Block, text: str) -> None:
    """Show `view` in place of the form; a person who has closed it gets `text` as a direct message."""
    if not request.answered.is_set():
        await request.show(view)
    elif not await request.replace(str(request.view["id"]), view):
        await request.client.chat_postMessage(channel=request.user_id, text=text)
