"""연결 테스트: the token, the seller and a list of orders are asked for one after the other, whatever the switches say."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tmon.api import DeliveryStatus, PartnerRejected, Rejected, TmonError
from tmon.api.windows import MIN_AGE
from tmon.core import StoreClients
from tmon.models.stores import Store
from tmon.sealing import CannotOpen

PATIENCE = 60.0
"""Seconds in which TMON has to answer all of it."""
_WINDOW = timedelta(hours=1)


class Step(StrEnum):
    """What is tested, in this order."""

    TOKEN = "token"  # noqa: S105 - the vendor's bearer token is what is tested
    PARTNER = "partner"
    ORDERS = "orders"


class Mark(StrEnum):
    """How a step ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_KNOWN = "not_known"  # an earlier failure, or silence, leaves it open


@dataclass(frozen=True)
class StepResult:
    """One line of the result."""

    step: Step
    mark: Mark
    error: TmonError | CannotOpen | TimeoutError | None = None


async def run(connections: StoreClients, store: Store, now: datetime) -> list[StepResult]:
    """Tests the connection of `store`: each step with its result, never an exception for what TMON does.

    The token proves the vendor only; the seller's headers are proven by the first call that needs them (docs/tmon-api.md,
    ch. 2.3), which is the list of orders: a refusal there is about the seller, other trouble about the list.
    """
    try:
        api = connections.for_store(store)
    except CannotOpen as error:
        return _ending(Step.TOKEN, error)
    token_passed = False
    try:
        async with asyncio.timeout(PATIENCE):
            await api.check_token()
            token_passed = True
            end = now - MIN_AGE
            await api.orders.list(end - _WINDOW, end, DeliveryStatus.D1)
    except (TmonError, TimeoutError) as error:
        if not token_passed:
            return _ending(Step.TOKEN, error)
        if isinstance(error, PartnerRejected | Rejected):
            return [_passed(Step.TOKEN), *_ending(Step.PARTNER, error)]
        return [_passed(Step.TOKEN), StepResult(Step.PARTNER, Mark.NOT_KNOWN), *_ending(Step.ORDERS, error)]
    return [_passed(step) for step in Step]


def _passed(step: Step) -> StepResult:
    return StepResult(step, Mark.PASSED)


def _ending(step: Step, error: TmonError | CannotOpen | TimeoutError) -> list[StepResult]:
    """`step` failed, and what comes after it was not asked."""
    rest = list(Step)[list(Step).index(step) + 1 :]
    return [StepResult(step, Mark.FAILED, error), *(StepResult(later, Mark.NOT_KNOWN) for later in rest)]
