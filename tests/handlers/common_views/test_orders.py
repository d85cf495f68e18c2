"""What is said of orders in several places."""

import re

import pytest

from handlers.orders import batch_views, views
from handlers.samples.fixtures import batch_facts, order
from handlers.samples.fixtures import order_facts as facts
from tests.clock import TUESDAY
from tests.handlers.orders.drawn import texts
from tests.handlers.test_samples import markup
from tmon.models.orders import OrderState


@pytest.mark.parametrize("state", OrderState)
def test_a_card_is_as_true_tomorrow_as_today(state: OrderState) -> None:
    """It stays for days and is not drawn anew at midnight: a `내일` would be a day late."""
    about = order(state, confirmed_at=TUESDAY, confirmed_by="U7", address_changed_at=TUESDAY)
    t = texts("ko")
    batch = batch_facts(confirmed_by=[("U7", 2, TUESDAY)])
    shown = [
        views.order_text(t, facts(about)),
        *markup(views.order_card(t, facts(about))),
        *markup(batch_views.batch_card(t, batch)),
    ]
    assert [text for text in shown if re.search("오늘|내일|어제", text)] == []
