"""Units in flight, and the stock to push: pure functions.

TMON takes absolute stock and lists orders only after 30 minutes, so units sold there and not collected yet are in
flight: last pushed - TMON now - collected since (docs/architecture.md, "Stock"). Pushed stock excludes them; otherwise
sold units would be offered again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

EXPLAIN_WITHIN = timedelta(minutes=40)
"""Time for orders to explain a difference: they are listed after 30 minutes and collected every five."""

SKEW = timedelta(seconds=30)
"""Maximum difference of TMON's clock and ours; TMON's times are whole seconds."""


@dataclass(frozen=True)
class StockReference:
    """The last push: `units` at `at`, when `in_flight` units were in flight and `sold` had been collected.

    `in_flight` is None if not known: the reference is the first reading, not a push.
    """

    units: int
    at: datetime
    in_flight: int | None
    sold: int


def in_flight(reference: StockReference, at_tmon: int, *, sold: int, sold_after: int, complete: bool) -> int | None:
    """Return the units sold at TMON that no collected order explains; None: not known yet.

    Negative: TMON has more than it should. `sold`: units collected for the option so far; `sold_after`: the part of it
    ordered after the reference; `complete`: whether all orders up to the reference have been collected.

    Orders from before the reference that were not in flight then fall between the last reading and the push. The push
    has overwritten them at TMON, so they do not reduce the units in flight now.
    """
    since = reference.units - at_tmon - sold_after
    if reference.in_flight is None:
        return since if complete else None
    before = sold - reference.sold - sold_after
    return max(0, reference.in_flight - before) + since


class PushOutcome(StrEnum):
    """Outcome of a push that was not answered."""

    DONE = "done"
    NOT_DONE = "not_done"
    OPEN = "open"


def push_outcome(target: int, before: int, at_tmon: int, explained: int | None) -> PushOutcome:
    """Return the outcome of a push of `target` when TMON had `before`, given that it has `at_tmon` now.

    Sales only reduce stock, so a value above the lower of the two decides it at once. Otherwise it stays open until
    `explained` is known: the units ordered between the push and the reading `at_tmon`.
    """
    if at_tmon > min(target, before):
        return PushOutcome.DONE if target > before else PushOutcome.NOT_DONE
    if explained is None:
        return PushOutcome.OPEN
    if at_tmon == target - explained:
        return PushOutcome.DONE
    # Neither matches: assume the higher one, which leaves more units in flight and so prevents overselling.
    return PushOutcome.NOT_DONE if at_tmon == before - explained or before > target else PushOutcome.DONE


@dataclass(frozen=True)
class StockReading:
    """State of an option of a SKU at TMON: `in_flight` as returned by `in_flight()`; `blocked`: nothing may be pushed."""

    at_tmon: int
    in_flight: int | None
    blocked: bool = False
    """A mismatch is unresolved, or the outcome of a push is open."""


def target(stock: int, safety: int, options: Sequence[StockReading | None], index: int) -> int | None:
    """Return the stock to push for the option at `index`; None: nothing may be pushed, or it is unchanged.

    `options`: all options that sell the SKU; None for one that could not be read. Lowering is always safe; raising
    requires that the units in flight of all of them are known.
    """
    me = options[index]
    if me is None or me.blocked or (me.in_flight is not None and me.in_flight < 0):
        return None
    units_in_flight = [None if option is None or option.blocked else option.in_flight for option in options]
    offered = max(0, stock - safety - sum(max(0, units) for units in units_in_flight if units is not None))
    if any(units is None for units in units_in_flight):
        offered = min(offered, me.at_tmon)
    return None if offered == me.at_tmon else offered


def unexplained(units: int, sold_since: int, sold_after: tuple[int, int]) -> int:
    """Return the unexplained rest of `units` in flight at the start of a watch, after all orders up to it were collected.

    `sold_since`: units collected since the start; `sold_after`: the part of it ordered after the start, with the start
    shifted by `SKEW` to earlier and to later. Orders within that span count for whichever side explains more.
    """
    low, high = sorted(units - (sold_since - after) for after in sold_after)
    if low <= 0 <= high:
        return 0
    return low if low > 0 else high
