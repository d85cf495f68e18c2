"""What TMON's number means, and what TMON may be told: pure functions.

TMON takes the absolute remainder and shows orders only after 30 minutes, so what is gone there and not collected yet is in
flight: last pushed - TMON now - collected since (docs/architecture.md, "Stock"). A number that TMON is told leaves it out, or units
that are sold would be on sale again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

PATIENCE = timedelta(minutes=40)
"""Orders show after 30 minutes and are collected every five: what they do not explain by then, they never will."""

SKEW = timedelta(seconds=30)
"""How far TMON's clock and ours may differ; TMON writes whole seconds."""


@dataclass(frozen=True)
class StockReference:
    """What TMON was told last: `units` at `at`, when `flying` units were in flight and `sold` had been collected.

    `flying` is None where that is not known: the reference is the first reading, not a push.
    """

    units: int
    at: datetime
    in_flight: int | None
    sold: int


def in_flight(reference: StockReference, at_tmon: int, *, sold: int, sold_after: int, complete: bool) -> int | None:
    """Units gone at TMON that no collected order explains; negative: TMON has more than it should. None: not known yet.

    `sold`: everything collected for the option by now, `sold_after` the part of it ordered after the reference,
    `complete`: whether everything ordered until the reference has been collected.

    Orders from before the reference that were not among those in flight then fell between the last reading and the push,
    and the push has overwritten them at TMON: they take nothing away from what is in flight now.
    """
    since = reference.units - at_tmon - sold_after
    if reference.in_flight is None:
        return since if complete else None
    before = sold - reference.sold - sold_after
    return max(0, reference.in_flight - before) + since


class PushOutcome(StrEnum):
    """What became of a push whose answer never came."""

    DONE = "done"
    NOT_DONE = "not_done"
    OPEN = "open"


def push_outcome(target: int, before: int, at_tmon: int, explained: int | None) -> PushOutcome:
    """What became of a push of `target` where TMON had `before`, now that it has `at_tmon`.

    Sales only take away, so a number above the lower of the two tells it at once. Otherwise it is left open until
    `explained` is known: the units ordered between the push and the reading `at_tmon`.
    """
    if at_tmon > min(target, before):
        return PushOutcome.DONE if target > before else PushOutcome.NOT_DONE
    if explained is None:
        return PushOutcome.OPEN
    if at_tmon == target - explained:
        return PushOutcome.DONE
    # Neither: the number that leaves more in flight keeps more from being sold twice.
    return PushOutcome.NOT_DONE if at_tmon == before - explained or before > target else PushOutcome.DONE


@dataclass(frozen=True)
class StockReading:
    """An option of a SKU as it stands at TMON: `flying` as `in_flight` tells it, `stuck` where nothing may be pushed."""

    at_tmon: int
    in_flight: int | None
    blocked: bool = False
    """A mismatch that waits for a person, or a push whose outcome is open."""


def target(stock: int, safety: int, options: Sequence[StockReading | None], mine: int) -> int | None:
    """What TMON may be told of the option at place `mine`; None: nothing, or nothing new.

    `options` are all that sell the SKU; None stands for one that could not be read. Lowering is always safe; raising needs
    every unit that is in flight in any of them to be known.
    """
    me = options[mine]
    if me is None or me.blocked or (me.in_flight is not None and me.in_flight < 0):
        return None
    flying = [None if option is None or option.blocked else option.in_flight for option in options]
    offered = max(0, stock - safety - sum(max(0, units) for units in flying if units is not None))
    if any(units is None for units in flying):
        offered = min(offered, me.at_tmon)
    return None if offered == me.at_tmon else offered


def unexplained(units: int, sold_since: int, sold_after: tuple[int, int]) -> int:
    """What is left of `units` in flight at the beginning of a watch, once everything ordered until then was collected.

    `sold_since`: collected since it began; `sold_after`: the part of it ordered later, with that beginning taken `SKEW`
    too early and too late. An order within that span may lie on either side, and counts as whatever explains more.
    """
    low, high = sorted(units - (sold_since - after) for after in sold_after)
    if low <= 0 <= high:
        return 0
    return low if low > 0 else high
