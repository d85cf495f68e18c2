"""Collecting by hand, and the message that TMON does not offer what is collected."""

from collections.abc import Iterator, Sequence

from handlers.blocks import section
from handlers.collection import listeners
from handlers.feature import Sample, SlackFeature
from handlers.samples.fixtures import KINDS, NASTY
from handlers.subcommands import Subcommand
from handlers.texts import Texts
from tmon.collection.messages import KindNotOffered


def feature(features: Sequence[SlackFeature]) -> SlackFeature:
    """`/tmon collect`, for every kind that `features` collect."""
    words = [word for one in features for word in one.collect_words]
    return SlackFeature(
        name="collection",
        subcommands=(Subcommand("collect", ("수집",), listeners.command(words)),),
        renderers={KindNotOffered.kind: listeners.paint_not_offered},
        samples=_samples,
    )


def _samples(t: Texts) -> Iterator[Sample]:
    for kind in KINDS:
        text = t.md_of("stores.told_not_offered", kind, store=NASTY)
        yield f"{kind} not offered", {"text": text, "blocks": [section(text)]}
