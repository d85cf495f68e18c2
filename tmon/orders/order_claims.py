"""Claims on orders: whoever confirms an order, or asks TMON what became of it, is alone with it, in whatever process.

A claim is a token in the order's row. Every change of the order by its holder looks for the token in the same transaction, and
so does every call that writes to TMON right before it is made. A claim ends when it is given back or its process is gone;
whoever held it then finds another token, or none.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.core import Core
from tmon.leases import NOBODY, renewed
from tmon.models.orders import Order, OrderState, is_unsettled
from tmon.scope import StoreKey, scope

log = structlog.get_logger(__name__)

HALF_WAY = (OrderState.CONFIRMING, OrderState.UNKNOWN)
"""States in which an order may be claimed."""
_LASTS = timedelta(minutes=1)
"""How long a claim stands without renewal. Its holder renews it as long as it works; the end of its process frees it earlier."""


class OrderClaim:
    """The claim of one run on orders of one store."""

    def __init__(self, store: StoreKey, columns: dict[str, Any]) -> None:
        """`columns`: of the rows that it claims (`Claims.new`)."""
        self.store = store
        self.columns = columns
        self.token: str = columns["claim_token"]
        self.has_taken = False
        """Whether rows were claimed with it."""

    def holds(self, order: Order) -> bool:
        """Return whether an order that was loaded in this transaction is still claimed by it."""
        return order.claim_token == self.token and order.state in HALF_WAY

    async def is_held(self, session: AsyncSession, order_no: int) -> bool:
        """Return whether an order is still claimed by it."""
        token = await session.scalar(
            select(col(Order.claim_token)).where(*scope(Order, self.store), col(Order.order_no) == order_no)
        )
        return token == self.token

    async def take_over(self, session: AsyncSession, token: str) -> list[int]:
        """Take the orders that were claimed with `token` for a task; return them, the most urgent first."""
        mine = (
            *scope(Order, self.store),
            col(Order.claim_token) == token,
            is_unsettled(OrderState.CONFIRMING),
        )
        # locked by ascending number, as everywhere (`transitions.lock`)
        found = await session.execute(
            select(col(Order.order_no), col(Order.confirm_by))
            .where(*mine)
            .order_by(col(Order.order_no))
            .with_for_update()
        )
        taken = sorted(found, key=lambda row: (row.confirm_by, row.order_no))
        if taken:
            self.has_taken = True
            await session.execute(
                update(Order).where(*mine).values(**self.columns), execution_options={"synchronize_session": False}
            )
        return [row.order_no for row in taken]

    async def take(self, session: AsyncSession, order_nos: Sequence[int]) -> None:
        """Claim orders that are locked, and of which no one else holds the claim."""
        if not order_nos:
            return
        self.has_taken = True
        await session.execute(
            update(Order).where(*scope(Order, self.store), col(Order.order_no).in_(order_nos)).values(**self.columns),
            execution_options={"synchronize_session": False},
        )


class OrderClaims:
    """Claims of this process on orders."""

    def __init__(self, core: Core) -> None:
        self._db, self._claims = core.db, core.claims
        self._working: set[str] = set()
        """Tokens of what this process works on now: the rest of what it had claimed was left behind by a failure."""

    def is_free(self) -> ColumnElement[bool]:
        """Return the condition that nobody works on an order."""
        token, owner = col(Order.claim_token), col(Order.claim_owner)
        abandoned = or_(self._claims.is_free(Order), owner == self._claims.process.id)
        return or_(token.is_(None), and_(token.not_in(sorted(self._working)), abandoned))

    def for_task(self, store: StoreKey) -> OrderClaim:
        """Return a claim for orders of a store that a task will take over."""
        return OrderClaim(store, self._claims.for_task())

    @asynccontextmanager
    async def open(self, store: StoreKey) -> AsyncIterator[OrderClaim]:
        """A claim for orders of a store, renewed within the block; what is still claimed at its end is given back."""
        claim = OrderClaim(store, self._claims.new(_LASTS))
        self._working.add(claim.token)
        try:
            async with renewed(
                lambda: self._change(claim, renew=True), _LASTS.total_seconds() / 3, store=store.store_id
            ):
                yield claim
        finally:
            self._working.discard(claim.token)
            if claim.has_taken:
                try:
                    await self._change(claim, renew=False)
                except Exception:  # the recovery of this process finds it all the same
                    log.exception("claim on orders not given back", store=store.store_id)

    async def _change(self, claim: OrderClaim, *, renew: bool) -> None:
        """Renew a claim, or give it back."""
        mine = (*scope(Order, claim.store), is_unsettled(*HALF_WAY), col(Order.claim_token) == claim.token)
        values = {"claimed_until": self._db.now(_LASTS)} if renew else NOBODY
        async with self._db.write() as session:
            # locked by ascending number, as everywhere (`transitions.lock`)
            chosen = select(col(Order.order_no)).where(*mine).order_by(col(Order.order_no)).with_for_update()
            if list(await session.scalars(chosen)):
                await session.execute(
                    update(Order).where(*mine).values(**values), execution_options={"synchronize_session": False}
                )
