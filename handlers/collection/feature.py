"""Manual collection, and the message that TMON does not offer an endpoint which a collection needs."""

from collections.abc import Iterator, Sequence
from functools import partial

from handlers.collection import listeners, renderers, views
from handlers.common_views.partner_center import partner_center_buttons
from handlers.feature import CollectWord, Sample, SlackFeature
from handlers.rendering import RenderedMessage
from handlers.samples.fixtures import KINDS, NASTY
from handlers.subcommands import Group, Subcommand
from handlers.texts import Texts


def feature(features: Sequence[SlackFeature]) -> SlackFeature:
    """Build the feature with `/tmon collect` for every kind that `features` collect."""
    words = [word for one in features for word in one.collect_words]
    return SlackFeature(
        name="collection",
        subcommands=(
            Subcommand("collect", ("수집",), listeners.command(words), group=Group.SETTINGS, synonyms=("가져오기",)),
        ),
        renderers=renderers.RENDERERS,
        samples=partial(_samples, words),
    )


def _samples(words: Sequence[CollectWord], t: Texts) -> Iterator[Sample]:
    yield "collect what", views.kinds(t, words, "")
    yield "collect what, worst", views.kinds(t, words, NASTY)
    for kind in KINDS:
        text = t.md_of("stores.told_not_offered", kind, store=NASTY)
        told = RenderedMessage.of_text(text, *partner_center_buttons(t))
        yield f"{kind} not offered", {"text": told.text, "blocks": told.blocks}
