"""Every view and message of the product is within Slack's limits and lets no foreign markup through."""

import importlib.util
import json
import pkgutil
from functools import cache
from typing import Any

import handlers
from bot.playground.slack.rules.blocks import check_message_blocks
from bot.playground.slack.rules.views import check_view, too_large
from handlers.common_views.ids import PartnerCenterAction
from handlers.features import FEATURES, complete, renderers
from handlers.rendering import Renderer
from handlers.samples.drawing import draw_samples

FOREIGN = ("<!channel", "<@U666", "<https://example")
"""What `NASTY` would do if it were let through."""
VIEWS = {
    view
    for package in pkgutil.iter_modules(handlers.__path__)
    if package.ispkg and importlib.util.find_spec(f"handlers.{package.name}.ids")
    for name, kind in vars(importlib.import_module(f"handlers.{package.name}.ids")).items()
    if name.endswith("View")
    for view in kind
}
NOTHING_TO_DO_THERE = ("claim card ended, elsewhere", "address form", "store worst, for a reader")
"""Samples that name the partner centre, but send nobody there."""
MESSAGES = {
    "store_result": "setup result",
    "store_approved": "stores.approved_at_last",
    "store_auto": "automatic confirmation",
    "channel_lost": "channel lost",
    "worker_chosen": "stores.worker_chosen",
    "right_requested": "right requested",
    "reader_lost": "stores.contact_lost",
    "store_changed": "store usual, changed",
    "contact_notice": "notice",
    "order": "order card",
    "batch": "batch card",
    "report": "report",
    "reminder": "reminder",
    "waiting_buyers_destroyed": "buyers' data destroyed",
    "not_offered": "orders not offered",
    "inquiries_arrived": "new inquiries",
    "inquiry_reminder": "reminder of inquiries",
    "claim": "claim card",
    "claims": "many claims",
    "claim_reminder": "claim reminder",
    "claims_due": "claims due",
    "claims_not_offered": "claims not offered",
    "claim_act_ended": "claim act ended",
    "sold_out_ended": "sold out ended",
    "inquiries": "inquiry card",
    "inquiries_not_offered": "inquiries of",
    "inquiry_answer_ended": "answer ended",
    "channel_report": "channel report",
    "posted_report": "posted report",
    "low_ratings": "low ratings",
    "review_digest": "review digest",
    "review_reply_ended": "review reply ended",
    "sale_period_preview": "sale period preview",
    "sale_period_result": "sale period result",
    "sale_period_not_offered": "sale period not offered",
    "stock_shortage": "shortage",
    "stock_mismatch": "mm_1",
    "stock_refused": "refused",
    "stock_not_offered": "not offered",
    "incident": "incident key",
    "incident.assigned": "incident assigned",
    "incident.resolved": "incident reply",
    "address": "address message",
    "template": "template in doubt",
    "access_review": "access review",
    "store_handed_over": "store handed over",
    "unusual_looks": "unusual looks",
    "unread_found": "unread message",
    "monthly_report": "settlement monthly report",
    "waybills_sent": "waybill result message",
    "products_sent": "product result message",
    "vacation": "vacation card",
    "vacation_over": "vacation over",
}
"""Every kind of message that is painted, and how the names of its samples begin."""


@cache
def samples() -> list[tuple[str, dict[str, Any]]]:
    """Every view and message by a name, in every language. Drawn by the first test that wants them: it takes seconds."""
    return list(draw_samples(complete(FEATURES)))


def test_slack_takes_each() -> None:
    refused = {name: complaints for name, payload in samples() if (complaints := refusals(payload))}
    assert refused == {}


def refusals(payload: dict[str, Any]) -> list[str]:
    """Why Slack would refuse a view or message."""
    payload = json.loads(json.dumps(payload))
    if "type" in payload:
        found = [str(complaint) for complaint in check_view(payload, payload["type"])]
        return [*found, "too large"] if too_large(payload) else found
    found = [str(complaint) for complaint in check_message_blocks(payload["blocks"])]
    return found if 0 < len(payload["text"]) < 4000 else [*found, f"a text of {len(payload['text'])} letters"]


def test_none_lets_foreign_markup_through() -> None:
    assert [
        (name, text)
        for name, payload in samples()
        for text in [*markup(payload["blocks"]), payload.get("text", "")]
        if any(sign in text for sign in FOREIGN)
    ] == []


def test_one_button_at_most_is_primary() -> None:
    assert [name for name, payload in samples() if primaries(payload["blocks"]) > 1] == []


def test_who_is_sent_to_the_partner_centre_has_its_button() -> None:
    assert [
        name
        for name, payload in samples()
        if not name.startswith(NOTHING_TO_DO_THERE) and names_the_partner_centre(payload)
        if PartnerCenterAction.OPEN not in json.dumps(payload["blocks"])
    ] == []


def names_the_partner_centre(payload: dict[str, Any]) -> bool:
    said = markup([block for block in payload["blocks"] if block["type"] in ("section", "context")])
    return any("파트너센터" in text or "partner centre" in text for text in said)


def primaries(thing: Any) -> int:
    """How many primary buttons there are, without those of Slack's own questions."""
    if isinstance(thing, list):
        return sum(map(primaries, thing))
    if not isinstance(thing, dict):
        return 0
    own = thing.get("type") == "button" and thing.get("style") == "primary"
    return own + sum(primaries(part) for name, part in thing.items() if name != "confirm")


def test_every_view_is_among_them() -> None:
    drawn = {payload.get("callback_id") for _, payload in samples()}
    assert VIEWS - drawn == set()


def test_every_message_is_among_them() -> None:
    painted = {kind for kind, painter in renderers(complete(FEATURES)).items() if not _is_letter(painter)}
    assert painted == MESSAGES.keys()
    names = [name for name, payload in samples() if "type" not in payload]
    assert [kind for kind, start in MESSAGES.items() if not any(name.startswith(start) for name in names)] == []


def _is_letter(painter: Renderer) -> bool:
    return "RenderedMail" in str(painter.render.__annotations__["return"])


def test_names_are_told_apart() -> None:
    assert len({name for name, _ in samples()}) == len(samples())


def markup(thing: Any) -> list[str]:
    """Every text with markup, wherever it stands."""
    if isinstance(thing, list):
        return [text for part in thing for text in markup(part)]
    if not isinstance(thing, dict):
        return []
    if thing.get("type") == "mrkdwn":
        return [thing["text"]]
    return [text for part in thing.values() for text in markup(part)]
