"""`/tmon <word> [arguments]`: dispatch to the subcommand by its Korean or English word, with suggestions for typos."""

import difflib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from handlers.request import SlackRequest
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.stores.service import StoreService

COMMAND = "/tmon"


@dataclass(frozen=True)
class Subcommand:
    """A subcommand with its words in both languages; `run` gets the rest of the line."""

    english: str
    korean: tuple[str, ...]
    run: Callable[[SlackRequest, str], Awaitable[None]]
    on_home: int | None = None
    """Position of its button on the home tab (text key `home.go_<english>`); None: no button."""
    on_store: int | None = None
    """Position of its button beside each store on the home tab."""


class CommandRouter:
    """Finds the subcommand and passes the rest of the line to it."""

    def __init__(
        self, words: Sequence[Subcommand], unknown: Callable[[SlackRequest, str, list[str]], Awaitable[None]]
    ) -> None:
        """`unknown` gets the request, the unknown word and similar known ones."""
        self._names = {name: word for word in words for name in (word.english, *word.korean)}
        self._unknown = unknown

    async def __call__(self, request: SlackRequest) -> None:
        """Run the subcommand; without a word, the help."""
        await self._run(request, str(request.body.get("text") or "").strip())

    async def from_button(self, request: SlackRequest) -> None:
        """Run the subcommand of a button, such as those of the home tab."""
        await self._run(request, request.value)

    async def _run(self, request: SlackRequest, line: str) -> None:
        name, _, rest = line.partition(" ")
        word = self._names.get(name.lower() or "help")
        if word is None:
            await self._unknown(request, name, difflib.get_close_matches(name.lower(), self._names, n=3, cutoff=0.5))
        else:
            await word.run(request, rest.strip())


async def named_store(request: SlackRequest, name: str) -> Store:
    """Return the store called `name`; with one store the name is optional. Raises AppError, which lists the names."""
    stores = await request.services[StoreService].all(request.team_id)
    if not stores:
        raise AppError("common.no_stores")
    if not name:
        if len(stores) == 1:
            return stores[0]
        raise AppError("common.which_store", example=stores[0].name, names=", ".join(store.name for store in stores))
    found = await request.services[StoreService].by_name(request.team_id, name)
    if found is None:
        raise AppError("common.no_store_named", name=name, names=", ".join(store.name for store in stores))
    return found
