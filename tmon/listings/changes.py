"""Changes of products: accepted from a product's page, and how each stands."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.listings.documents import FieldChange, Wanted
from tmon.listings.fields import UNMANAGED
from tmon.listings.queue import SEND, clipped, next_seq
from tmon.listings.steps import Act
from tmon.models.listings import OPEN_CHANGES, ChangeState, ChangeWait, ListedProduct, ProductChange
from tmon.models.products import Deal
from tmon.permissions import Permission, Person, has_permission
from tmon.scope import OfStore, StoreKey, scope
from tmon.stores.repository import lock
from tmon.work import pressed

SALE = "sale"
"""`FieldChange.field` of a sale that is paused or resumed."""
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class ChangeResult:
    """How a change of a product stands."""

    id: str
    product_key: str
    user_id: str
    state: ChangeState
    is_new: bool
    note: str | None
    """Text key of why it failed, or of what is worth knowing; `values` fill it."""
    values: Mapping[str, Any]
    """After a failure also `left`: the calls (`Act`) that were not sent any more."""
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


def result_of(row: ProductChange) -> ChangeResult:
    """Return how a change stands."""
    return ChangeResult(
        id=row.id,
        product_key=row.product_key,
        user_id=row.user_id,
        state=row.state,
        is_new=row.is_new,
        note=row.note,
        values=row.values,
        detail=row.detail,
        done=tuple(map(Act, row.done)),
        due_at=row.due_at,
        wait=row.wait,
        created_at=row.created_at,
        ended_at=row.ended_at,
        summary=tuple(FieldChange.model_validate(one) for one in row.summary),
    )


class ListingChanges:
    """Accepts changes of single products from their page, and tells how changes stand."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock, self._work = core.db, core.clock, core.work

    async def submit(self, person: Person, store_id: str, product: str | int, wanted: Wanted) -> str:
        """Accept a change without a preview, and return its id: pause, resume, sale period.

        `product`: `ListedProduct.number_key`, or TMON's number of a deal, whether it is managed or not. Raises AppError:
        the right, the store or the product is gone.
        """
        if (press := pressed.get()) is not None:
            press.begin()
        now, change_id = self._clock(), new_id("pc")
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            if not has_permission(person, Permission.PRODUCTS, store):
                raise AppError("listings.no_right")
            session.add(
                ProductChange(
                    team_id=store.team_id,
                    id=change_id,
                    store_id=store.id,
                    product_key=await _existing_key(session, store, product),
                    user_id=person.user_id,
                    is_new=False,
                    wanted=wanted.model_dump(mode="json", exclude_none=True),
                    summary=clipped(_summary(wanted)),
                    due_at=now,
                    seq=await next_seq(session, store),
                    created_at=now,
                )
            )
            audit.record(session, store, person.user_id, "product.accept", now, subject=product)
            await self._work.ask(session, SEND, store.id, team_id=store.team_id, store_id=store.id)
            if press is not None:
                press.store(session)
        return change_id

    async def outcome(self, team_id: str, change_id: str, seconds: float = 15) -> ChangeResult:
        """Return how a change ended; after so many seconds how it stands. Raises AppError if it is gone."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while True:
            async with self._db.read() as session:
                row = await session.get(ProductChange, (team_id, change_id))
            if row is None:
                raise AppError("listings.change_gone")
            result = result_of(row)
            if not result.is_open or loop.time() >= until:
                return result
            await asyncio.sleep(_LOOK_SECONDS)

    async def open_of(self, team_id: str, store_id: str, product: str | int) -> list[ChangeResult]:
        """Return the changes of a product that have not ended, oldest first. `product`: as in `submit`."""
        async with self._db.read() as session:
            store = StoreKey(team_id, store_id)
            rows = await session.scalars(
                select(ProductChange)
                .where(
                    *await _of_product(session, store, product),
                    col(ProductChange.state).in_(OPEN_CHANGES),
                )
                .order_by(col(ProductChange.seq))
            )
            return [result_of(row) for row in rows]

    async def last_of(self, team_id: str, store_id: str, product: str | int, most: int = 3) -> list[ChangeResult]:
        """Return the last changes of a product, newest first, open ones included. `product`: as in `submit`."""
        async with self._db.read() as session:
            store = StoreKey(team_id, store_id)
            rows = await session.scalars(
                select(ProductChange)
                .where(*await _of_product(session, store, product))
                .order_by(col(ProductChange.seq).desc())
                .limit(most)
            )
            return [result_of(row) for row in rows]


def _summary(wanted: Wanted) -> list[FieldChange]:
    changes = [FieldChange(field=name, new=value, old_known=False) for name, value in wanted.values.items()]
    if wanted.sale is not None:
        changes.append(FieldChange(field=SALE, new=wanted.sale, old_known=False))
    return changes


async def _existing_key(session: AsyncSession, store: OfStore, product: str | int) -> str:
    """Return the key of a product that is known. Raises AppError."""
    keys = await _keys(session, store, product)
    table = ListedProduct if isinstance(product, str) else Deal
    if await session.get(table, (store.team_id, store.store_id, product)) is None:
        raise AppError("listings.gone")
    return keys[0]


async def _keys(session: AsyncSession, store: OfStore, product: str | int) -> list[str]:
    """Return the keys under which changes of a product may stand, the present one first."""
    if isinstance(product, str):
        return [product]
    unmanaged = f"{UNMANAGED}{product}"  # before it was taken over
    managed = await session.scalar(
        select(col(ListedProduct.number_key)).where(*scope(ListedProduct, store), col(ListedProduct.deal_no) == product)
    )
    return [unmanaged] if managed is None else [managed, unmanaged]


async def _of_product(session: AsyncSession, store: OfStore, product: str | int) -> tuple[Any, ...]:
    return *scope(ProductChange, store), col(ProductChange.product_key).in_(await _keys(session, store, product))
