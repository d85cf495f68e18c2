"""What is kept of what TMON tells of an order."""

from sqlalchemy.ext.asyncio import AsyncSession

from tests.clock import TUESDAY
from tests.tmon.orders.told import deal, order, stored
from tmon import api
from tmon.api import DeliveryStatus
from tmon.models.orders import DealState
from tmon.orders.ingest import is_complete, merge_lists
from tmon.orders.transitions import apply_remote, apply_remote_deals
from tmon.sealing import Sealer


def test_what_does_not_decrypt_replaces_nothing(sealer: Sealer) -> None:
    row, deals = stored(order(deal()), sealer)
    before = row.buyer
    unreadable = order(deal(), buyer=api.Buyer(unreadable=("receiverName",)))
    assert not apply_remote(AsyncSession(), sealer, row, deals, unreadable, None, TUESDAY).shown
    assert (row.buyer, row.address_changed_at) == (before, None)


def test_destroyed_data_does_not_come_back(sealer: Sealer) -> None:
    row, deals = stored(order(deal()), sealer)
    row.buyer = None
    assert not apply_remote(AsyncSession(), sealer, row, deals, order(deal()), None, TUESDAY).shown
    assert row.buyer is None


def test_lists_of_two_states_make_one_order() -> None:
    (both,) = merge_lists([order(deal(1))], [order(deal(2, "D2"))])
    assert [one.status for one in both.deals] == [DeliveryStatus.D1, DeliveryStatus.D2]
    (moved,) = merge_lists([order(deal(1), deal(2))], [order(deal(1, "D2"), deal(2))])
    assert [one.status for one in moved.deals] == [DeliveryStatus.D2, DeliveryStatus.D1]


def test_a_list_that_names_only_a_part_of_an_order_changes_nothing(sealer: Sealer) -> None:
    _, deals = stored(order(deal(1), deal(2)), sealer)
    assert is_complete(order(deal(1), deal(2, "D2")), deals)
    assert not is_complete(order(deal(2, "D2")), deals)
    deals[1].state = DealState.CANCELLED
    assert is_complete(order(deal(2, "D2")), deals)


def test_a_deal_that_was_not_told_before_joins_the_order(sealer: Sealer) -> None:
    row, deals = stored(order(deal(1)), sealer)
    both = order(deal(1), deal(2))
    assert apply_remote_deals(AsyncSession(), row, deals, both, TUESDAY)
    assert sorted(deals) == [1, 2]
    assert not apply_remote_deals(AsyncSession(), row, deals, both, TUESDAY), "the second time nothing is new"
