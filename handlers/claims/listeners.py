"""Claims: the command, details, reading one again, whom to collect from, pictures, the open cancel of an order."""

import asyncio

from handlers.blocks import Block
from handlers.claims import lists, views
from handlers.claims.ids import ClaimListRef, ClaimRef, ClaimView
from handlers.claims.renderers import render_card
from handlers.orders.ids import OrderRef
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stale_copies import settle_stale_copy
from handlers.subcommands import typed_number
from tmon.api import TmonError
from tmon.claims.cards import claim_key
from tmon.claims.claim_list import ClaimLists
from tmon.claims.service import ClaimService
from tmon.errors import AppError
from tmon.models.stores import ApiGroup
from tmon.permissions import Permission
from tmon.sealing import CannotOpen
from tmon.stores import switches

_PATIENCE = 1.5
"""Seconds since the press: Slack opens no view after three."""


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon claims [order or claim number, or store]`: open that claim, else the list of open ones."""
    number = typed_number(rest)
    if number is None:
        await lists.show_stores(request, rest)
        return
    found = await request.services[ClaimLists].with_number(request.team_id, number)
    if len(found) == 1:
        store_id, kind, claim_no = found[0]
        await request.show(await _view(request, ClaimRef(store=store_id, kind=kind, claim=claim_no)))
    elif found:
        await lists.show(request, ClaimListRef(number=number))
    else:
        try:
            await lists.show_stores(request, rest)
        except AppError as error:
            if error.key != "common.no_store_named":
                raise
            raise AppError("claims.no_number", number=str(number)) from None


async def see(request: SlackRequest) -> None:
    """Handle 자세히: show everything that is known of a claim."""
    ref = decode(ClaimRef, request.value)
    await request.store(ref.store, Permission.VIEW)
    await request.push(await _view(request, ref))


async def read_again(request: SlackRequest) -> None:
    """Handle 다시 확인: ask TMON how a claim stands now."""
    ref = decode(ClaimRef, request.value)
    await request.store(ref.store, Permission.VIEW)
    try:
        claim = await request.services[ClaimService].refresh(request.team_id, ref.store, ref.kind, ref.claim)
    finally:
        await refresh(request, ref)
    t = request.t
    await request.notify(t.md("claims.checked", number=str(claim.claim_no), state=views.state_word(t, claim)))


async def read_quietly(request: SlackRequest, ref: ClaimRef) -> None:
    """Read a claim before it is shown: lists tell no amounts. Without an answer in time, what is stored serves."""
    try:
        async with asyncio.timeout(request.seconds_left(_PATIENCE)):
            await request.services[ClaimService].refresh(request.team_id, ref.store, ref.kind, ref.claim)
    except (TimeoutError, AppError, TmonError, CannotOpen):
        return


async def refresh(request: SlackRequest, ref: ClaimRef) -> None:
    """Draw what the person acted in anew: the claim, the list, or a stale copy of a card."""
    shown = request.view.get("callback_id")
    if shown == ClaimView.CLAIM:
        await request.replace(str(request.view["id"]), await _view(request, ref))
    elif shown == ClaimView.LIST:
        await lists.refresh(request)
    elif not request.view:
        await settle_stale_copy(request, claim_key(ref.store, ref.kind, ref.claim), render_card)


async def refresh_under(request: SlackRequest, ref: ClaimRef, view_id: str, shown: ClaimListRef | None) -> None:
    """Draw the claim or the list anew from which a form was opened that lies, or lay, on top of it."""
    if shown is not None:
        await lists.draw(request, view_id, shown)
    else:
        await request.replace(view_id, await _view(request, ref))


async def see_pickup(request: SlackRequest) -> None:
    """Handle 수거지 보기: show whom to collect from to people who may operate the store; the view is audited."""
    ref = decode(ClaimRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    claim, record = await request.services[ClaimService].see_pickup(request.person, ref.store, ref.kind, ref.claim)
    await request.push(views.pickup_view(request.t, claim, record))


async def see_pictures(request: SlackRequest) -> None:
    """Handle 사진 보기: show links to the buyer's pictures to people who may operate the store; the view is audited."""
    ref = decode(ClaimRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    claim, found = await request.services[ClaimService].see_pictures(request.person, ref.store, ref.kind, ref.claim)
    await request.push(views.pictures_view(request.t, claim, found))


async def open_picture(request: SlackRequest) -> None:
    """Handle a link to a picture: Slack opens it, and there is nothing to do."""


async def open_cancel_request(request: SlackRequest) -> None:
    """Handle 취소 요청 보기 on an order: show its open cancel. One that the collection has not seen yet is asked for."""
    ref = decode(OrderRef, request.value)
    store = await request.store(ref.store, Permission.VIEW)
    claims = request.services[ClaimService]
    found = await claims.of_order(request.team_id, ref.store, ref.order)
    if not found:
        switches.require_on(store, ApiGroup.ORDER)
        await claims.read_open_cancels(store, [ref.order])
        found = await claims.of_order(request.team_id, ref.store, ref.order)
    if not found:
        raise AppError("claims.no_open_cancel", number=ref.order)
    if len(found) > 1:
        await lists.show(request, ClaimListRef(number=ref.order))
        return
    await request.push(await _view(request, ClaimRef(store=ref.store, kind=found[0].kind, claim=found[0].claim_no)))


async def _view(request: SlackRequest, ref: ClaimRef) -> Block:
    facts = await request.services[ClaimService].summary(request.team_id, ref.store, ref.kind, ref.claim)
    return views.claim_view(request.t, facts)
