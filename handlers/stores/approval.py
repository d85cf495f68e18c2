"""Approval of a saved store: greet its channel, check its key at TMON, show the result."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from handlers.blocks import Block, section
from handlers.common_views.ids import StoreRef
from handlers.common_views.stores import channel, state_label, waits_for_start
from handlers.payloads import decode
from handlers.permissions import SLACK_ERRORS
from handlers.rendering import RenderedMessage, renders
from handlers.request import SlackRequest
from handlers.stores import settings_views, setup_views, views
from handlers.stores.contact_address import settle_address
from handlers.stores.ids import AutoRef, KeyRef, SetupView, StoreListRef
from handlers.texts import Texts, mention
from tmon.collection.coordinator import Coordinator
from tmon.core import Services
from tmon.dashboard.service import Dashboard
from tmon.errors import AppError
from tmon.models.collection import ORDERS
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ApiGroup, ConfirmMode, Store, StoreState
from tmon.permissions import Permission
from tmon.stores.messages import AutoConfirmOffer, ChannelLost, ReaderLost, StoreApproved, StoreResult
from tmon.stores.service import StoreService
from tmon.stores.settings import Part

log = structlog.get_logger(__name__)

_SLOW_AFTER = 8.0
"""Seconds after which the modal says that TMON is slow."""
_FIRST_COLLECTION = 20.0
"""Seconds that the result waits for the first orders; the collection goes on."""
_WAYS_OUT = {
    "not_in_channel": "stores.channel_invite",
    "channel_not_found": "stores.channel_invite",
    "is_archived": "stores.channel_archived",
    "restricted_action": "stores.channel_restricted",
    "restricted_action_read_only_channel": "stores.channel_restricted",
}


async def check_and_show(request: SlackRequest, store: Store, view_id: str, *, chosen: bool = False) -> None:
    """Check channel and key, and show the result in the modal `view_id`; the outbox sends it as a message too.

    `chosen`: the result says what the defaults have chosen.
    """
    slow = setup_views.progress(request.t, slow=True)
    try:
        blocks = await request.with_progress(
            _check(request, store, chosen=chosen), lambda: request.replace(view_id, slow), after=_SLOW_AFTER
        )
    except AppError as error:
        blocks = [section(request.t.md(error.key, **error.values))]
    except Exception:
        await request.replace(view_id, setup_views.result(request.t, [section(request.t("setup.asking_failed"))]))
        raise  # the router shows the reference id
    await request.replace(view_id, setup_views.result(request.t, blocks))


async def _check(request: SlackRequest, store: Store, *, chosen: bool) -> list[Block]:
    stores = request.services[StoreService]
    (channel_error, greeting), *_ = await asyncio.gather(
        _post_greeting(request, store),
        stores.check(request.team_id, store.id, saved_by=request.user_id),
        settle(request, store),
    )
    # reload: both have written to it
    store = await stores.get(request.team_id, store.id)
    waiting = await _first_orders(request, store)
    if store.state is StoreState.APPROVED and waits_for_start(store):
        await stores.begin_auto(request.team_id, store.id)
        store = await stores.get(request.team_id, store.id)
    if greeting is not None and waiting is not None:
        await _complete_greeting(request, store, greeting, waiting)
    checklist = await request.services[Dashboard].checklist(request.team_id, store.id)
    blocks = views.result(request.t, store, waiting, checklist, channel_error)
    return [*blocks, *settings_views.chosen(request.t, store)] if chosen else blocks


async def _first_orders(request: SlackRequest, store: Store) -> int | None:
    """Collect the orders of a store that has just been approved; return how many wait, None if that is not known yet."""
    stores = request.services[StoreService]
    waiting = await stores.auto_waiting(request.team_id, store.id)
    if waiting is not None or not store.active or not store.group_on(ApiGroup.ORDER):
        return waiting
    collection = request.services[Coordinator].collect_now(request.team_id, store.id, ORDERS, None)
    try:
        async with asyncio.timeout(_FIRST_COLLECTION):
            await collection
    except (AppError, TimeoutError) as error:
        log.info("the first orders are not there yet", store=store.id, error=type(error).__name__)
    await stores.orders_collected(request.team_id, store.id)
    return await stores.auto_waiting(request.team_id, store.id)


async def _complete_greeting(request: SlackRequest, store: Store, greeting: Mapping[str, str], waiting: int) -> None:
    """Say in the greeting how many orders wait, now that they were collected."""
    content: dict[str, Any] = views.greeting(request.channel_t, store, request.user_id, waiting)
    try:
        await request.client.chat_update(channel=greeting["channel"], ts=greeting["ts"], **content)
    except SLACK_ERRORS as error:
        log.info("the greeting was not completed", error=type(error).__name__)


async def settle(request: SlackRequest, store: Store) -> None:
    """Find out whose address the contact's is; if Slack does not say so, that is done before the first mail."""
    if not store.contact_confirmed:
        try:
            await settle_address(request.services, store)
        except SLACK_ERRORS as error:
            log.info("the owner of an address is not known", error=type(error).__name__)


