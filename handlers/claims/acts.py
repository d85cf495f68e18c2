"""Listeners of the buttons that decide on a claim, and of their forms."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from handlers.blocks import Block, section
from handlers.claims import act_views as views
from handlers.claims.ids import ActRef, ClaimListRef, ClaimRef, ClaimView
from handlers.claims.listeners import read_quietly, refresh, refresh_under
from handlers.common_views.partner_center import partner_center_buttons
from handlers.form_values import block_id_of, read_form
from handlers.payloads import decode
from handlers.rendering import RenderedMessage, renders
from handlers.request import SlackRequest, error_text
from handlers.texts import Texts
from tmon.api import OWN_DELIVERY, Rejected, TmonError
from tmon.claims.act_form import check_detail, check_parcel
from tmon.claims.act_messages import ClaimActEnded
from tmon.claims.acts import ActFacts, ActResult, ClaimActs
from tmon.claims.writes import ActOnClaim, ClaimAct, ClaimOver, ParcelUse, rules_of
from tmon.codes.reasons import ALREADY_SHIPPED
from tmon.codes.service import CodeTables
from tmon.codes.tables import Carrier
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.claims import ClaimKind
from tmon.models.outbox import OutboxMessage
from tmon.models.writes import WriteStep
from tmon.permissions import Permission
from tmon.stores.fields import InvalidFields

T = TypeVar("T")


async def press(request: SlackRequest) -> None:
    """Handle a button of a claim: open the form of its act, or act at once where there is nothing to fill in."""
    ref = decode(ActRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    if (ref.kind, ref.act) == (ClaimKind.RETURN, ClaimAct.APPROVE):  # its form begins with the amounts
        await read_quietly(request, ClaimRef(store=ref.store, kind=ref.kind, claim=ref.claim))
    facts = await request.services[ClaimActs].begin(request.team_id, ref.store, ref.kind, ref.claim, ref.act)
    if ref.act is ClaimAct.RELEASE or (ref.kind, ref.act) == (ClaimKind.CANCEL, ClaimAct.APPROVE):
        await _act_at_once(request, _write(request, ref))
        return
    family = rules_of(ref.kind, ref.act).reasons
    if family is not None and not await request.services[CodeTables].has_family(request.team_id, ref.store, family):
        text = request.t("claims.no_reasons")
        await request.notify(text, _with_partner_center(request.t, text))
        return
    await request.push(await _form(request, facts, _from_view(request, ref), {}))


def _from_view(request: SlackRequest, ref: ActRef) -> ActRef:
    """`ref` with the view in which the button was pressed, to be drawn anew after the act."""
    shown = request.view.get("callback_id")
    if shown not in (ClaimView.CLAIM, ClaimView.LIST):
        return ref
    listed = decode(ClaimListRef, request.view.get("private_metadata")) if shown == ClaimView.LIST else None
    return ref.model_copy(update={"under": str(request.view["id"]), "list": listed})


async def _act_at_once(request: SlackRequest, write: ActOnClaim) -> None:
    claim = ClaimRef(store=write.store_id, kind=write.claim_kind, claim=write.claim_no)
    try:
        result = await request.services[ClaimActs].act(request.person, write)
    finally:
        await refresh(request, claim)
    outcome = result.outcome
    if outcome.state is WriteStep.DONE and outcome.value is not False:
        return  # the card says it
    text = views.result_text(request.t, result, write.act)
    blocks = _with_partner_center(request.t, text) if result.facts.claim.not_offered else None
    await request.notify(text, blocks)


def _with_partner_center(t: Texts, text: str) -> list[Block]:
    return RenderedMessage.of_text(text, *partner_center_buttons(t)).blocks


async def choose_carrier(request: SlackRequest) -> None:
    """Handle the choice of a carrier in a form: an own delivery has no number, everything else stays."""
    ref = decode(ActRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.OPERATE)
    facts = await request.services[ClaimActs].facts(store.team_id, store.id, ref.kind, ref.claim)
    await request.redraw(await _form(request, facts, ref, read_form(request.view)))


async def submit(request: SlackRequest) -> None:
    """Handle the form of an act. What TMON refuses is shown at its field, with everything that was typed."""
    ref = decode(ActRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    typed = read_form(request.view)
    write = _write(request, ref, typed)
    title = views.act_name(request.t, ref.kind, ref.act)

    async def form_again(problem: str) -> Block:
        facts = await request.services[ClaimActs].facts(request.team_id, ref.store, ref.kind, ref.claim)
        return await _form(request, facts, ref, typed, problem)

    try:
        result = await with_working_view(request, title, request.services[ClaimActs].act(request.person, write))
    except (AppError, TmonError) as error:
        await tell_failure(request, title, error, form_again)
        return
    finally:
        if ref.under is not None:
            claim = ClaimRef(store=ref.store, kind=ref.kind, claim=ref.claim)
            await refresh_under(request, claim, ref.under, ref.list)
    text = views.result_text(request.t, result, ref.act)
    if _is_correctable(result):
        assert isinstance(result.outcome.error, Rejected)
        await tell_refusal(request, result.outcome.error, text, form_again)
        return
    await deliver(request, views.result(request.t, title, text, partner_center=result.facts.claim.not_offered))


def _is_correctable(result: ActResult) -> bool:
    """Whether TMON refused what was typed, so that it can be sent again with something else."""
    refused = result.outcome.state is WriteStep.FAILED and isinstance(result.outcome.error, Rejected)
    return refused and result.facts.claim.ended_at is None


def _write(request: SlackRequest, ref: ActRef, typed: Mapping[str, Any] | None = None) -> ActOnClaim:
    """The write of an act as it was typed. Raises InvalidFields with an error for each field that is wrong."""
    what, values = (ref.kind, ref.act), typed or {}
    errors: dict[str, AppError] = {}

    def checked(check: Callable[[], T], otherwise: T) -> T:
        try:
            return check()
        except AppError as error:
            errors[error.field or ""] = error
            return otherwise

    parcel = None
    rules = rules_of(*what)
    if rules.parcel is not ParcelUse.NONE:
        carrier, number = str(values.get("carrier") or ""), str(values.get("number") or "")
        optional = rules.parcel is ParcelUse.OPTIONAL
        found = checked(lambda: check_parcel(carrier, number, optional=optional), None)
        parcel = None if found is None else request.services[ClaimActs].parcel(*found)
    reason, detail = ALREADY_SHIPPED if what == (ClaimKind.CANCEL, ClaimAct.REJECT) else "", ""
    if rules.reasons is not None:
        reason = str(values.get("reason") or "")
        if not reason:
            errors["reason"] = AppError("claims.reason_missing", field="reason")
        detail = checked(lambda: check_detail(str(values.get("detail") or "")), "")
    if what == (ClaimKind.CANCEL, ClaimAct.REJECT) and not values.get("sure"):
        errors["sure"] = AppError("claims.not_sure", field="sure")
    if errors:
        raise InvalidFields(errors)
    return ActOnClaim(
        team_id=request.team_id,
        store_id=ref.store,
        claim_kind=ref.kind,
        claim_no=ref.claim,
        act=ref.act,
        carrier=None if parcel is None else parcel.carrier,
        number=None if parcel is None else parcel.number,
        reason=reason,
        detail=detail,
        restock=values.get("restock") == views.YES,
    )


async def _form(
    request: SlackRequest, facts: ActFacts, ref: ActRef, typed: Mapping[str, Any], problem: str | None = None
) -> Block:
    codes = request.services[CodeTables]
    family = rules_of(ref.kind, ref.act).reasons
    reasons = () if family is None else await codes.reasons(request.team_id, ref.store, family)
    code = str(typed.get("carrier") or "")
    carrier = None
    if len(code) == len(OWN_DELIVERY):
        carrier = Carrier(code, await codes.carrier_name(request.team_id, ref.store, code))
    return views.act_form(request.t, facts, ref, views.Choices(reasons, carrier, typed, problem))


async def with_working_view(request: SlackRequest, title: str, work: Awaitable[T]) -> T:
    """Return the result of `work`. If it takes longer than people like to wait, say so in the modal."""
    return await request.with_progress(work, lambda: request.show(views.working(request.t, title)))


async def tell_failure(
    request: SlackRequest, title: str, error: AppError | TmonError, form_again: Callable[[str], Awaitable[Block]]
) -> None:
    """Show why nothing was sent: in place of the form where it is of no use any more, else at the form."""
    if isinstance(error, ClaimOver):
        await deliver(request, views.result(request.t, title, error_text(request.t, error)))
    elif not request.answered.is_set():
        raise error
    else:
        await deliver(request, await form_again(error_text(request.t, error)))


async def tell_refusal(
    request: SlackRequest, error: Rejected, text: str, form_again: Callable[[str], Awaitable[Block]]
) -> None:
    """Show TMON's sentence at the field that it is about; the form keeps, or gets back, what was typed."""
    about_number = error.wrong_number or error.number_used or error.number_missing
    field = "number" if about_number else None
    place = block_id_of(request.view, field)
    if not request.answered.is_set() and place is not None:
        await request.ack(response_action="errors", errors={place: error_text(request.t, error, plain=True)[:2000]})
    else:
        await deliver(request, await form_again(text))


async def deliver(request: SlackRequest, view: Block) -> None:
    """Show a view in place of the form. If the person has closed it meanwhile, its text goes to their direct messages."""
    if not request.answered.is_set():
        await request.show(view)
    elif not await request.replace(str(request.view["id"]), view):
        blocks = [block for block in view["blocks"] if block["type"] in ("section", "actions")]
        text = blocks[0]["text"]["text"]
        is_form = "submit" in view
        await request.client.chat_postMessage(
            channel=request.user_id, text=text, blocks=[section(text)] if is_form else blocks
        )


@renders(ClaimActEnded)
async def render_ended(services: Services, row: OutboxMessage, args: ClaimActEnded, t: Texts) -> RenderedMessage | None:
    """Render the message to whoever acted on a claim: what was in doubt has ended."""
    facts = await services[ClaimActs].facts(row.team_id, args.store, args.claim_kind, args.claim)
    text = views.ended_text(t, facts.store.name, facts.claim, ClaimAct(args.act), done=args.done)
    return RenderedMessage.of_text(text)
