"""Questions and CS inquiries: the card, the list, the full text, answers and ready-made texts for them."""

from itertools import chain

from handlers.feature import CollectWord, SlackFeature
from handlers.inquiries import answer_samples, answers, listeners, phrases, renderers, samples, views
from handlers.inquiries.ids import InquiryAction, InquiryView
from handlers.subcommands import Subcommand
from tmon.inquiries.collector import INQUIRIES

FEATURE = SlackFeature(
    name="inquiries",
    tasks={"inquiries": "cs"},
    subcommands=(Subcommand("cs", ("문의",), listeners.command, on_store=1, synonyms=("질문", "cs문의")),),
    actions={
        InquiryAction.LIST: listeners.open_list,
        InquiryAction.PAGE: listeners.turn_page,
        InquiryAction.SEE: listeners.see,
        InquiryAction.ANSWER: answers.open_form,
        InquiryAction.PHRASE: answers.choose_phrase,
        InquiryAction.DRAFT: answers.keep_draft,
        InquiryAction.RESEND: answers.resend,
        InquiryAction.PHRASES: phrases.open_form,
        InquiryAction.PHRASE_STORE: phrases.choose_store,
        InquiryAction.PHRASE_CHOICE: phrases.choose,
        InquiryAction.PHRASE_DELETE: phrases.delete,
    },
    submissions={InquiryView.ANSWER: answers.submit, InquiryView.PHRASE: phrases.save},
    collect_words=(CollectWord(INQUIRIES, ("cs", "문의"), views.counts_text),),
    renderers=(*renderers.RENDERERS, answers.render_ended),
    samples=lambda t: chain(samples.samples(t), answer_samples.samples(t)),
)