async def _post_greeting(request: SlackRequest, store: Store) -> tuple[str | None, dict[str, str] | None]:
    """Post the greeting to the store's channel, unless one arrived before.

    Returns the reason if that failed, and channel and ts of the message if it did not.
    """
    if store.channel_ok:
        return None, None
    content: dict[str, Any] = views.greeting(request.channel_t, store, request.user_id, None)
    try:
        answer = await request.client.chat_postMessage(channel=store.channel_id, **content)
    except SlackApiError as error:
        key = _WAYS_OUT.get(error.response["error"], "stores.channel_failed")
        bot = mention((await request.client.auth_test())["user_id"])
        return request.t.md(key, channel=channel(store), bot=bot), None
    except SLACK_ERRORS as error:
        log.info("the channel was not reached", error=type(error).__name__)
        return request.t.md("stores.channel_unreached", channel=channel(store)), None
    await request.services[StoreService].channel_checked(request.team_id, store.id, store.channel_id, ok=True)
    return None, {"channel": answer["channel"], "ts": answer["ts"]}


async def fix_key(request: SlackRequest) -> None:
    """Handle Key 고치기, wherever a refused key is told: open the form with nothing but the key."""
    store = await request.store(decode(StoreRef, request.value).store, Permission.MANAGE)
    view = setup_views.key_form(
        request.t, KeyRef(store=store.id), store.seller_id, "\n".join(views.key_state(request.t, store))
    )
    if request.view.get("callback_id") == SetupView.RESULT:
        await request.show(view)
    else:
        await request.push(view)


async def save_key(request: SlackRequest, store: Store, typed: Mapping[str, str]) -> None:
    """Save the key typed in the form of the key, check it, and show the result in its place."""
    saved = await request.services[StoreService].settings.save(
        request.person, store.id, Part.API, typed, base=store.updated_at
    )
    view_id = await request.show(setup_views.progress(request.t))
    await check_and_show(request, saved.store, view_id)


async def recheck(request: SlackRequest) -> None:
    """Handle 다시 확인 in a result or a direct message: check the channel and TMON again."""
    store = await request.store(decode(StoreListRef, request.value).store, Permission.MANAGE)
    view_id = await request.show(setup_views.progress(request.t))
    await check_and_show(request, store, view_id)


