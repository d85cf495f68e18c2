"""The help: the subcommands of `/tmon` in groups, and the answer to an unknown word."""

from collections.abc import Sequence

from handlers.blocks import Block, actions, button, clip, context, section
from handlers.common_views.ids import CommandAction
from handlers.subcommands import COMMAND, Group, Subcommand
from handlers.texts import Texts

_USUAL = ("orders", "cs", "status")
"""Subcommands with a button."""
_BUTTON = 70


def help_lines(t: Texts, words: Sequence[Subcommand]) -> list[Block]:
    """The subcommands in groups, each with its description (text key `help.<english>`), and buttons for the usual ones."""
    known = {word.english: word for word in words}
    blocks = [section(t("help.title"))]
    if usual := [known[name] for name in _USUAL if name in known]:
        blocks.append(actions(*(_run(t.of("help.run", word.english), word.english) for word in usual)))
    for group in Group:
        lines = [_line(t, word) for word in words if word.group is group]
        if lines:
            blocks.append(section("\n".join([t.of("help.group", group), *lines])))
    return [*blocks, context(t("help.note"))]


def unknown_text(t: Texts, word: str) -> str:
    """The sentence that there is no such word."""
    return t.md("help.unknown", word=clip(word, 50).replace("`", "'"))


def unknown_word(t: Texts, word: str, rest: str, near: Sequence[str]) -> list[Block]:
    """Buttons that run the most similar words, with the `rest` of the line, and one to the help."""
    said = unknown_text(t, word)
    if near:
        said = "\n".join([said, t("help.near", names=", ".join(f"`{COMMAND} {name}`" for name in near))])
    lines = [f"{name} {rest}".strip() for name in near]
    buttons = [_run(clip(f"{COMMAND} {line}", _BUTTON), line) for line in lines]
    return [section(said), actions(*buttons, _run(t("home.go_help"), "help"))]


def _line(t: Texts, word: Subcommand) -> str:
    name = word.korean[0] if t.language == "ko" else word.english
    return t("help.line", command=COMMAND, word=name, does=t.of("help", word.english))


def _run(text: str, line: str) -> Block:
    return button(text, f"{CommandAction.RUN}#{line.partition(' ')[0]}", line)
