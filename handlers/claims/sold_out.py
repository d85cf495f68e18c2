"""Listeners of 품절 취소: the form, and the immediate cancel at TMON."""

from collections.abc import Mapping
from typing import Any

from handlers.blocks import Block
from handlers.claims import act_views
from handlers.claims import sold_out_views as views
from handlers.claims.acts import deliver, tell_failure, tell_refusal, with_working_view
from handlers.claims.ids import SoldOutRef
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.rendering import RenderedMessage, renders
from handlers.request import SlackRequest, error_text
from handlers.texts import Texts
from tmon.api import NotOffered, Rejected, TmonError
from tmon.claims.act_form import check_words
from tmon.claims.act_messages import SoldOutEnded
from tmon.claims.acts import ClaimActs, SoldOutFacts
from tmon.codes.reasons import SELLERS_CANCEL
from tmon.codes.tables import Reason
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.writes import WriteStep
from tmon.permissions import Permission
from tmon.stores.fields import InvalidFields
from tmon.stores.service import StoreService

REASONS = [Reason(code, code) for code in SELLERS_CANCEL]


async def open_form(request: SlackRequest) -> None:
    """Handle 품절 취소 of an order: open the form."""
    ref = decode(SoldOutRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    facts = await request.services[ClaimActs].sold_out_facts(request.team_id, ref.store, ref.order)
    await request.push(views.sold_out_form(request.t, facts, REASONS))


async def choose_goods(request: SlackRequest) -> None:
    """Handle the choice of goods: each that was ordered more than once gets a field for its quantity."""
    ref = decode(SoldOutRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    facts = await request.services[ClaimActs].sold_out_facts(request.team_id, ref.store, ref.order)
    await request.redraw(views.sold_out_form(request.t, facts, REASONS, read_form(request.view)))


async def submit(request: SlackRequest) -> None:
    """Handle 주문 취소: cancel at TMON what was chosen, one call for each delivery."""
    ref = decode(SoldOutRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    service = request.services[ClaimActs]
    typed = read_form(request.view)
    title = request.t("claims.sold_out")

    async def form_again(problem: str) -> Block:
        try:
            facts = await service.sold_out_facts(request.team_id, ref.store, ref.order)
        except AppError as error:  # nothing is left of it
            return act_views.result(request.t, title, f"{problem}\n{error_text(request.t, error)}")
        return views.sold_out_form(request.t, facts, REASONS, typed, problem)

    facts = await service.sold_out_facts(request.team_id, ref.store, ref.order)
    quantities, detail = _check(facts, typed)
    work = service.cancel_sold_out(
        request.person,
        facts,
        quantities,
        reason=str(typed["reason"]),
        detail=detail,
        restock=typed.get("restock") == act_views.YES,
    )
    try:
        ended = await with_working_view(request, title, work)
    except (AppError, TmonError) as error:
        await tell_failure(request, title, error, form_again)
        return
    text = views.result_text(request.t, facts, ended)
    refused = [one.outcome.error for one in ended if one.outcome.state is WriteStep.FAILED]
    if len(ended) == 1 and refused and isinstance(refused[0], Rejected):
        await tell_refusal(request, refused[0], text, form_again)
        return
    elsewhere = any(isinstance(one.outcome.error, NotOffered) for one in ended)
    await deliver(request, act_views.result(request.t, title, text, partner_center=elsewhere))


def _check(facts: SoldOutFacts, typed: Mapping[str, Any]) -> tuple[dict[tuple[int, int], int], str]:
    """Return the quantities by deal and option, and the words. Raises InvalidFields."""
    errors: dict[str, AppError] = {}
    quantities: dict[tuple[int, int], int] = {}
    wanted = set(typed.get("goods") or [])
    for deal, one in facts.options():
        value, most = views.goods_value(deal.deal_no, one["no"]), int(str(one["quantity"]))
        if value not in wanted:
            continue
        wanted.discard(value)
        text = str(typed.get(f"quantity-{value}") or most)
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
            field = f"quantity-{value}"
            errors[field] = AppError("claims.sold_out_quantity_wrong", field=field, n=most)
        else:
            quantities[deal.deal_no, int(str(one["no"]))] = int(text)
    if wanted:
        errors["goods"] = AppError("claims.sold_out_changed", field="goods")
    elif not quantities and not errors:
        errors["goods"] = AppError("claims.sold_out_no_goods", field="goods")
    if typed.get("reason") not in SELLERS_CANCEL:
        errors["reason"] = AppError("claims.reason_missing", field="reason")
    detail = ""
    try:
        detail = check_words(str(typed.get("detail") or ""))
    except AppError as error:
        errors["detail"] = error
    if not typed.get("sure"):
        errors["sure"] = AppError("claims.not_sure", field="sure")
    if errors:
        raise InvalidFields(errors)
    return quantities, detail


@renders(SoldOutEnded)
async def render_ended(services: Services, row: OutboxMessage, args: SoldOutEnded, t: Texts) -> RenderedMessage:
    """Render the message to whoever cancelled goods: what was in doubt has ended."""
    store = await services[StoreService].get(row.team_id, args.store)
    return RenderedMessage.of_text(views.ended_text(t, store.name, args.order, done=args.done))
