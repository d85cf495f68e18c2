"""The extra `playground`: what only it needs is not needed by anything else, and its absence is said in a line."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot.cli import PLAYGROUND_EXTRA

ROOT = Path(__file__).parents[2]
DEVELOPMENT_ONLY = {"yaml"}
ABSENT = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path, target=None):
        if name in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
"""
RUNNING = (
    "bot.cli",
    "bot.doctor",
    "bot.runtime",
    "bot.playground.tmon.__main__",
    "handlers.features",
    "handlers.samples.drawing",
)
"""What `run`, `sandbox`, `doctor` and the other commands import."""


def python(code: str, *without: str) -> subprocess.CompletedProcess[str]:
    """Runs code in an interpreter in which some packages are not installed."""
    whole = f"{ABSENT}\nsys.meta_path.insert(0, Absent({sorted(without)!r}))\n{code}"
    return subprocess.run(
        [sys.executable, "-c", whole], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_extra_lists_the_packages_that_the_command_line_knows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = {requirement.partition(">=")[0] for requirement in project["optional-dependencies"]["playground"]}
    assert listed == PLAYGROUND_EXTRA


@pytest.mark.parametrize("missing", sorted(PLAYGROUND_EXTRA))
def test_playground_without_the_extra_says_what_to_install(missing: str) -> None:
    done = python("from bot.cli import main; sys.exit(main(['playground', '--no-browser']))", missing)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "pip install 'tmon-bot[playground]'" in line


def test_running_imports_nothing_of_the_extra() -> None:
    done = python(f"import {', '.join(RUNNING)}", *PLAYGROUND_EXTRA, *DEVELOPMENT_ONLY)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-playground.txt", "requirements-dev.txt"])
def test_locks_name_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not [line for line in text.splitlines() if line.startswith("-")]


def test_lock_for_running_has_nothing_of_the_extra() -> None:
    pinned = {line.partition("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line}
    assert not pinned & (PLAYGROUND_EXTRA | {"pyyaml"})
