"""이메일 확인: an address of nobody in the workspace gets a code first, which is typed in Slack."""

from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.permissions import SlackUsers
from handlers.rendering import RenderedMail, renders
from handlers.request import SlackRequest
from handlers.stores import contact_address_views as views
from handlers.stores.ids import StoreViewRef
from handlers.texts import Texts
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.stores.messages import ContactCodeEmail
from tmon.stores.service import StoreService


async def settle_address(services: Services, store: Store) -> bool:
    """Return whether the address of a store's contact is that of a member of the workspace; if not, send a code there.

    Raises one of SLACK_ERRORS if Slack does not say whose address it is.
    """
    addresses = services[StoreService].addresses
    email = addresses.email(store)
    if email is None:
        return False
    if await services[SlackUsers].by_email(store.team_id, email, anew=True) is None:
        await addresses.send_code(store.team_id, store.id)
        return False
    await addresses.belongs_to_member(store.team_id, store.id, email)
    return True


async def open_form(request: SlackRequest) -> None:
    """Handle 이메일 확인: open the form that asks for the code; one is sent unless that was done within the hour."""
    store = await request.store(decode(StoreViewRef, request.value).store, Permission.MANAGE)
    if store.contact_confirmed:
        await request.notify(request.t("settings.email_confirmed"))
        return
    await request.services[StoreService].addresses.send_code(request.team_id, store.id)
    email = request.services[StoreService].addresses.email(store) or ""
    await request.push(views.code_form(request.t, store, email))


async def resend(request: SlackRequest) -> None:
    """Handle 인증 코드 다시 받기."""
    store = await request.store(decode(StoreViewRef, request.value).store, Permission.MANAGE)
    if not await request.services[StoreService].addresses.send_code(request.team_id, store.id):
        raise AppError("settings.code_just_sent")
    await request.notify(request.t("settings.code_sent"))


async def confirm(request: SlackRequest) -> None:
    """Handle the form: confirm the address with the code."""
    ref = decode(StoreViewRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    typed = str(read_form(request.view).get("code") or "")
    await request.services[StoreService].addresses.confirm(request.person, store.id, typed)
    await request.show(views.confirmed(request.t, store))


@renders(ContactCodeEmail)
async def render_code(services: Services, row: OutboxMessage, args: ContactCodeEmail, t: Texts) -> RenderedMail | None:
    """Render the mail with the code; None if the address is confirmed by now."""
    found = await services[StoreService].addresses.code(row.team_id, args.store)
    if found is None:
        return None
    store = await services[StoreService].get(row.team_id, args.store)
    return views.letter(t, store, *found)


RENDERERS = (render_code,)
