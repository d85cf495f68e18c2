"""The sandbox as a program: demo shops with incoming orders and claims."""

import asyncio
from collections.abc import Callable, Mapping
from random import Random

from bot.playground.tmon.claim_events import buyer_claims
from bot.playground.tmon.demo import DEMO_PARTNERS, DEMO_VENDOR, demo_sandbox
from bot.playground.tmon.models import ClaimType
from bot.playground.tmon.order_factory import NothingOnSale
from bot.playground.tmon.server import serve
from bot.playground.tmon.state import Sandbox

SECONDS_BETWEEN_EVENTS = 40
_KINDS: Mapping[ClaimType, str] = {"C": "cancel", "R": "return", "X": "exchange", "D": "redelivery"}


async def run(host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve the demo until cancelled; about every 40 seconds an order arrives or a buyer claims something.

    `announce` gets lines of text: address, demo credentials, events.
    """
    sandbox = demo_sandbox()
    server = await serve(sandbox, host, port)
    rng = Random()
    try:
        announce(f"TMON sandbox: {server.url}")
        announce(
            f"vendor: id {DEMO_VENDOR.vendor_id}, client id {DEMO_VENDOR.client_id}, "
            f"client secret {DEMO_VENDOR.client_secret}, personal data key {DEMO_VENDOR.personal_data_key}"
        )
        for partner in DEMO_PARTNERS:
            announce(f"store: {partner.name}, seller ID {partner.partner_id}, API key {partner.token}")
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_EVENTS * rng.uniform(0.7, 1.3))
            announce(simulate_event(sandbox, rng))
    finally:
        await server.stop()


def simulate_event(sandbox: Sandbox, rng: Random) -> str:
    """Simulate one event at a random shop: usually an order, one time in eight a claim, mostly a cancel. Returns a line
    about it."""
    partner = rng.choice(list(sandbox.partners.values()))
    if rng.random() < 1 / 8:
        (kind,) = rng.choices(tuple(_KINDS), (6, 2, 2, 1))
        claim = buyer_claims(sandbox, kind, partner_id=partner.partner_id)
        if claim is not None:
            return f"{partner.name}: {_KINDS[kind]} requested for order {claim.order_no}"
    try:
        order = sandbox.new_order(partner.partner_id)
    except NothingOnSale:
        return f"{partner.name}: a customer finds nothing on sale"
    return f"{partner.name}: order {order.order_no}, {', '.join(deal.title for deal in order.deals)}"


if __name__ == "__main__":
    asyncio.run(run("127.0.0.1", 8100, print))
