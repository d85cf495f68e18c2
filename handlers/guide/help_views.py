"""The help: the subcommands of `/tmon`."""

from collections.abc import Sequence

from handlers.blocks import Block, clip, context, section
from handlers.subcommands import COMMAND, Subcommand
from handlers.texts import Texts


def help_lines(t: Texts, words: Sequence[Subcommand]) -> list[Block]:
    """Each subcommand with its description (text key `help.<english>`)."""
    lines = []
    for word in words:
        korean, english = word.korean[0], word.english
        first, second = (korean, english) if t.language == "ko" else (english, korean)
        lines.append(t("help.line", command=COMMAND, word=first, other=second, does=t.of("help", english)))
    return [section(t("help.title")), section("\n".join(lines)), context(t("help.note"))]


def unknown_word(t: Texts, words: Sequence[Subcommand], word: str, near: Sequence[str]) -> list[Block]:
    """Suggestions for an unknown word, then the help."""
    said = t.md("help.unknown", word=clip(word, 50).replace("`", "'"))
    if near:
        names = ", ".join(f"`{COMMAND} {name}`" for name in near)
        said = "\n".join([said, t("help.near", names=names)])
    return [section(said), *help_lines(t, words)]
