"""Settlement: months, products, what is to be checked, and collecting it by hand."""

from handlers.feature import CollectWord, SlackFeature
from handlers.settlement import listeners, renderers, samples
from handlers.settlement.counts import counts_text
from handlers.settlement.ids import SettlementAction, SettlementView
from handlers.subcommands import Subcommand
from tmon.permissions import Permission
from tmon.settlement.collector import SETTLEMENT

FEATURE = SlackFeature(
    name="settlement",
    subcommands=(
        Subcommand(
            "settlement",
            ("정산",),
            listeners.command,
            on_home=3,
            synonyms=("정산내역", "지급"),
            right=Permission.OPERATE,
        ),
    ),
    actions={
        SettlementAction.OPEN: listeners.open_month,
        SettlementAction.BACK: listeners.open_month,
        SettlementAction.PRODUCTS: listeners.show_products,
        SettlementAction.PRODUCT_PAGE: listeners.show_products,
        SettlementAction.CHECK: listeners.show_check,
        SettlementAction.CHECK_PAGE: listeners.show_check,
        SettlementAction.SHOWN: listeners.choose_shown,
        SettlementAction.EXPORT: listeners.export,
        SettlementAction.COLLECT: listeners.collect,
    },
    submissions={SettlementView.MONTH: listeners.show_month},
    collect_words=(CollectWord(SETTLEMENT, ("settlement", "정산"), counts_text),),
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
