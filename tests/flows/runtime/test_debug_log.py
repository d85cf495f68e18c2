"""At the most talkative level the log of a whole process has nothing of what passes through it, whatever its shape."""

import dataclasses
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from bot.playground.slack.demo import MINJI, ORDERS
from bot.playground.tmon.demo import DEMO_PARTNERS, DEMO_VENDOR
from handlers.stores.ids import SetupView
from tests.flows.process import Outside
from tests.flows.world import until
from tmon.models.stores import Contact, Credentials

TYPED = {
    "api_key": "quietmorningriver",
    "access_key": "wideopenmeadow",
    "secret_key": "oldcopperkettle",
    "personal_data_key": "sixteenletterkey",
    "memo": "창고열쇠는화분밑",
    "contact_name": "황보달맞이",
    "contact_mobile": "전화는비밀입니다",
}
SAID = "seldomheardword"
TOKEN, VENDOR_SECRET = "plainbluewindow", "tallgreengarden"
EVERYTHING = (*TYPED.values(), SAID, TOKEN, VENDOR_SECRET)


def submission(outside: Outside) -> dict[str, Any]:
    """The first step of the setup form with every field that a secret may be typed into."""
    inputs = {name: {name: {"type": "plain_text_input", "value": typed}} for name, typed in TYPED.items()}
    return {
        "type": "view_submission",
        "team": {"id": outside.slack.team_id},
        "user": {"id": MINJI, "team_id": outside.slack.team_id},
        "api_app_id": outside.slack.app_id,
        "token": "x",
        "trigger_id": "1.2.3",
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": SetupView.API,
            "private_metadata": "{}",
            "state": {"values": inputs},
            "hash": "1.x",
            "blocks": [],
        },
        "response_urls": [],
        "is_enterprise_install": False,
        "enterprise": None,
    }


async def test_at_debug_none_of_ten_secrets_without_a_shape_is_logged(outside: Outside) -> None:
    assert len(EVERYTHING) == 10
    partner = outside.tmon.partners[DEMO_PARTNERS[0].partner_id]
    outside.tmon.partners[partner.partner_id] = dataclasses.replace(partner, token=TOKEN)
    outside.tmon.vendors[DEMO_VENDOR.client_id] = dataclasses.replace(DEMO_VENDOR, client_secret=VENDOR_SECRET)
    changed = {"log_level": "DEBUG", "tmon_client_secret": SecretStr(VENDOR_SECRET)}
    outside.settings = outside.settings.model_copy(update=changed)
    contact = Contact(name=TYPED["contact_name"], email="contact@example.com", mobile="010-1234-5678")
    await outside.add_store(credentials=Credentials(api_key=TOKEN), contact=contact)
    outside.child = await outside.start()
    await until(lambda: outside.tmon.calls_of("orders.list"), 20)
    assert (await outside.slack.slash(MINJI, ORDERS, "/tmon", f"stores {SAID}")).ok
    assert (await outside.slack.sockets.send("interactive", submission(outside))).envelope.acks
    outside.tmon.revoke_key(partner.partner_id)
    outside.clock.advance(timedelta(seconds=2 * outside.settings.collect_orders_seconds))
    await until(lambda: len(outside.tmon.calls_of("orders.list")) > 1, 20)
    assert await outside.terminate() == 0
    log = outside.log()
    assert '"running"' in log
    assert [secret for secret in EVERYTHING if secret in log] == []
