"""What every listener about templates needs."""

from handlers.blocks import Block, section
from handlers.common_views.switches import refused
from handlers.form_values import block_of
from handlers.permissions import require
from handlers.request import Call, explain
from tmon.api import TmonError
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Right
from tmon.stores.fields import InvalidFields
from tmon.stores.service import Stores
from tmon.stores.switches import SwitchOff


async def managed(call: Call, store_id: str) -> Store:
    """The store. Raises AppError without the right to manage it: an address book holds people's names and phones."""
    store = await call.services[Stores].get(call.team_id, store_id)
    require(call.person, Right.MANAGE, store)
    return store


async def show(call: Call, view: Block) -> str:
    """Opens the modal, or replaces the one that the person is in; returns its id."""
    if call.view:
        shown = await call.client.views_update(view_id=call.view["id"], view=view)
    else:
        shown = await call.client.views_open(trigger_id=call.trigger_id, view=view)
    return str(shown["view"]["id"])


def failure(call: Call, error: AppError | TmonError) -> list[Block]:
    """Why it was not done; where a switch stands in the way, with the offer to turn it on."""
    if isinstance(error, SwitchOff):
        return refused(call.t, call.person, error)
    return [section(explain(call.t, error))]


async def refuse(call: Call, error: AppError | TmonError | InvalidFields) -> None:
    """Answers a submission with each sentence at its field."""
    if isinstance(error, InvalidFields):
        errors = {block_of(call.view, name): call.t(one.key, **one.values) for name, one in error.errors.items()}
    elif isinstance(error, AppError):
        errors = {block_of(call.view, error.field): call.t(error.key, **error.values)}
    else:
        errors = {block_of(call.view, None): explain(call.t, error)}
    await call.ack(response_action="errors", errors=errors)
