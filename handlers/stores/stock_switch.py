"""What the stock sync would change at TMON, shown before it is turned on."""

from handlers.common_views.stock import UNSEEN
from handlers.form_values import read_form
from handlers.request import SlackRequest
from handlers.stores import settings_views as views
from handlers.stores.ids import ChangeRef, PushRef
from tmon.models.stores import ApiGroup, Store
from tmon.stock.push_preview import PushPreview, StockPreviews
from tmon.stores.form import StoreForm


async def begins(request: SlackRequest, store: Store, form: StoreForm) -> PushPreview | None:
    """Return what saving `form` would push to TMON; None if it does not turn the stock sync on."""
    if store.group_on(ApiGroup.STOCK) or not (form.sync and form.stock):
        return None
    return await request.with_progress(read(request, store), lambda: request.show(views.reading(request.t)))


def begins_with(store: Store, group: ApiGroup | None) -> bool:
    """Return whether the stock sync begins when the switch of `group` is turned on (None: the master switch)."""
    if store.group_on(ApiGroup.STOCK):
        return False
    return store.stock_on if group is None else group is ApiGroup.STOCK and store.sync_on


async def read(request: SlackRequest, store: Store) -> PushPreview:
    """Return what turning the stock sync on would push to TMON."""
    return await request.services[StockPreviews].preview(request.team_id, store.id, turned_on=True)


def was_seen(request: SlackRequest, push: PushPreview | None, change: ChangeRef | PushRef) -> bool:
    """Whether the person has seen exactly this, and agreed where TMON's stock is not known."""
    if push is None:
        return True
    return push.seen == change.push and (push.not_compared is None or bool(read_form(request.view).get(UNSEEN)))
