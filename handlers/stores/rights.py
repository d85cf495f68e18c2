"""Who is told of rights: people chosen to confirm orders, and whoever registered the store when somebody asks."""

from handlers.common_views.ids import RightsRef
from handlers.payloads import decode
from handlers.rendering import RenderedMessage, renders
from handlers.request import SlackRequest
from handlers.stores import views
from handlers.texts import Texts, mention
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.permissions import Permission, has_permission
from tmon.stores.messages import RightRequested, WorkerChosen
from tmon.stores.service import StoreService


async def ask(request: SlackRequest) -> None:
    """Handle 권한 요청: tell whoever registered the store that this person asks for the right, at most once an hour."""
    ref = decode(RightsRef, request.value)
    store = await request.services[StoreService].get(request.team_id, ref.store)
    await request.require_member()
    if has_permission(request.person, ref.right, store):
        await request.notify(request.t("rights.have"))
        return
    await request.services[StoreService].settings.ask_for_right(request.person, store.id, ref.right)
    await request.notify(request.t.md("rights.asked", who=mention(store.registered_by)))


@renders(WorkerChosen)
async def render_chosen(services: Services, row: OutboxMessage, args: WorkerChosen, t: Texts) -> RenderedMessage | None:
    """Render the message to somebody who may confirm orders now; None for anybody else, and if it is over already."""
    store = await services[StoreService].get(row.team_id, args.store)
    if row.destination != args.user or args.user not in (*store.worker_ids, *store.cs_worker_ids):
        return None
    return RenderedMessage.of_text(views.worker_chosen(t, store, args.user, args.who))


@renders(RightRequested)
async def render_requested(services: Services, row: OutboxMessage, args: RightRequested, t: Texts) -> RenderedMessage:
    """Render the message that somebody asks for a right."""
    store = await services[StoreService].get(row.team_id, args.store)
    text = t.md_of("stores.right_requested", Permission(args.right), who=mention(args.user), name=store.name)
    return RenderedMessage(text, views.to_settings(t, store, text))


RENDERERS = (render_chosen, render_requested)
