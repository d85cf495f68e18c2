"""Which orders their buyers cancel: read once per press or run, never once per order."""

from dataclasses import dataclass
from datetime import datetime

from tmon.api import ClaimStatus, StoreApi
from tmon.collection.windows import split
from tmon.orders.adoption import Deals
from tmon.orders.tables import DealState


@dataclass(frozen=True)
class Cancels:
    """What TMON says of cancels of certain orders."""

    open: frozenset[int]
    """Orders with a cancel request that is not decided."""
    done: dict[int, set[tuple[int, int]]]
    """Cancelled (deal, option) pairs by order."""


async def read_cancels(client: StoreApi, since: datetime, now: datetime, wanted: set[int]) -> Cancels:
    """Open (C1) and done (C3) cancels requested since then, of the orders in `wanted`. Raises TmonError.

    The filter is the day of the request (wire contract, ch. 10.1), which never lies before the order itself.
    """
    open_ones: set[int] = set()
    done: dict[int, set[tuple[int, int]]] = {}
    for start, end in split(since, now):
        for status in (ClaimStatus.C1, ClaimStatus.C3):
            async for page in client.cancellations.search(start, end, status):
                for claim in page:
                    if claim.order_no not in wanted:
                        continue
                    if status is ClaimStatus.C1:
                        open_ones.add(claim.order_no)
                    else:
                        done.setdefault(claim.order_no, set()).update(
                            (deal.deal_no, option.option_no) for deal in claim.deals for option in deal.options
                        )
    return Cancels(frozenset(open_ones), done)


def mark_cancelled(deals: Deals, cancelled: set[tuple[int, int]]) -> bool:
    """Marks cancelled options, and deals of which nothing is left. Returns whether any mark is new."""
    marked = False
    for deal in deals.values():
        fresh = {
            option["no"]
            for option in deal.options
            if (deal.deal_no, option["no"]) in cancelled and not option.get("cancelled")
        }
        if not fresh:
            continue
        marked = True
        deal.options = [{**option, "cancelled": True} if option["no"] in fresh else option for option in deal.options]
        if all(option.get("cancelled") for option in deal.options):
            deal.state = DealState.CANCELLED
    return marked
