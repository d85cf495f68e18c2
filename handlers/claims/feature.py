"""Claims on cards and in a list, and what can be looked at."""

from itertools import chain

from handlers.claims import act_samples, acts, listeners, lists, renderers, samples, sold_out
from handlers.claims.counts import counts_text
from handlers.claims.ids import ActAction, ActView, ClaimAction
from handlers.codes.listeners import find_carriers
from handlers.feature import CollectWord, SlackFeature
from handlers.orders.ids import OrderAction
from handlers.subcommands import Subcommand
from tmon.claims.collector import CLAIMS

FEATURE = SlackFeature(
    name="claims",
    tasks={"claims": "claims"},
    subcommands=(
        Subcommand(
            "claims",
            ("클레임",),
            listeners.command,
            on_store=1,
            synonyms=("취소", "반품", "교환", "재배송", "환불", "claim"),
        ),
    ),
    actions={
        ClaimAction.SEE: listeners.see,
        ClaimAction.AGAIN: listeners.read_again,
        ClaimAction.PICKUP: listeners.see_pickup,
        ClaimAction.PICTURES: listeners.see_pictures,
        ClaimAction.PICTURE: listeners.open_picture,
        ClaimAction.LIST: lists.open_list,
        ClaimAction.PAGE: lists.turn_page,
        ClaimAction.SHOWN: lists.choose_shown,
        ClaimAction.KIND: lists.choose_kind,
        ClaimAction.STORE: lists.choose_store,
        OrderAction.CANCEL_REQUEST: listeners.open_cancel_request,
        ActAction.PRESS: acts.press,
        ActAction.CARRIER: acts.choose_carrier,
        ActAction.SOLD_OUT: sold_out.open_form,
        ActAction.SOLD_OUT_GOODS: sold_out.choose_goods,
    },
    submissions={ActView.FORM: acts.submit, ActView.SOLD_OUT: sold_out.submit},
    options={ActAction.CARRIER: find_carriers},
    collect_words=(CollectWord(CLAIMS, ("claims", "클레임"), counts_text),),
    renderers=(*renderers.RENDERERS, acts.render_ended, sold_out.render_ended),
    samples=lambda t: chain(samples.samples(t), act_samples.samples(t)),
)
