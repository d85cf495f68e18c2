"""What is put together from the manifests."""

import tomllib
from pathlib import Path

import pytest

from handlers.feature import SlackFeature
from handlers.features import FEATURES, complete, renderers, subcommands


def test_every_word_stands_for_one_subcommand() -> None:
    words = subcommands(complete(FEATURES))
    names = [name for word in words for name in (word.english, *word.korean, *word.synonyms)]
    assert len(names) == len(set(names))
    assert {"help", "collect"} < {word.english for word in words}


def test_the_help_comes_last_and_knows_every_word() -> None:
    names = [feature.name for feature in complete(FEATURES)]
    assert names[-3:] == ["collection", "help", "home"]


def test_two_features_cannot_render_one_kind() -> None:
    twice = next(feature for feature in FEATURES if feature.renderers)
    with pytest.raises(ValueError, match="two renderers"):
        renderers((*FEATURES, SlackFeature("again", renderers=twice.renderers)))


def test_every_feature_has_a_name_of_its_own() -> None:
    names = [feature.name for feature in complete(FEATURES)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("room", ["tmon", "handlers"])
def test_every_feature_is_held_to_the_rules_of_imports(room: str) -> None:
    root = Path(__file__).parents[2]
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    held = {module for one in contracts if one["type"] == "independence" for module in one["modules"]}
    made = {f"{room}.{manifest.parent.name}" for manifest in (root / room).glob("*/feature.py")}
    assert made - held == set()
