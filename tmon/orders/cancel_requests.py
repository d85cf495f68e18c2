"""Reading which orders their buyers cancel: once per press or run, never once per order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tmon.api import Claim, ClaimKind, ClaimStatus, StoreApi
from tmon.api.windows import split

CancelledQuantities = dict[tuple[int, int], int]
"""Cancelled quantities by deal and option."""


@dataclass(frozen=True)
class CancelRequests:
    """Cancel requests of the given orders, by state."""

    open: frozenset[int]
    """Orders with a cancel request that is undecided, or approved and not carried out yet."""
    done: dict[int, CancelledQuantities]
    """Quantities that completed cancels took out, by order."""


OPEN = (ClaimStatus.C1, ClaimStatus.C2)
"""States of a cancel that is asked for and not completed: TMON refuses to confirm its order."""
OPEN_AND_DONE = (*OPEN, ClaimStatus.C3)


async def read_cancels(
    client: StoreApi,
    since: datetime,
    now: datetime,
    first_seen: Mapping[int, datetime],
    statuses: Sequence[ClaimStatus] = OPEN_AND_DONE,
) -> CancelRequests:
    """Read open (C1, C2) and completed (C3) cancels requested since then, of the orders in `first_seen`. Raises TmonError.

    The filter is the day of the request (docs/tmon-api.md, ch. 10.1), which never lies before the order itself. A cancel
    counts by its completion: what was completed before we first saw an order was left out of it by TMON already.
    """
    open_ones: set[int] = set()
    done: dict[int, CancelledQuantities] = {}
    for start, end in split(since, now):
        for status in statuses:
            async for page in client.claims.search(ClaimKind.CANCEL, start, end, status):
                for claim in page:
                    if claim.order_no not in first_seen:
                        continue
                    if status in OPEN:
                        open_ones.add(claim.order_no)
                    elif _took_effect_since(claim, first_seen[claim.order_no]):
                        order = done.setdefault(claim.order_no, {})
                        for deal in claim.deals or ():
                            for option in deal.options:
                                pair = (deal.deal_no, option.option_no)
                                order[pair] = order.get(pair, 0) + option.quantity
    return CancelRequests(frozenset(open_ones), done)


def _took_effect_since(claim: Claim, moment: datetime) -> bool:
    completed_at = claim.completed_at or claim.approved_at  # never the day of the request, which may be long before
    return completed_at is None or completed_at >= moment
