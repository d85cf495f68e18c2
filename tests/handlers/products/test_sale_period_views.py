"""The extension of sale periods, in both languages."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from bot.playground.slack.rules.blocks import check_message_blocks
from handlers.products import sale_period_views
from handlers.products.ids import ExtensionRef
from handlers.texts import Texts
from tests.clock import TUESDAY
from tests.handlers.products.drawn import HUGE, deal, good_view, harmless, schedule, store
from tmon.models.products import (
    ExtensionNote,
    ExtensionState,
    SalePeriodExtension,
)
from tmon.products.sale_period.service import ExtensionDay

SENTENCE = "<!channel> & <https://example.com|눌러>" * 60
DAY = date(2026, 3, 11)


def day(count: int, *, ran: bool = False, **over: Any) -> ExtensionDay:
    rows = [
        (
            SalePeriodExtension(
                **{
                    "team_id": "T1",
                    "store_id": "st_0123456789ab",
                    "day": DAY,
                    "deal_no": HUGE - number,
                    "old_end": TUESDAY,
                    "target": TUESDAY + timedelta(days=90),
                    "due_at": TUESDAY,
                    **over,
                }
            ),
            deal(HUGE - number),
        )
        for number in range(count)
    ]
    return ExtensionDay(store(), DAY, rows, schedule(ran_for=DAY if ran else None))


def good_message(blocks: list[dict[str, Any]]) -> str:
    blocks = json.loads(json.dumps(blocks, ensure_ascii=False))
    assert [str(complaint) for complaint in check_message_blocks(blocks)] == []
    return harmless(blocks)


@pytest.mark.parametrize("count", [0, 1, 15, 16, 300])
@pytest.mark.parametrize("state", ExtensionState)
def test_previews_and_reports(t: Texts, count: int, state: ExtensionState) -> None:
    note = {ExtensionState.FAILED: ExtensionNote.REFUSED, ExtensionState.SKIPPED: ExtensionNote.CHANGED}.get(state)
    for ran in (False, True):
        some = day(count, ran=ran, state=state, note=note, detail=SENTENCE, excluded_by="U1")
        assert sale_period_views.preview_text(t, some)
        good_message(sale_period_views.preview(t, some))
        good_message(sale_period_views.result(t, some))
        for page in (0, 1, 99):
            good_view(sale_period_views.day_list(t, some, ExtensionRef(store="st_0123456789ab", day=DAY, page=page)))


@pytest.mark.parametrize("note", ExtensionNote)
def test_every_reason(t: Texts, note: ExtensionNote) -> None:
    some = day(1, ran=True, state=ExtensionState.FAILED, note=note)
    assert t(f"products.note_{note}") in good_message(sale_period_views.result(t, some))
