"""What automatic confirmation leaves to a person: the rule over everything that may be set."""

from hypothesis import given
from hypothesis import strategies as st

from handlers.samples.fixtures import order, store
from tmon.models.stores import ConfirmMode
from tmon.orders.auto_confirm import review_reason
from tmon.orders.cards import NOT_RUNPLE, OVER_AMOUNT, OVER_QUANTITY

DEALS = st.frozensets(st.integers(1, 6))
LIMIT = st.none() | st.integers(1, 1000)
AUTOMATIC = st.sampled_from([ConfirmMode.AUTO, ConfirmMode.RUNPLE])
SIZE = st.integers(1, 1000)


@given(DEALS, DEALS, st.booleans(), LIMIT, LIMIT, SIZE, SIZE, AUTOMATIC)
def test_the_rule(
    deals: frozenset[int],
    marked: frozenset[int],
    uses_runple: bool,
    max_amount: int | None,
    max_quantity: int | None,
    amount: int,
    quantity: int,
    mode: ConfirmMode,
) -> None:
    one = store(confirm_mode=mode, runple=uses_runple, auto_max_amount=max_amount, auto_max_quantity=max_quantity)
    why = review_reason(one, order(amount=amount, quantity=quantity), deals, marked)
    if mode is ConfirmMode.RUNPLE and (not uses_runple or not deals or any(deal not in marked for deal in deals)):
        assert why == NOT_RUNPLE
    elif max_amount is not None and amount > max_amount:
        assert why == OVER_AMOUNT
    elif max_quantity is not None and quantity > max_quantity:
        assert why == OVER_QUANTITY
    else:
        assert why is None
