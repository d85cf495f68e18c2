"""`/tmon help`, and the answer to unknown words."""

from collections.abc import Sequence

from handlers.guide import help_views as views
from handlers.request import SlackRequest
from handlers.subcommands import Subcommand


async def show(request: SlackRequest, words: Sequence[Subcommand]) -> None:
    """Show the help to this person only."""
    await request.notify(request.t("help.title"), views.help_lines(request.t, words))


async def unknown_word(request: SlackRequest, word: str, rest: str, near: list[str]) -> None:
    """Offer similar words and the help to this person only."""
    await request.notify(views.unknown_text(request.t, word), views.unknown_word(request.t, word, rest, near))
