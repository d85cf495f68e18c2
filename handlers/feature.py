"""The manifest of a feature's Slack side: words, listeners, renderers and samples."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handlers.rendering import Renderer
from handlers.request import Listener
from handlers.subcommands import Subcommand
from handlers.texts import Texts

Sample = tuple[str, dict[str, Any]]
"""Name and payload of a view (it bears a `type`) or of a message (`text`, `blocks`)."""


@dataclass(frozen=True)
class CollectWord:
    """What `/tmon collect` takes for one kind, and how a run of it is summed up."""

    kind: str
    words: tuple[str, ...]
    counts_text: Callable[[Texts, Mapping[str, int]], str]
    """What changed, in words; empty when nothing did."""


@dataclass(frozen=True)
class SlackFeature:
    """Everything that Slack must know of a feature. Ids are those of `<feature>/ids.py`."""

    name: str
    subcommands: tuple[Subcommand, ...] = ()
    actions: Mapping[str, Listener] = field(default_factory=dict)
    submissions: Mapping[str, Listener] = field(default_factory=dict)
    events: Mapping[str, Listener] = field(default_factory=dict)
    after_each: tuple[Listener, ...] = ()
    """Called after everything that a person did."""
    collect_words: tuple[CollectWord, ...] = ()
    texts: Path | None = None
    """The `texts.toml` of a feature that does not stand in `handlers`, where they are found."""
    renderers: Mapping[str, Renderer] = field(default_factory=dict)
    """Draws outbox rows, by kind."""
    samples: Callable[[Texts], Iterator[Sample]] = lambda _: iter(())
    """Every view and message, ordinary and at its worst; checked against Slack's limits."""
