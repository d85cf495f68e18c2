"""Questions and CS inquiries: the card, the list, the full text."""

from handlers.feature import CollectWord, SlackFeature
from handlers.inquiries import listeners, renderers, samples, views
from handlers.inquiries.ids import InquiryAction
from handlers.subcommands import Subcommand
from tmon.inquiries.collector import INQUIRIES

FEATURE = SlackFeature(
    name="inquiries",
    tasks={"inquiries": "cs"},
    subcommands=(Subcommand("cs", ("문의",), listeners.command, on_home=4, on_store=1, synonyms=("질문", "cs문의")),),
    actions={
        InquiryAction.LIST: listeners.open_list,
        InquiryAction.PAGE: listeners.turn_page,
        InquiryAction.SEE: listeners.see,
    },
    collect_words=(CollectWord(INQUIRIES, ("cs", "문의"), views.counts_text),),
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
