"""Samples of the guide and the help."""

from collections.abc import Iterator, Sequence

from handlers.feature import Sample
from handlers.guide import help_views, views
from handlers.samples.fixtures import LONG, NASTY
from handlers.subcommands import Subcommand
from handlers.texts import Texts


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every topic."""
    for topic in views.TOPICS:
        for registers in (True, False):
            yield f"guide {topic}, to the form: {registers}", views.guide(t, topic, registers=registers)


def help_samples(t: Texts, words: Sequence[Subcommand]) -> Iterator[Sample]:
    """Yield the help on `words`, and the answer to an unknown word."""
    text = t("help.title")
    yield "help", {"text": text, "blocks": help_views.help_lines(t, words)}
    yield "unknown word", {"text": text, "blocks": help_views.unknown_word(t, NASTY, NASTY, ["setup", "설정"])}
    yield "unknown word, nothing near", {"text": text, "blocks": help_views.unknown_word(t, LONG, "", [])}
