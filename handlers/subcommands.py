"""`/tmon <word> [arguments]`: dispatch to the subcommand by its Korean or English word, with suggestions for typos."""

import difflib
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from handlers.common_views.store_choice import store_choice
from handlers.request import SlackRequest
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.stores.lookup import exactly, partly
from tmon.stores.service import StoreService

log = structlog.get_logger(__name__)

COMMAND = "/tmon"
_SUGGESTED = 3
_LONGEST = 40
"""Letters of an unknown word that are compared."""


class Group(StrEnum):
    """Groups of the help."""

    DAILY = "daily"
    SETTINGS = "settings"
    ADMIN = "admin"


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
    group: Group = Group.DAILY
    """Where the help lists it."""
    synonyms: tuple[str, ...] = ()
    """Other words that are understood; the help does not name them."""
    right: Permission = Permission.VIEW
    """The permission on a store without which that button is not shown."""


class CommandRouter:
    """Finds the subcommand and passes the rest of the line to it."""

    def __init__(
        self, words: Sequence[Subcommand], unknown: Callable[[SlackRequest, str, str, list[str]], Awaitable[None]]
    ) -> None:
        """`unknown` gets the request, the unknown word, the rest of the line, and similar known words."""
        self._names = {name: word for word in words for name in (word.english, *word.korean, *word.synonyms)}
        self._unknown = unknown

    async def __call__(self, request: SlackRequest) -> None:
        """Run the subcommand; without a word, the help."""
        await self._run(request, str(request.body.get("text") or "").strip())

    async def from_button(self, request: SlackRequest) -> None:
        """Run the subcommand of a button, such as those of the home tab and of the help."""
        await self._run(request, request.value)

    async def _run(self, request: SlackRequest, line: str) -> None:
        name, _, rest = line.partition(" ")
        word = self._names.get(unicodedata.normalize("NFC", name.lower()) or "help")
        if word is None:
            await self._unknown(request, name, rest.strip(), self._similar(name))
            return
        try:
            await word.run(request, rest.strip())
        except StoreChoice as choice:
            asked = f"{name} {rest.strip()}".removesuffix(choice.name).strip()
            said = request.t.md(choice.key, **choice.values)
            await request.show(store_choice(request.t, said, asked, choice.stores))
        if request.named_store_id:
            await _remember(request)

    def _similar(self, typed: str) -> list[str]:
        """Return the most similar words, one of each subcommand. Hangul is compared letter by letter, not by syllable."""
        letters = {unicodedata.normalize("NFD", name): name for name in self._names}
        near = difflib.get_close_matches(
            unicodedata.normalize("NFD", typed.lower()[:_LONGEST]), letters, n=6, cutoff=0.6
        )
        found = {self._names[letters[one]].english: letters[one] for one in reversed(near)}
        return [*reversed(found.values())][:_SUGGESTED]


class StoreChoice(AppError):
    """It has to be chosen which store a command is about."""

    def __init__(self, key: str, name: str, stores: Sequence[Store]) -> None:
        """`name`: what was typed as the store; `stores`: those to choose from."""
        super().__init__(key, name=name)
        self.name = name
        self.stores = stores


async def named_store(request: SlackRequest, name: str) -> Store:
    """Return the store that `name` means: its name, its seller ID, or a part that no other has; one store needs no name.

    The name is the end of the command's line. Raises StoreChoice where a person has to choose; the dispatcher shows it.
    """
    stores = await known_stores(request)
    if not name:
        if len(stores) == 1:
            return stores[0]
        raise StoreChoice("common.which_store", name, stores)
    if exact := exactly(stores, name):
        return keep_named(request, exact)
    return only_store(request, name, partly(stores, name), stores)


async def named_or_every(request: SlackRequest, name: str) -> str | None:
    """Return the id of the store that `name` means (`named_store`); without a name None, for all. Raises AppError if there is none."""
    if name:
        return (await named_store(request, name)).id
    await known_stores(request)
    return None


def typed_number(rest: str) -> int | None:
    """Return the number of an order or a claim that was typed after a subcommand; None if it is none."""
    digits = rest.removeprefix("#").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


async def known_stores(request: SlackRequest) -> list[Store]:
    """Return all stores, the one named last before the others. Raises AppError if there is none."""
    stores = await request.services[StoreService].lookup.last_first(request.person)
    if not stores:
        raise AppError("common.no_stores")
    return stores


def only_store(request: SlackRequest, name: str, found: Sequence[Store], stores: Sequence[Store]) -> Store:
    """Return the only one of `found`, those of `stores` that `name` may mean. Raises StoreChoice if it is not one."""
    if not found:
        raise StoreChoice("common.no_store_named", name, stores)
    if len(found) > 1:
        raise StoreChoice("common.several_stores", name, found)
    return keep_named(request, found[0])


def keep_named(request: SlackRequest, store: Store) -> Store:
    """Return `store`, which is remembered as the one that the person named last."""
    request.named_store_id = store.id
    return store


async def _remember(request: SlackRequest) -> None:
    try:
        await request.services[StoreService].lookup.remember(request.person, request.named_store_id)
    except AppError as error:
        log.info("the store named last was not stored", key=error.key)
