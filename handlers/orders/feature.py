"""Orders on cards and in lists: confirm, hold, release."""

from handlers.common_views.orders import counts_text
from handlers.feature import CollectWord, SlackFeature
from handlers.orders import listeners, renderers, samples
from handlers.orders.ids import OrderAction, OrderView
from handlers.subcommands import Subcommand
from tmon.models.collection import ORDERS

FEATURE = SlackFeature(
    name="orders",
    subcommands=(
        Subcommand(
            "orders",
            ("주문",),
            listeners.list_waiting,
            on_home=1,
            synonyms=("오더", "발주", "확인", "발주확인", "order"),
        ),
    ),
    actions={
        OrderAction.CONFIRM: listeners.confirm,
        OrderAction.CONFIRM_BATCH: listeners.confirm_batch,
        OrderAction.HOLD: listeners.open_hold,
        OrderAction.RELEASE: listeners.release,
        OrderAction.LIST: listeners.open_list,
        OrderAction.PAGE: listeners.turn_page,
    },
    submissions={
        OrderView.HOLD: listeners.hold,
    },
    collect_words=(CollectWord(ORDERS, ("orders", "주문"), counts_text),),
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