async def start_auto(request: SlackRequest) -> None:
    """Handle 자동 발주확인 시작: start automatic confirmation, for new orders only or for waiting ones too."""
    ref = decode(AutoRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    await request.services[StoreService].start_auto(request.person, store.id, include_waiting=ref.include_waiting)
    if request.view:
        store = await request.services[StoreService].get(request.team_id, store.id)
        checklist = await request.services[Dashboard].checklist(request.team_id, store.id)
        view = setup_views.result(request.t, views.result(request.t, store, 0, checklist))
        await request.replace(str(request.view["id"]), view)


async def ask_auto(request: SlackRequest) -> None:
    """Handle 자동 발주확인 시작 in a list: say how many orders wait, and start only then."""
    store = await request.store(decode(StoreRef, request.value).store, Permission.MANAGE)
    waiting = await request.services[StoreService].auto_waiting(request.team_id, store.id)
    view = views.auto_form(request.t, store, waiting)
    await request.push(view)


async def _store_of(services: Services, team_id: str, store_id: str) -> Store | None:
    """Return the store of a message; None if it was removed."""
    try:
        return await services[StoreService].get(team_id, store_id)
    except AppError:
        return None


@renders(StoreResult)
async def render_result(services: Services, row: OutboxMessage, args: StoreResult, t: Texts) -> RenderedMessage:
    """Render the state of a store's approval."""
    store = await _store_of(services, row.team_id, args.store)
    if store is None:
        return _removed(t)
    text = t.md("stores.result_title", state=state_label(t, store), name=store.name)
    # the offer of automatic confirmation is a separate message
    waiting = None if waits_for_start(store) else await services[StoreService].auto_waiting(row.team_id, store.id)
    blocks = views.result(t, store, waiting, await services[Dashboard].checklist(row.team_id, store.id))
    return RenderedMessage(text, blocks)


@renders(StoreApproved)
async def render_approved(services: Services, row: OutboxMessage, args: StoreApproved, t: Texts) -> RenderedMessage:
    """Render the reply that a pending store is approved."""
    store = await services[StoreService].get(row.team_id, args.store)
    return RenderedMessage.of_text(t.md("stores.approved_at_last", name=store.name))


@renders(AutoConfirmOffer)
async def render_offer(services: Services, row: OutboxMessage, args: AutoConfirmOffer, t: Texts) -> RenderedMessage:
    """Render the offer to start automatic confirmation, with the number of waiting orders."""
    store = await _store_of(services, row.team_id, args.store)
    if store is None:
        return _removed(t)
    if store.confirm_mode is ConfirmMode.MANUAL:
        return RenderedMessage.of_text(t.md("stores.auto_not_chosen", name=store.name))
    if store.auto_from is not None:
        return RenderedMessage.of_text(t.md("stores.auto_runs", name=store.name))
    waiting = await services[StoreService].auto_waiting(row.team_id, store.id)
    text = t.md("stores.auto_offer", name=store.name, n=waiting or 0)
    return RenderedMessage(text, views.auto_offer(t, store, waiting))


@renders(ChannelLost)
async def render_channel_lost(
    services: Services, row: OutboxMessage, args: ChannelLost, t: Texts
) -> RenderedMessage | None:
    """Render the message that the channel rejects messages, or that this is over; None if it was fixed before it was sent."""
    store = await services[StoreService].get(row.team_id, args.store)
    if store.channel_ok or store.channel_id != args.channel:
        if row.ts is None:
            return None
        key = "stores.channel_mended" if store.channel_ok else "stores.channel_replaced"
        return RenderedMessage.of_text(t.md(key, name=store.name, channel=channel(store)))
    text = t.md("stores.channel_lost", name=store.name, channel=channel(store))
    return RenderedMessage(text, views.channel_lost(t, store, text))


@renders(ReaderLost)
async def render_reader_lost(
    services: Services, row: OutboxMessage, args: ReaderLost, t: Texts
) -> RenderedMessage | None:
    """Render the message that somebody does not get the messages of a store any more; None if they no longer should."""
    store = await services[StoreService].get(row.team_id, args.store)
    if args.who not in (store.contact_user_id, store.registered_by):
        return None
    key = "stores.contact_lost" if args.who == store.contact_user_id else "stores.registrant_lost"
    text = t.md(key, name=store.name, who=mention(args.who))
    return RenderedMessage(text, views.to_settings(t, store, text))


def _removed(t: Texts) -> RenderedMessage:
    return RenderedMessage.of_text(t("common.store_gone"))


RENDERERS = (render_result, render_approved, render_offer, render_channel_lost, render_reader_lost)
