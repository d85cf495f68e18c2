"""What shops are asked."""

from bot.playground.tmon import demo_sandbox
from tests.clock import MovableClock
from tests.playground.tmon.caller import HANBIT, SODAM


def test_the_demo_shops_were_asked_something(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    for partner_id in (HANBIT, SODAM):
        mine = [one for one in sandbox.questions.values() if one.partner_id == partner_id]
        assert [one.answered for one in mine] == [True, False, False]
        assert [one.partner_id for one in sandbox.cs_inquiries.values()].count(partner_id) == 1
    assert [vars(one) for one in demo_sandbox(clock).questions.values()] == [
        vars(one) for one in sandbox.questions.values()
    ]
