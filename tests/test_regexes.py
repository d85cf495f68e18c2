"""No regular expression of ours takes long on a long text that somebody made for it."""

import ast
import importlib
import pkgutil
import re
import time
import timeit
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import bot
import handlers
import tmon

ROOT = Path(__file__).parents[1]
LENGTH = 20_000
USUAL = [
    "a",
    "1",
    "가",
    " ",
    "\n",
    "-",
    ".",
    "@",
    "a@",
    "a.",
    "a-",
    "1-",
    "1 ",
    "1,",
    "가1",
    "a=",
    "=",
    '"',
    "'",
    "_",
    "//",
    ":",
    "a:",
    "://a",
]
SUSPICIOUS = 0.1
"""Seconds that a square would need at least."""


def modules() -> Iterator[ModuleType]:
    """Every module of the product but the playground and the migrations."""
    for package in (bot, handlers, tmon):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "playground" not in found.name and "migrations" not in found.name:
                yield importlib.import_module(found.name)


def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern that is compiled at the import, or written in a call of `re`, by where it stands."""
    found: dict[str, re.Pattern[str]] = {}
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                found[f"{module.__name__}.{name}"] = value
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        if "\nimport re\n" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re")), args=[ast.Constant(value=str(pattern)), *_]):
                    found[f"{module.__name__}:{node.lineno}"] = re.compile(pattern)
    return found


PATTERNS = patterns()


def units(pattern: re.Pattern[str]) -> list[str]:
    """Short texts that, repeated, might keep `pattern` busy: usual ones, and letters and words of its own."""
    words = re.findall(r"[a-z]{2,12}|[가-힣]{1,6}", pattern.pattern)
    return [*USUAL, *dict.fromkeys([*words[:15], *(word + " " for word in words[:10])])]


def seconds(pattern: re.Pattern[str], text: str, repeat: int = 1) -> float:
    """How long it takes to find all, at best, in time of this process: what else the machine does has no part in it."""
    return min(timeit.repeat(lambda: [*pattern.finditer(text)], timer=time.process_time, number=1, repeat=repeat))


@pytest.mark.parametrize("name", PATTERNS)
def test_the_time_grows_with_the_length_and_not_with_its_square(name: str) -> None:
    pattern = PATTERNS[name]
    slow = []
    for unit in units(pattern):
        text = (unit * LENGTH)[: LENGTH - 1] + "\u2603"
        if seconds(pattern, text) < SUSPICIOUS:
            continue
        # a square takes sixteen times as long for four times the length
        if seconds(pattern, text, 3) > 9 * seconds(pattern, text[: LENGTH // 4], 3):
            slow.append(unit)
    assert slow == []


def test_there_are_patterns_to_try() -> None:
    assert {"bot.logs._SECRETS", "bot.logs._ASSIGNED", "tmon.masking._AT", "handlers.particles.TAG"} <= PATTERNS.keys()
