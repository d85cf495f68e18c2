"""How a store stands, in lists and results."""

import json
from typing import Any

import pytest

from bot.playground.slack.rules.blocks import check_message_blocks
from handlers.common_views.stores import state_label
from handlers.samples.fixtures import NASTY, checklist, overview, store
from handlers.stores import setup_views, status_views, views
from handlers.texts import Texts
from tests.clock import TUESDAY
from tests.handlers.views_of_stores import OWNER, good
from tmon.dashboard.checklist import Milestone
from tmon.dashboard.stores import Overview
from tmon.models.stores import ConfirmMode, PendingReason, StoreState

STATES: dict[str, dict[str, Any]] = {
    "approved": {"state": StoreState.APPROVED},
    "being asked": {"check_due_at": TUESDAY},
    "paused": {"state": StoreState.APPROVED, "sync_on": False},
    "orders off": {"state": StoreState.APPROVED, "order_on": False},
    "rejected": {"state": StoreState.KEY_REJECTED, "pending_message": NASTY * 30, "check_due_at": TUESDAY},
    "no channel": {"state": StoreState.APPROVED, "channel_ok": False},
    "automatic": {"state": StoreState.APPROVED, "confirm_mode": ConfirmMode.AUTO},
    **{
        reason.value: {"pending_reason": reason, "pending_message": NASTY, "check_due_at": TUESDAY}
        for reason in PendingReason
    },
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_in_lists_and_results(t: Texts, state: str) -> None:
    one = store(NASTY, **STATES[state])
    shown = good(views.store_list(t, OWNER, [overview(one)] * 1, 0))
    assert state_label(t, one) in shown
    good(status_views.status(t, [overview(one), Overview(store("다른 가게"), ())], 0))
    for waiting in (None, 0, 3):
        steps = checklist(one, Milestone.KEY)
        blocks = views.result(t, one, waiting, steps, t.md("stores.channel_archived", channel="C1", bot="B"))
        good(setup_views.result(t, blocks))
        good(setup_views.result(t, views.result(t, one, waiting, checklist(one, Milestone.TEMPLATES))))
        assert [str(complaint) for complaint in check_message_blocks(json.loads(json.dumps(blocks)))] == []
