"""Settlement: collecting it by hand."""

from handlers.feature import CollectWord, SlackFeature
from handlers.settlement.counts import counts_text
from tmon.settlement.collector import SETTLEMENT

FEATURE = SlackFeature(
    name="settlement",
    collect_words=(CollectWord(SETTLEMENT, ("settlement", "정산"), counts_text),),
)
