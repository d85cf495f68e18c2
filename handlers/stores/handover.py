"""등록자 넘기기 in the settings view of a store: somebody else becomes its registrant."""

from handlers.blocks import Block, context, input_block, modal, section
from handlers.form_values import read_form
from handlers.payloads import decode, encode
from handlers.permissions import SlackUsers
from handlers.rendering import RenderedMessage, renders
from handlers.request import SlackRequest
from handlers.stores.ids import HandoverView, StoreViewRef
from handlers.texts import Texts, mention
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.stores.handover import StoreHandover
from tmon.stores.messages import StoreHandedOver
from tmon.stores.service import StoreService


async def open_form(request: SlackRequest) -> None:
    """Handle 등록자 넘기기: open the form above the settings view."""
    ref = decode(StoreViewRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    await request.push(form(request.t, store, ref))


async def hand_over(request: SlackRequest) -> None:
    """Handle 넘기기: the chosen person becomes the registrant, which the settings view below then shows."""
    ref = decode(StoreViewRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.MANAGE)
    successor = str(read_form(request.view).get("successor") or "")
    if not successor:
        raise AppError("handover.nobody", field="successor")
    await request.services[SlackUsers].require_members(request.team_id, {"successor": [successor]})
    store = await request.services[StoreHandover].hand_over(request.person, ref.store, successor)
    await request.show(result(request.t, store, successor))


def form(t: Texts, store: Store, ref: StoreViewRef) -> Block:
    """The form: to whom, and what that changes."""
    blocks = [
        section(t.md("handover.about", name=store.name, former=mention(store.registered_by))),
        input_block("successor", t("handover.successor"), {"type": "users_select"}),
        context(t("handover.note")),
    ]
    return modal(
        t("handover.title"),
        blocks,
        callback_id=HandoverView.FORM,
        close=t("common.close"),
        submit=t("handover.submit"),
        metadata=encode(ref),
    )


def result(t: Texts, store: Store, successor: str) -> Block:
    """Who the registrant is now."""
    text = t.md("handover.done", name=store.name, successor=mention(successor))
    return modal(t("handover.title"), [section(text)], callback_id=HandoverView.RESULT, close=t("common.close"))


def told(t: Texts, store: Store, args: StoreHandedOver) -> str:
    """What the former and the new registrant read."""
    return t.md(
        "handover.told",
        name=store.name,
        who=mention(args.who),
        former=mention(args.former),
        successor=mention(args.successor),
    )


@renders(StoreHandedOver)
async def render_handed_over(
    services: Services, row: OutboxMessage, args: StoreHandedOver, t: Texts
) -> RenderedMessage:
    """Render the direct message to the former and the new registrant."""
    return RenderedMessage.of_text(told(t, await services[StoreService].get(row.team_id, args.store), args))


RENDERERS = (render_handed_over,)
