"""The words in which Block Kit's rules are written, and the sentences with which Slack refuses.

A rule looks at one value and notes what is wrong with it. Rules are put together from smaller ones, so that ``blocks.py`` and
``views.py`` read like Slack's reference pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Rule = Callable[[Any, str, "Complaints"], None]


@dataclass(frozen=True)
class Complaint:
    """What is wrong at the place to which a JSON pointer leads."""

    sentence: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.sentence} [json-pointer:{self.pointer}]"


class Complaints(list[Complaint]):
    """What was found so far."""

    def add(self, sentence: str, pointer: str) -> None:
        """Notes one complaint."""
        self.append(Complaint(sentence, pointer))


def text(most: int, least: int = 1) -> Rule:
    """A string with a number of characters between the two."""

    def check(value: Any, at: str, complaints: Complaints) -> None:
        if not isinstance(value, str):
            complaints.add("must provide a string", at)
        elif len(value) > most:
            complaints.add(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            complaints.add(f"must be more than {least - 1} characters", at)

    return check


def flag(value: Any, at: str, complaints: Complaints) -> None:
    """True or false."""
    if not isinstance(value, bool):
        complaints.add("must provide a boolean", at)


def number(least: int, most: int) -> Rule:
    """A whole number between the two."""

    def check(value: Any, at: str, complaints: Complaints) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            complaints.add("must provide a number", at)
        elif value > most:
            complaints.add(f"must be less than {most + 1}", at)
        elif value < least:
            complaints.add(f"must be more than {least - 1}", at)

    return check


def decimal(value: Any, at: str, complaints: Complaints) -> None:
    """A number written as a string."""
    try:
        float(value if isinstance(value, str) else "none")
    except ValueError:
        complaints.add("must provide a number as a string", at)


def one_of(*allowed: str) -> Rule:
    """One of a few words."""

    def check(value: Any, at: str, complaints: Complaints) -> None:
        if value not in allowed:
            complaints.add(f"must be a valid enum value: {', '.join(allowed)}", at)

    return check


def form(pattern: Callable[[str], bool], wanted: str) -> Rule:
    """A string that ``pattern`` accepts."""

    def check(value: Any, at: str, complaints: Complaints) -> None:
        if not isinstance(value, str) or not pattern(value):
            complaints.add(f"must be {wanted}", at)

    return check


def anything(value: Any, at: str, complaints: Complaints) -> None:
    """No rule: this place is not looked into."""


def listing(rule: Rule, most: int, least: int = 1) -> Rule:
    """A list of at most and at least so many, each under ``rule``."""

    def check(value: Any, at: str, complaints: Complaints) -> None:
        if not isinstance(value, list):
            complaints.add("must provide an array", at)
            return
        if len(value) > most:
            complaints.add(f"no more than {most} items allowed", at)
        if len(value) < least:
            complaints.add(f"must provide at least {least} items", at)
        for position, item in enumerate(value):
            rule(item, f"{at}/{position}", complaints)

    return check


def shape(needed: Mapping[str, Rule] | None = None, optional: Mapping[str, Rule] | None = None) -> Rule:
    """An object with these properties and no others."""
    required = needed or {}
    known = {**required, **(optional or {})}

    def check(value: Any, at: str, complaints: Complaints) -> None:
        if not isinstance(value, dict):
            complaints.add("must provide an object", at)
            return
        for name in required:
            if name not in value:
                complaints.add(f"missing required field: {name}", at)
        for name, content in value.items():
            if name not in known:
                complaints.add(f"invalid additional property: {name}", at)
            else:
                known[name](content, f"{at}/{name}", complaints)

    return check


def both(first: Rule, second: Rule) -> Rule:
    """Two rules on the same value; the second only where the first found nothing."""

    def check(value: Any, at: str, complaints: Complaints) -> None:
        before = len(complaints)
        first(value, at, complaints)
        if len(complaints) == before:
            second(value, at, complaints)

    return check


def alternatives(rule: Rule) -> Rule:
    """Where Slack tries several schemas, its first sentence says only that none fits."""

    def check(value: Any, at: str, complaints: Complaints) -> None:
        inner = Complaints()
        rule(value, at, inner)
        if inner:
            complaints.add("failed to match all allowed schemas", at)
            complaints.extend(inner)

    return check


def typed(table: Mapping[str, Rule], allowed: Iterable[str] | None = None) -> Rule:
    """An object whose ``type`` says which rule of the table it is under; ``allowed`` narrows the table."""
    names = set(table if allowed is None else allowed)

    def check(value: Any, at: str, complaints: Complaints) -> None:
        if not isinstance(value, dict):
            complaints.add("must provide an object", at)
        elif "type" not in value:
            complaints.add("missing required field: type", at)
        elif not isinstance(value["type"], str) or value["type"] not in names:
            complaints.add(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            table[value["type"]](value, at, complaints)

    return check
