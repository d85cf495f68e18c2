"""Known deals and the extension of their sale periods."""

from handlers.feature import SlackFeature
from handlers.products import forms, listeners, page, prices, renderers, samples
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
        ProductAction.PRICE_SELECTED: prices.open_percent,
        ProductAction.PRICE: prices.open_price,
        ProductAction.PRICE_PAGE: prices.turn_price_page,
        ProductAction.PAUSE: forms.pause,
        ProductAction.RESUME: forms.resume,
        ProductAction.PERIOD: forms.open_period,
        ProductAction.ADD_OPTION: forms.open_option,
        ProductAction.EDIT: forms.open_edit,
        ProductAction.TAKE_OVER: forms.open_take_over,
        ProductAction.BACK: page.back,
    },
    submissions={
        ProductView.LIST: listeners.search,
        ProductView.ADD: listeners.add,
        ProductView.PRICE: prices.preview_prices,
        ProductView.PERCENT: prices.preview_percent,
        ProductView.PERIOD: forms.set_period,
        ProductView.ADD_OPTION: forms.preview_option,
        ProductView.EDIT: forms.preview_edit,
        ProductView.TAKE_OVER: forms.take_over,
    },
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
