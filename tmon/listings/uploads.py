"""Uploaded lists of products: kept sealed until they are accepted, and their results. A form is one, too.

Accepting a list makes a change of each of its products, in one transaction; `runner` sends them. So nobody holds a list, and a
process that is killed takes nothing with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tmon.core import Core
from tmon.listings.changes import ChangeResult
from tmon.listings.documents import SheetContent
from tmon.models.listings import UploadSource, UploadState
from tmon.permissions import Person


@dataclass(frozen=True)
class Upload:
    """An uploaded list."""

    team_id: str
    id: str
    store_id: str
    user_id: str
    state: UploadState
    source: UploadSource
    content: SheetContent = field(repr=False)
    """With `judged`; a draft with `deals`."""
    results: Mapping[int, ChangeResult] = field(default_factory=dict, repr=False)
    """Of the products that were accepted, by the line of their row (`SheetDeal.line`)."""


@dataclass(frozen=True)
class Progress:
    """How far the sending of a list is."""

    done: int
    """Changes that have ended, whichever way."""
    total: int
    limited: int
    """Changes that wait for TMON's limit of calls."""
    waiting_until: datetime | None
    """When the last of those goes on."""
    ended: bool


class ListingUploads:
    """Keeps uploaded lists of products and forms. Only `accept` checks the right: the others are the caller's to check."""

    def __init__(self, core: Core) -> None: ...

    async def preview(self, person: Person, store_id: str, content: SheetContent, source: UploadSource) -> Upload:
        """Judge a list against what TMON has now, and keep it. Raises AppError: the switch, the store is gone."""

    async def draft(self, person: Person, store_id: str, content: SheetContent) -> Upload:
        """Keep a form of several pages that is being filled in."""

    async def redraft(self, person: Person, upload_id: str, content: SheetContent) -> Upload:
        """Keep what a form says now. Raises AppError("listings.upload_gone")."""

    async def get(self, person: Person, upload_id: str) -> Upload:
        """Return a list of this person's with its newest results. Raises AppError("listings.upload_gone")."""

    async def accept(self, person: Person, upload_id: str) -> Upload:
        """Let a previewed list be sent, once.

        Raises AppError: the right, `listings.sent_already`, `listings.upload_gone`, `listings.nothing_to_send`.
        """

    async def progress(self, team_id: str, upload_id: str) -> Progress:
        """Return how far the sending of a list is. Raises AppError("listings.upload_gone")."""

    async def shown(self, team_id: str, upload_id: str) -> None:
        """Note that its person has seen the result, so that no message tells it."""
