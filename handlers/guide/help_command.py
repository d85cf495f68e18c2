"""`/tmon help`, and what is said to a word that nobody knows."""

from collections.abc import Sequence

from handlers.guide import help_views as views
from handlers.request import SlackRequest
from handlers.subcommands import Subcommand


async def show(request: SlackRequest, words: Sequence[Subcommand]) -> None:
    """`/tmon help`."""
    await request.notify(request.t("help.title"), views.help_lines(request.t, words))


async def unknown_word(words: Sequence[Subcommand], request: SlackRequest, word: str, near: list[str]) -> None:
    """The nearest words, and the help."""
    await request.notify(request.t("help.title"), views.unknown_word(request.t, words, word, near))
