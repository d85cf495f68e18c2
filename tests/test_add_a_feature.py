"""docs/add-a-feature.md is followed to the letter: its files are written, imported, drawn, and held against the shared ones."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "add-a-feature.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```(?:python|toml)\n# ([\w/.]+)\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE))
"""The code by the file that it stands in."""
FOLLOWED = '''
"""The feature of the guide beside the others: imported, completed, drawn in every language."""
import sys
from pathlib import Path

import handlers
import tmon
import tmon.api
import tmon.models
from tmon.api import endpoints

made, root = map(Path, sys.argv[1:])
for package in (tmon, tmon.api, tmon.models, handlers):
    package.__path__.append(str(made.joinpath(*package.__name__.split("."))))
exec((made / "tmon/api/endpoints.py").read_text(), vars(endpoints))

from handlers.offers import feature as face
from tmon.offers import feature as domain

from bot.playground.slack.rules.blocks import check_message_blocks
from bot.playground.slack.rules.views import check_view
from handlers.features import FEATURES as SLACK_FEATURES, complete, renderers, subcommands
from handlers.samples.fixtures import MOMENT
from handlers.texts import LANGUAGES, Texts
from tmon.api.offers import Offers
from tmon.clock import KST
from tmon.features import FEATURES

assert [kind.__name__ for kind in (Offers,)] == ["Offers"]
assert domain.FEATURE.name == face.FEATURE.name
features = complete((*SLACK_FEATURES, face.FEATURE))
assert "offers_waiting" in renderers(features)
assert {word.kind for word in face.FEATURE.collect_words} == {one.kind for one in domain.FEATURE.collectors}
words = [word.english for word in subcommands(features)]
assert len(words) == len(set(words))
assert not {one.kind for one in domain.FEATURE.collectors} & {c.kind for f in FEATURES for c in f.collectors}
drawn = 0
for language in LANGUAGES:
    t = Texts(language, lambda: MOMENT, KST, [made / "handlers/offers/texts.toml"])
    for key in ("help.offers", "home.go_offers", "collect.what_offers"):
        assert t(key)
    for _, payload in face.FEATURE.samples(t):
        complaints = check_view(payload, "modal") if "type" in payload else check_message_blocks(payload["blocks"])
        assert complaints == [], complaints
        drawn += 1
print(drawn)
'''


def test_its_files_make_a_feature(tmp_path: Path) -> None:
    for name, code in BLOCKS.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-c", FOLLOWED, tmp_path, ROOT], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) >= 6


def test_it_shows_every_file_that_it_lists() -> None:
    (table,) = re.findall(r"^\| file \| holds \|\n(.*?)\n\n", GUIDE, re.DOTALL | re.MULTILINE)
    listed = set()
    for row in table.splitlines()[1:]:
        folder = ""
        for name in re.findall(r"`([\w/.]+\.(?:py|toml))`", row.split("|")[1]):
            folder = name.rpartition("/")[0] or folder
            listed.add(name if "/" in name else f"{folder}/{name}")
    not_shown = {"bot/playground/tmon/routes/offers.py"}
    assert listed - not_shown == BLOCKS.keys() - {"tmon/api/endpoints.py"}


def test_shared_files_are_nine_at_most_and_exist() -> None:
    rows = re.findall(r"^\| (\d+) \| `([^`]+)` \|", GUIDE, re.MULTILINE)
    assert [number for number, _ in rows] == [str(number + 1) for number in range(len(rows))]
    assert len(rows) <= 9
    assert [name for _, name in rows if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("name", [name for name in BLOCKS if name.endswith(".toml")])
def test_every_sentence_is_in_both_languages(name: str) -> None:
    for section in tomllib.loads(BLOCKS[name]).values():
        assert all(entry.keys() == {"ko", "en"} for entry in section.values())


def test_both_readmes_and_the_guide_for_contributors_lead_to_it() -> None:
    for name in ("README.md", "README.ko.md", "CONTRIBUTING.md"):
        assert "docs/add-a-feature.md" in (ROOT / name).read_text(encoding="utf-8"), name
