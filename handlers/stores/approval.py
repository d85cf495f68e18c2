"""From a saved store to what its people see: the channel's first message, TMON's word, and how it all ended."""

import asyncio

import structlog
from slack_sdk.errors import SlackApiError

from handlers.blocks import Block, section
from handlers.common_views.stores import channel, state_label
from handlers.payloads import decode
from handlers.permissions import SLACK_ERRORS, require_permission
from handlers.rendering import RenderedMessage
from handlers.request import SlackRequest
from handlers.stores import setup_views, views
from handlers.stores.ids import AutoRef, StoreListRef
from handlers.texts import Texts, mention
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ConfirmMode, Store
from tmon.permissions import Permission
from tmon.stores.messages import AutoConfirmOffer, ChannelLost, StoreApproved, StoreResult
from tmon.stores.service import StoreService

log = structlog.get_logger(__name__)

_SLOW_AFTER = 8.0
"""Seconds after which the modal says that TMON takes its time."""
_WAYS_OUT = {
    "not_in_channel": "stores.channel_invite",
    "channel_not_found": "stores.channel_invite",
    "is_archived": "stores.channel_archived",
    "restricted_action": "stores.channel_restricted",
    "restricted_action_read_only_channel": "stores.channel_restricted",
}


async def check_and_show(call: SlackRequest, store: Store, view_id: str) -> None:
    """Greets the channel, asks TMON, and shows in the modal `view_id` how it ended; the outbox tells it as well."""
    asked = asyncio.ensure_future(_check(call, store))
    await asyncio.wait({asked}, timeout=_SLOW_AFTER)
    if not asked.done():
        await call.replace(view_id, setup_views.progress(call.t, slow=True))
    try:
        blocks = await asked
    except AppError as error:
        blocks = [section(call.t.md(error.key, **error.values))]
    except Exception:
        await call.replace(view_id, setup_views.result(call.t, [section(call.t("setup.asking_failed"))]))
        raise  # the guard tells the reference
    await call.replace(view_id, setup_views.result(call.t, blocks))


async def _check(call: SlackRequest, store: Store) -> list[Block]:
    stores = call.services[StoreService]
    channel_error, _ = await asyncio.gather(
        _post_greeting(call, store), stores.check(call.team_id, store.id, saved_by=call.user_id)
    )
    # read again: both wrote to it
    store = await stores.get(call.team_id, store.id)
    return views.result(call.t, store, await stores.auto_waiting(call.team_id, store.id), channel_error)


async def _post_greeting(call: SlackRequest, store: Store) -> str | None:
    """Posts the first message to the store's channel unless one arrived there before; returns why it could not."""
    if store.channel_ok:
        return None
    text = call.channel_t.md("stores.greeting", name=store.name, who=mention(call.user_id))
    try:
        await call.client.chat_postMessage(channel=store.channel_id, text=text, blocks=[section(text)])
    except SlackApiError as error:
        key = _WAYS_OUT.get(error.response["error"], "stores.channel_failed")
        bot = mention((await call.client.auth_test())["user_id"])
        return call.t.md(key, channel=channel(store), bot=bot)
    except SLACK_ERRORS as error:
        log.info("the channel was not reached", error=type(error).__name__)
        return call.t.md("stores.channel_unreached", channel=channel(store))
    await call.services[StoreService].channel_checked(call.team_id, store.id, store.channel_id, ok=True)
    return None


async def recheck(call: SlackRequest) -> None:
    """다시 확인, in a result or a direct message: the channel and TMON are tried again."""
    store = await _managed(call, decode(StoreListRef, call.value).store)
    progress = setup_views.progress(call.t)
    if call.view:
        view_id = str(call.view["id"])
        await call.client.views_update(view_id=view_id, view=progress)
    else:
        opened = await call.client.views_open(trigger_id=call.trigger_id, view=progress)
        view_id = str(opened["view"]["id"])
    await check_and_show(call, store, view_id)


async def start_auto(call: SlackRequest) -> None:
    """자동 발주확인 시작, for new orders only or for those that wait as well."""
    ref = decode(AutoRef, call.value)
    store = await _managed(call, ref.store)
    await call.services[StoreService].start_auto(call.person, store.id, include_waiting=ref.include_waiting)
    if call.view:
        store = await call.services[StoreService].get(call.team_id, store.id)
        view = setup_views.result(call.t, [*views.result(call.t, store, 0), section(call.t("stores.auto_begun"))])
        await call.replace(str(call.view["id"]), view)


async def _managed(call: SlackRequest, store_id: str) -> Store:
    store = await call.services[StoreService].get(call.team_id, store_id)
    require_permission(call.person, Permission.MANAGE, store)
    return store


async def _store_of(services: Services, row: OutboxMessage) -> Store | None:
    """The store that a message is about; None when it was removed."""
    try:
        return await services[StoreService].get(row.team_id, str(row.args["store"]))
    except AppError:
        return None


async def paint_result(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """Where the approval of a store stands."""
    store = await _store_of(services, row)
    if store is None:
        return _removed(t)
    text = t.md("stores.result_title", state=state_label(t, store), name=store.name)
    # the offer of automatic confirmation is a message of its own
    blocks = views.result(t, store, None)
    return RenderedMessage(text, blocks)


async def paint_approved(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """The reply that a store which had to wait is approved."""
    store = await _store_of(services, row)
    if store is None:
        return None
    text = t.md("stores.approved_at_last", name=store.name)
    return RenderedMessage(text, [section(text)])


async def paint_offer(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """How many orders wait before automatic confirmation begins."""
    store = await _store_of(services, row)
    if store is None:
        return _removed(t)
    if store.confirm_mode is ConfirmMode.MANUAL:
        text = t.md("stores.auto_not_chosen", name=store.name)
        return RenderedMessage(text, [section(text)])
    if store.auto_from is not None:
        text = t.md("stores.auto_runs", name=store.name)
        return RenderedMessage(text, [section(text)])
    waiting = await services[StoreService].auto_waiting(row.team_id, store.id)
    text = t.md("stores.auto_offer", name=store.name, n=waiting or 0)
    return RenderedMessage(text, views.auto_offer(t, store, waiting))


async def paint_channel_lost(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """The channel takes no more messages; nothing when that was mended before it was told."""
    store = await _store_of(services, row)
    if store is None or store.channel_ok or store.channel_id != row.args["channel"]:
        return None
    text = t.md("stores.channel_lost", name=store.name, channel=channel(store))
    return RenderedMessage(text, views.channel_lost(t, store, text))


def _removed(t: Texts) -> RenderedMessage:
    text = t("common.store_gone")
    return RenderedMessage(text, [section(text)])


PAINTERS = {
    StoreResult.kind: paint_result,
    StoreApproved.kind: paint_approved,
    AutoConfirmOffer.kind: paint_offer,
    ChannelLost.kind: paint_channel_lost,
}
