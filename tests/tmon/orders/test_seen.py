"""A run stores what may have changed since it was last stored, and nothing else."""

from dataclasses import replace
from datetime import timedelta

from tests.clock import MovableClock
from tests.tmon.orders.told import deal, option, order
from tmon.collection.seen import FORGET_SECONDS
from tmon.orders.seen import SeenOrders

PLACE = ("T1", "st_1")


def test_what_was_stored_as_it_is_listed_is_not_stored_again(clock: MovableClock) -> None:
    seen = SeenOrders(clock)
    one, two = order(deal()), order(deal(), order_no=2)
    assert seen.changed(PLACE, [one, two]) == [one, two]
    seen.stored(PLACE, [one])
    assert seen.changed(PLACE, [one, two]) == [two]
    assert seen.changed(("T1", "st_2"), [one]) == [one], "of another store"


def test_every_change_of_an_order_is_seen(clock: MovableClock) -> None:
    seen = SeenOrders(clock)
    one = order(deal())
    seen.stored(PLACE, [one])
    buyer = replace(one.buyer, receiver_name="다른 사람")
    for other in (
        order(deal(status="D2")),
        order(deal(options=(option(quantity=3),))),
        order(deal(), deal(2)),
        order(deal(), buyer=buyer),
    ):
        assert seen.changed(PLACE, [other]) == [other]


def test_what_is_listed_no_more_is_forgotten_and_after_an_hour_everything(clock: MovableClock) -> None:
    seen = SeenOrders(clock)
    one, two = order(deal()), order(deal(), order_no=2)
    seen.stored(PLACE, [one, two])
    seen.keep(PLACE, [2])
    assert seen.changed(PLACE, [one, two]) == [one]
    clock.advance(timedelta(seconds=FORGET_SECONDS))
    assert seen.changed(PLACE, [two]) == [two]
