"""`/tmon help`, and what is said to a word that nobody knows."""

from handlers.call import Call
from handlers.views import help as views


async def command(call: Call, rest: str) -> None:
    """`/tmon help`."""
    await call.tell(call.t("help.title"), views.help_lines(call.t))


async def unknown_word(call: Call, word: str, near: list[str]) -> None:
    """The nearest words, and the help."""
    await call.tell(call.t("help.title"), views.unknown_word(call.t, word, near))
