"""Deals to draw."""

import json
from datetime import timedelta
from typing import Any

from bot.playground.slack.rules.views import check_view, too_large
from tests.clock import TUESDAY
from tmon.api import SalesStatus
from tmon.models.products import (
    Deal,
    SalePeriodSchedule,
)
from tmon.models.stores import Store

NASTY = "<!channel> & *굵게* `코드` <https://example.com|눌러> 🍊👨‍👩‍👧‍👦"
LONG = NASTY * 60
HUGE = 2**63 - 1


def store(**over: Any) -> Store:
    values = {
        "team_id": "T1",
        "id": "st_0123456789ab",
        "seller_id": "s",
        "name": "&" * 60,
        "name_key": "n",
        "channel_id": "C1",
        "registered_by": "U1",
        "extend_days": 90,
        "created_at": TUESDAY,
        "updated_at": TUESDAY,
        **over,
    }
    return Store(**values)


def deal(number: int = HUGE, **over: Any) -> Deal:
    values = {
        "team_id": "T1",
        "store_id": "st_0123456789ab",
        "deal_no": number,
        "title": LONG,
        "vendor_deal_no": "`" * 50,
        "sales_status": SalesStatus.ON_SALE,
        "sales_start": TUESDAY,
        "sales_end": TUESDAY + timedelta(days=400),
        "runple": True,
        "known_since": TUESDAY,
        "read_at": TUESDAY,
        **over,
    }
    return Deal(**values)


def schedule(**over: Any) -> SalePeriodSchedule:
    return SalePeriodSchedule(team_id="T1", store_id="st_0123456789ab", due_at=TUESDAY, **over)


def markup(thing: Any) -> list[str]:
    if isinstance(thing, list):
        return [text for part in thing for text in markup(part)]
    if not isinstance(thing, dict):
        return []
    if thing.get("type") == "mrkdwn":
        return [thing["text"]]
    return [text for part in thing.values() for text in markup(part)]


def harmless(blocks: Any) -> str:
    for text in markup(blocks):
        assert "<!channel>" not in text
        assert "<https" not in text
        assert "*굵게*" not in text
    return json.dumps(blocks, ensure_ascii=False)


def good_view(view: dict[str, Any]) -> str:
    """Asserts that Slack takes `view`; returns its text."""
    view = json.loads(json.dumps(view, ensure_ascii=False))
    assert [str(complaint) for complaint in check_view(view, "modal")] == []
    assert not too_large(view)
    return harmless(view["blocks"])
