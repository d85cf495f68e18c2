"""Which sale periods are to be extended."""

from datetime import timedelta

import pytest

from bot.playground.tmon.deal_listings import NO_END
from tests.tmon.products.sale_period.moments import START
from tmon.products.sale_period.planning import is_due


@pytest.mark.parametrize(
    ("left", "due"),
    [
        (timedelta(0), False),
        (timedelta(seconds=-1), False),
        (timedelta(seconds=1), True),
        (timedelta(days=7, seconds=-1), True),
        (timedelta(days=7), False),
    ],
)
def test_fewer_than_seven_days_and_not_ended(left: timedelta, due: bool) -> None:
    assert is_due(START + left, START) is due


def test_without_an_end_never() -> None:
    assert not is_due(None, START)
    assert not is_due(NO_END, NO_END - timedelta(days=1))
