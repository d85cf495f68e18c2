"""Reviews: messages about new ones, the list, the whole text, replies."""

from handlers.feature import CollectWord, SlackFeature
from handlers.reviews import listeners, renderers, samples, views
from handlers.reviews.ids import ReviewAction, ReviewView
from handlers.subcommands import Subcommand
from tmon.reviews.collector import REVIEWS

FEATURE = SlackFeature(
    name="reviews",
    subcommands=(
        Subcommand("reviews", ("후기",), listeners.command, on_home=5, on_store=2, synonyms=("구매후기", "상품평")),
    ),
    actions={
        ReviewAction.LIST: listeners.open_list,
        ReviewAction.FILTER: listeners.turn,
        ReviewAction.PAGE: listeners.turn,
        ReviewAction.SEE: listeners.see,
        ReviewAction.REPLY: listeners.open_form,
        ReviewAction.AGAIN: listeners.send_again,
        ReviewAction.FOUND: listeners.found,
    },
    submissions={ReviewView.FORM: listeners.submit},
    collect_words=(CollectWord(REVIEWS, ("reviews", "후기"), views.counts_text),),
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
