"""연결 테스트: checks the token, the seller and a list of orders in turn, regardless of the switches."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tmon.api import DeliveryStatus, PartnerRejected, Rejected, TmonError
from tmon.api.windows import MIN_AGE
from tmon.core import StoreClients
from tmon.models.stores import Store
from tmon.sealing import CannotOpen

TIMEOUT = 60.0
"""Timeout in seconds for all steps together."""
_WINDOW = timedelta(hours=1)


class Step(StrEnum):
    """Steps of the check, in order."""

    TOKEN = "token"  # noqa: S105 - the name of the step that tests the vendor's bearer token
    PARTNER = "partner"
    ORDERS = "orders"


class Mark(StrEnum):
    """Result of a step."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_KNOWN = "not_known"  # not determined, because of an earlier failure or no answer


@dataclass(frozen=True)
class StepResult:
    """Result of one step."""

    step: Step
    mark: Mark
    error: TmonError | CannotOpen | TimeoutError | None = None


async def run(clients: StoreClients, store: Store, now: datetime) -> list[StepResult]:
    """Check the connection of `store` and return the result of each step. Errors of TMON are results, not exceptions.

    The token proves only the vendor. The seller's headers are proved by the first call that needs them
    (docs/tmon-api.md, ch. 2.3), the list of orders: a refusal there concerns the seller, other errors the list.
    """
    try:
        api = clients.for_store(store)
    except CannotOpen as error:
        return _failed_from(Step.TOKEN, error)
    token_passed = False
    try:
        async with asyncio.timeout(TIMEOUT):
            await api.check_token()
            token_passed = True
            end = now - MIN_AGE
            await api.orders.list(end - _WINDOW, end, DeliveryStatus.D1)
    except (TmonError, TimeoutError) as error:
        if not token_passed:
            return _failed_from(Step.TOKEN, error)
        if isinstance(error, PartnerRejected | Rejected):
            return [_passed(Step.TOKEN), *_failed_from(Step.PARTNER, error)]
        return [_passed(Step.TOKEN), StepResult(Step.PARTNER, Mark.NOT_KNOWN), *_failed_from(Step.ORDERS, error)]
    return [_passed(step) for step in Step]


def _passed(step: Step) -> StepResult:
    return StepResult(step, Mark.PASSED)


def _failed_from(step: Step, error: TmonError | CannotOpen | TimeoutError) -> list[StepResult]:
    """Return the results of `step`, which failed, and of the later steps, which were not run."""
    rest = list(Step)[list(Step).index(step) + 1 :]
    return [StepResult(step, Mark.FAILED, error), *(StepResult(later, Mark.NOT_KNOWN) for later in rest)]
