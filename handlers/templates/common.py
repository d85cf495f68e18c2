"""What every listener about templates needs."""

from handlers.blocks import Block, section
from handlers.common_views.switches import switch_off_notice
from handlers.form_values import block_id_of
from handlers.permissions import require_permission
from handlers.request import SlackRequest, error_text
from tmon.api import TmonError
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.stores.fields import InvalidFields
from tmon.stores.service import StoreService
from tmon.stores.switches import SwitchOff


async def managed(call: SlackRequest, store_id: str) -> Store:
    """The store. Raises AppError without the right to manage it: an address book holds people's names and phones."""
    store = await call.services[StoreService].get(call.team_id, store_id)
    require_permission(call.person, Permission.MANAGE, store)
    return store


async def show(call: SlackRequest, view: Block) -> str:
    """Opens the modal, or replaces the one that the person is in; returns its id."""
    if call.view:
        shown = await call.client.views_update(view_id=call.view["id"], view=view)
    else:
        shown = await call.client.views_open(trigger_id=call.trigger_id, view=view)
    return str(shown["view"]["id"])


def failure(call: SlackRequest, error: AppError | TmonError) -> list[Block]:
    """Why it was not done; where a switch stands in the way, with the offer to turn it on."""
    if isinstance(error, SwitchOff):
        return switch_off_notice(call.t, call.person, error)
    return [section(error_text(call.t, error))]


async def refuse(call: SlackRequest, error: AppError | TmonError | InvalidFields) -> None:
    """Answers a submission with each sentence at its field."""
    if isinstance(error, InvalidFields):
        errors = {block_id_of(call.view, name): call.t(one.key, **one.values) for name, one in error.errors.items()}
    elif isinstance(error, AppError):
        errors = {block_id_of(call.view, error.field): call.t(error.key, **error.values)}
    else:
        errors = {block_id_of(call.view, None): error_text(call.t, error)}
    await call.ack(response_action="errors", errors=errors)
