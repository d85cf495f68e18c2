"""`/tmon help`, and what is said to a word that nobody knows."""

from collections.abc import Sequence

from handlers.guide import help_views as views
from handlers.request import Call
from handlers.subcommands import Word


async def show(call: Call, words: Sequence[Word]) -> None:
    """`/tmon help`."""
    await call.tell(call.t("help.title"), views.help_lines(call.t, words))


async def unknown_word(words: Sequence[Word], call: Call, word: str, near: list[str]) -> None:
    """The nearest words, and the help."""
    await call.tell(call.t("help.title"), views.unknown_word(call.t, words, word, near))
