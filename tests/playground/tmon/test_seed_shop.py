"""A shop on its first day."""

from bot.playground.tmon import DEMO_PARTNERS, demo_sandbox
from tests.clock import MovableClock


def test_each_shop_has_addresses_templates_and_its_deals(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    for partner in DEMO_PARTNERS:
        own = [address for address in sandbox.addresses.values() if address.partner_id == partner.partner_id]
        assert [address.kind for address in own] == ["D", "R"]
        assert any(template.partner_id == partner.partner_id for template in sandbox.templates.values())
        assert {goods.deal_no for goods in partner.goods} == {
            no for no, deal in sandbox.deals.items() if deal.partner_id == partner.partner_id
        }
    assert sandbox.repeated_templates == []
    sold = {deal.deal_no for order in sandbox.orders.values() for deal in order.deals}
    assert sold <= sandbox.deals.keys()
