"""Building blocks for validation rules, with Slack's error messages.

A rule checks one value and records violations. Rules are composed of smaller ones, so that ``blocks.py`` and
``views.py`` read like Slack's reference pages.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Rule = Callable[[Any, str, "Violations"], None]


@dataclass(frozen=True)
class Violation:
    """What is wrong with the value at a JSON pointer."""

    message: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


class Violations(list[Violation]):
    """The violations found so far."""

    def add(self, message: str, pointer: str) -> None:
        """Record one violation."""
        self.append(Violation(message, pointer))


def text(most: int, least: int = 1) -> Rule:
    """A string of ``least`` to ``most`` characters."""

    def check(value: Any, at: str, violations: Violations) -> None:
        if not isinstance(value, str):
            violations.add("must provide a string", at)
        elif len(value) > most:
            violations.add(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            violations.add(f"must be more than {least - 1} characters", at)

    return check


def flag(value: Any, at: str, violations: Violations) -> None:
    """A boolean."""
    if not isinstance(value, bool):
        violations.add("must provide a boolean", at)


def number(least: int, most: int) -> Rule:
    """An integer from ``least`` to ``most``."""

    def check(value: Any, at: str, violations: Violations) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            violations.add("must provide a number", at)
        elif value > most:
            violations.add(f"must be less than {most + 1}", at)
        elif value < least:
            violations.add(f"must be more than {least - 1}", at)

    return check


def quantity(*, above_zero: bool = False) -> Rule:
    """A finite number, of a chart. ``above_zero``: neither zero nor negative."""

    def check(value: Any, at: str, violations: Violations) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            violations.add("must provide a number", at)
        elif above_zero and value <= 0:
            violations.add("must be more than 0", at)

    return check


def decimal(value: Any, at: str, violations: Violations) -> None:
    """A number in a string."""
    try:
        float(value if isinstance(value, str) else "none")
    except ValueError:
        violations.add("must provide a number as a string", at)


def one_of(*allowed: str) -> Rule:
    """One of the allowed values."""

    def check(value: Any, at: str, violations: Violations) -> None:
        if value not in allowed:
            violations.add(f"must be a valid enum value: {', '.join(allowed)}", at)

    return check


def form(pattern: Callable[[str], bool], wanted: str) -> Rule:
    """A string that ``pattern`` accepts."""

    def check(value: Any, at: str, violations: Violations) -> None:
        if not isinstance(value, str) or not pattern(value):
            violations.add(f"must be {wanted}", at)

    return check


def anything(value: Any, at: str, violations: Violations) -> None:
    """No rule: the value is not checked."""


def listing(rule: Rule, most: int, least: int = 1) -> Rule:
    """A list of ``least`` to ``most`` items, each checked by ``rule``."""

    def check(value: Any, at: str, violations: Violations) -> None:
        if not isinstance(value, list):
            violations.add("must provide an array", at)
            return
        if len(value) > most:
            violations.add(f"no more than {most} items allowed", at)
        if len(value) < least:
            violations.add(f"must provide at least {least} items", at)
        for position, item in enumerate(value):
            rule(item, f"{at}/{position}", violations)

    return check


def shape(needed: Mapping[str, Rule] | None = None, optional: Mapping[str, Rule] | None = None) -> Rule:
    """An object with exactly these required and optional properties."""
    required = needed or {}
    known = {**required, **(optional or {})}

    def check(value: Any, at: str, violations: Violations) -> None:
        if not isinstance(value, dict):
            violations.add("must provide an object", at)
            return
        for name in required:
            if name not in value:
                violations.add(f"missing required field: {name}", at)
        for name, content in value.items():
            if name not in known:
                violations.add(f"invalid additional property: {name}", at)
            else:
                known[name](content, f"{at}/{name}", violations)

    return check


def both(first: Rule, second: Rule) -> Rule:
    """Two rules for the same value; the second runs only if the first finds nothing."""

    def check(value: Any, at: str, violations: Violations) -> None:
        before = len(violations)
        first(value, at, violations)
        if len(violations) == before:
            second(value, at, violations)

    return check


def alternatives(rule: Rule) -> Rule:
    """A rule reported as Slack does where several schemas are possible: first, that none matches."""

    def check(value: Any, at: str, violations: Violations) -> None:
        inner = Violations()
        rule(value, at, inner)
        if inner:
            violations.add("failed to match all allowed schemas", at)
            violations.extend(inner)

    return check


def typed(table: Mapping[str, Rule], allowed: Iterable[str] | None = None) -> Rule:
    """An object whose ``type`` selects its rule from the table; ``allowed`` restricts the types."""
    names = set(table if allowed is None else allowed)

    def check(value: Any, at: str, violations: Violations) -> None:
        if not isinstance(value, dict):
            violations.add("must provide an object", at)
        elif "type" not in value:
            violations.add("missing required field: type", at)
        elif not isinstance(value["type"], str) or value["type"] not in names:
            violations.add(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            table[value["type"]](value, at, violations)

    return check
