"""Returns as the table of claims knows them: an order ends when all of it was delivered or came back.

TMON's states of deliveries do not tell: what came back stays on its way there, or is not listed any more.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import ClaimStatus
from tmon.models.claims import Claim, ClaimKind
from tmon.models.orders import OrderState
from tmon.orders.cards import redraw_cards
from tmon.orders.mapping import mark_returned
from tmon.orders.transitions import follow_order, load
from tmon.scope import OfStore, scope


async def follow_returns(session: AsyncSession, of: OfStore, order_nos: Collection[int], now: datetime) -> None:
    """Bring orders up to date with their completed returns, after claims of them were stored. Unknown orders are left out.

    Stock does not follow: a person decides whether what came back is for sale again.
    """
    await session.flush()
    loaded = await load(session, of.team_id, of.store_id, sorted(order_nos), lock=True)
    claims = await session.execute(
        select(col(Claim.order_no), col(Claim.goods)).where(
            *scope(Claim, of),
            col(Claim.kind) == ClaimKind.RETURN,
            col(Claim.status) == ClaimStatus.C3.value,
            col(Claim.order_no).in_(list(loaded)),
        )
    )
    returned: dict[tuple[int, int], dict[int, int]] = {}
    for number, goods in claims:
        for deal in goods:
            options = returned.setdefault((number, deal["deal"]), {})
            for option in deal["options"]:
                options[option["no"]] = options.get(option["no"], 0) + option["quantity"]
    changed = []
    for number, (order, deals) in loaded.items():
        new = [mark_returned(deal, returned.get((number, deal.deal_no), {})) for deal in deals.values()]
        if order.state is OrderState.CONFIRMED and any(new):
            follow_order(order, deals.values(), now)
            order.updated_at = now
            changed.append(order)
    await redraw_cards(session, changed, now)
