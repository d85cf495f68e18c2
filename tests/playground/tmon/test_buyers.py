"""Invented buyers."""

import re

from bot.playground.tmon import PlacedOrder


def test_no_number_can_ring_and_no_address_exists(many: list[PlacedOrder]) -> None:
    for order in many:
        for phone in (order.buyer.phone, order.receiver_phone):
            assert phone is None or re.fullmatch(r"(010|0504|0507|0508)-0\d{3}-\d{4}", phone)
        assert order.address.street is None or "가상로" in order.address.street
        assert order.address.lot is None or "가상동" in order.address.lot
        assert order.ordered_at <= order.deposited_at
