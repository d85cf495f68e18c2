"""Known deals and the extension of their sale periods."""

from handlers.feature import SlackFeature
from handlers.products import listeners, page, renderers, samples
from handlers.products.ids import ProductAction, ProductView
from handlers.subcommands import Subcommand

FEATURE = SlackFeature(
    name="products",
    tasks={"extension": "products"},
    subcommands=(Subcommand("products", ("상품",), listeners.command, on_store=2, synonyms=("딜", "제품", "product")),),
    actions={
        ProductAction.PAGE: listeners.turn_page,
        ProductAction.ADD: listeners.open_add,
        ProductAction.OPEN: page.open_deal,
        ProductAction.OPTIONS: page.turn_options,
        ProductAction.DAY: listeners.show_day,
        ProductAction.EXCLUDE: listeners.exclude,
        ProductAction.INCLUDE: listeners.include,
    },
    submissions={
        ProductView.LIST: listeners.search,
        ProductView.ADD: listeners.add,
    },
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
