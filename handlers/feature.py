"""The manifest of a feature's Slack side: subcommands, listeners, renderers and samples."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handlers.common_views.settings_parts import SettingsPart
from handlers.rendering import Renderer
from handlers.request import Listener, OptionsLoader
from handlers.subcommands import Subcommand
from handlers.texts import Texts

Sample = tuple[str, dict[str, Any]]
"""Name and payload of a view (which has a `type`) or of a message (`text`, `blocks`)."""


@dataclass(frozen=True)
class CollectWord:
    """The words that `/tmon collect` accepts for one kind, and how it sums up a run."""

    kind: str
    words: tuple[str, ...]
    counts_text: Callable[[Texts, Mapping[str, int]], str]
    """Describes the counts of a run; empty if nothing changed."""


@dataclass(frozen=True)
class SlackFeature:
    """Everything that a feature registers with Slack. The keys are ids of `<feature>/ids.py`."""

    name: str
    subcommands: tuple[Subcommand, ...] = ()
    actions: Mapping[str, Listener] = field(default_factory=dict)
    submissions: Mapping[str, Listener] = field(default_factory=dict)
    options: Mapping[str, OptionsLoader] = field(default_factory=dict)
    """Loaders of menus that are searched on our side, by action id."""
    events: Mapping[str, Listener] = field(default_factory=dict)
    after_each: tuple[Listener, ...] = ()
    """Called after every interaction of a person."""
    collect_words: tuple[CollectWord, ...] = ()
    tasks: Mapping[str, str] = field(default_factory=dict)
    """The subcommand that shows each task (`Attention.name`) of the feature, by its English word."""
    texts: Path | None = None
    """The `texts.toml` of a feature that does not stand in `handlers`, where they are found."""
    settings_parts: tuple[SettingsPart, ...] = ()
    """What it adds to the settings view of a store."""
    renderers: tuple[Renderer, ...] = ()
    """One for each kind of outbox message of the feature."""
    samples: Callable[[Texts], Iterator[Sample]] = lambda _: iter(())
    """Every view and message, with ordinary and with extreme data; checked against Slack's limits."""
