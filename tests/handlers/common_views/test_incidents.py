"""What an incident's message says."""

from datetime import timedelta

from handlers.common_views.incidents import card_text
from handlers.incidents import views
from handlers.samples.fixtures import incident
from handlers.samples.fixtures import incident_facts as facts
from tests.clock import TUESDAY
from tests.handlers.incidents.drawn import texts
from tmon.incidents.summary import Risk
from tmon.models.incidents import Resolution


def test_the_message_says_since_when_and_what_is_at_risk() -> None:
    shown = facts(incident(), risk=Risk(7, TUESDAY + timedelta(hours=7)))
    assert card_text(texts("ko"), shown) == (
        "🟠 [귤나라] 오늘 04:21부터 주문을 수집하지 못하고 있습니다. 발주확인 대기 7건, 가장 급한 기한 오늘 17:00"
    )


def test_what_is_over_says_how_long_it_lasted_and_what_was_caught_up() -> None:
    about = incident(closed_at=TUESDAY, ended=Resolution.RECOVERED)
    text = views.resolved_text(texts("ko"), facts(about, recovered=1, backfilled={"new": 4, "cancelled": 1}))
    assert text == (
        "✅ [귤나라] 주문 수집이 다시 됩니다. 04:21~10:00(5시간 39분) 동안 멈췄습니다. "
        "밀린 내용을 수집했습니다: 새 주문 4건 · 취소 1건"
    )
    nothing = views.resolved_text(texts("ko"), facts(about, recovered=1))
    assert nothing.endswith("그동안 밀린 주문은 없습니다.")
