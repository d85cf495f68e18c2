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


async def managed(request: SlackRequest, store_id: str) -> Store:
    """The store. Raises AppError without the right to manage it: an address book holds people's names and phones."""
    store = await request.services[StoreService].get(request.team_id, store_id)
    require_permission(request.person, Permission.MANAGE, store)
    return store


async def show(request: SlackRequest, view: Block) -> str:
    """Opens the modal, or replaces the one that the person is in; returns its id."""
    if request.view:
        shown = await request.client.views_update(view_id=request.view["id"], view=view)
    else:
        shown = await request.client.views_open(trigger_id=request.trigger_id, view=view)
    return str(shown["view"]["id"])


def failure(request: SlackRequest, error: AppError | TmonError) -> list[Block]:
    """Why it was not done; where a switch stands in the way, with the offer to turn it on."""
    if isinstance(error, SwitchOff):
        return switch_off_notice(request.t, request.person, error)
    return [section(error_text(request.t, error))]


async def refuse(request: SlackRequest, error: AppError | TmonError | InvalidFields) -> None:
    """Answers a submission with each sentence at its field."""
    if isinstance(error, InvalidFields):
        errors = {
            block_id_of(request.view, name): request.t(one.key, **one.values) for name, one in error.errors.items()
        }
    elif isinstance(error, AppError):
        errors = {block_id_of(request.view, error.field): request.t(error.key, **error.values)}
    else:
        errors = {block_id_of(request.view, None): error_text(request.t, error)}
    await request.ack(response_action="errors", errors=errors)
