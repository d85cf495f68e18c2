"""Changes of products: the queue in the database, how each stands, and its end."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.listings.documents import FieldChange, Wanted
from tmon.listings.fields import UNMANAGED, F, O, option_field
from tmon.listings.steps import Act
from tmon.models.listings import (
    OPEN_CHANGES,
    ChangeState,
    ChangeWait,
    ListedProduct,
    ProductChange,
    ProductUpload,
    UploadState,
)
from tmon.models.stores import Store
from tmon.permissions import Permission, Person, has_permission
from tmon.scope import OfStore, StoreKey, scope
from tmon.stores.repository import lock
from tmon.work import pressed

SEND = "send products"
"""Name of the task that sends what is due of one store."""
RESULT_KEPT = timedelta(days=1)
"""How long an uploaded list stays after its last change has ended."""
_LOOK_SECONDS = 0.5
_CLIPPED = 100
"""Characters of a value that a change's summary keeps."""


@dataclass(frozen=True)
class ChangeResult:
    """How a change of a product stands."""

    id: str
    product_key: str
    user_id: str
    state: ChangeState
    is_new: bool
    note: str | None
    """Text key of why it failed, what it waits for, or what is worth knowing; `values` fill it."""
    values: Mapping[str, Any]
    detail: str | None
    """TMON's error message."""
    done: tuple[Act, ...]
    """The calls that TMON carried out."""
    due_at: datetime
    wait: ChangeWait | None
    created_at: datetime
    ended_at: datetime | None
    summary: tuple[FieldChange, ...] = field(default=(), repr=False)

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in OPEN_CHANGES


class ListingChanges:
    """Accepts changes of single products from their page, and tells how changes stand."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock, self._work = core.db, core.clock, core.work

    async def submit(self, person: Person, store_id: str, product: str | int, wanted: Wanted) -> str:
        """Accept a change without a preview, and return its id: pause, resume, sale period.

        `product`: `ListedProduct.number_key`, or TMON's number of a deal, whether it is managed or not. Raises AppError:
        the right, the store or the product is gone.
        """

    async def outcome(self, team_id: str, change_id: str, seconds: float = 15) -> ChangeResult:
        """Return how a change ended; after so many seconds how it stands. Raises AppError if it is gone."""

    async def open_of(self, team_id: str, store_id: str, product: str | int) -> list[ChangeResult]:
        """Return the changes of a product that have not ended, oldest first. `product`: as in `submit`."""

    async def last_of(self, team_id: str, store_id: str, product: str | int, most: int = 3) -> list[ChangeResult]:
        """Return the last changes of a product, newest first, open ones included. `product`: as in `submit`."""
