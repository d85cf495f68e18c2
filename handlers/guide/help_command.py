"""`/tmon help`, and what is said to a word that nobody knows."""

from collections.abc import Sequence

from handlers.guide import help_views as views
from handlers.request import SlackRequest
from handlers.subcommands import Subcommand


async def show(call: SlackRequest, words: Sequence[Subcommand]) -> None:
    """`/tmon help`."""
    await call.notify(call.t("help.title"), views.help_lines(call.t, words))


async def unknown_word(words: Sequence[Subcommand], call: SlackRequest, word: str, near: list[str]) -> None:
    """The nearest words, and the help."""
    await call.notify(call.t("help.title"), views.unknown_word(call.t, words, word, near))
