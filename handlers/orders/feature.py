"""Orders on cards and in lists: confirm, hold, release."""

from handlers.common_views.orders import counts_text
from handlers.feature import CollectWord, SlackFeature
from handlers.orders import listeners, lists, renderers, samples
from handlers.orders.ids import OrderAction, OrderView
from handlers.subcommands import Subcommand
from tmon.models.collection import ORDERS

FEATURE = SlackFeature(
    name="orders",
    subcommands=(
        Subcommand(
            "orders",
            ("주문",),
            listeners.command,
            synonyms=("오더", "발주", "확인", "발주확인", "order"),
        ),
    ),
    actions={
        OrderAction.CONFIRM: listeners.confirm,
        OrderAction.CONFIRM_BATCH: listeners.confirm_batch,
        OrderAction.HOLD: listeners.open_hold,
        OrderAction.RELEASE: listeners.release,
        OrderAction.LIST: lists.open_list,
        OrderAction.PAGE: lists.turn_page,
        OrderAction.SHOWN: lists.choose_shown,
        OrderAction.STORE: lists.choose_store,
        OrderAction.TICK: lists.tick,
        OrderAction.CONFIRM_SELECTED: lists.confirm_selected,
    },
    submissions={
        OrderView.HOLD: listeners.hold,
    },
    collect_words=(CollectWord(ORDERS, ("orders", "주문"), counts_text),),
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
