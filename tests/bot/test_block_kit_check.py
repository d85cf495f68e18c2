"""Slack's own judgement of what is drawn."""

from bot.block_kit_check import distinct_shapes
from bot.playground.slack import SlackCall, SlackCallPhase
from bot.playground.slack.rules.rates import PER_MINUTE
from handlers.features import FEATURES, complete
from handlers.samples.drawing import draw_samples
from tests.bot.examination import SAMPLES, FarSides
from tests.playground.slack_workspace import section


def test_every_view_is_asked_about_once_per_shape() -> None:
    everything = list(draw_samples(complete(FEATURES)))
    asked = distinct_shapes(everything)
    assert {payload.get("callback_id") for _, payload in asked} == {p.get("callback_id") for _, p in everything}
    assert len(asked) < PER_MINUTE["blocks.validate"]


def test_the_largest_stands_for_its_shape() -> None:
    one, longer = (
        ("one", {"text": "", "blocks": [section("가")]}),
        ("longer", {"text": "", "blocks": [section("가나")]}),
    )
    two_kinds = ("two kinds", {"text": "", "blocks": [section("가"), {"type": "divider"}]})
    assert distinct_shapes([one, longer, one]) == [longer]
    assert distinct_shapes([one, longer, two_kinds, one]) == [two_kinds, longer]


async def test_slack_asks_for_patience_in_the_middle(far_sides: FarSides) -> None:
    calls = far_sides.slack.workspace.calls

    async def throttle(call: SlackCall, phase: SlackCallPhase) -> None:
        asked = sum(1 for made in calls if made.method == "blocks.validate")
        if phase is SlackCallPhase.ANSWERED and asked == 1:
            far_sides.slack.workspace.faults.throttle("blocks.validate", retry_after=0, times=2)

    far_sides.slack.workspace.on_call = throttle
    assert (await far_sides.examine())[0] == 0
    assert [call.status for call in calls if call.method == "blocks.validate"] == [200, 429, 429, 200]
    assert "waiting" in far_sides.told


async def test_slack_never_gets_to_judge(far_sides: FarSides) -> None:
    far_sides.slack.workspace.faults.refuse("blocks.validate", "fatal_error")
    code, wrong, _ = await far_sides.examine()
    assert (code, wrong) == (1, {"views and messages": "Slack does not judge them: fatal_error"})


async def test_a_shape_that_slack_does_not_take(far_sides: FarSides) -> None:
    code, wrong, _ = await far_sides.examine(
        [*SAMPLES, ("broken card", {"text": "x", "blocks": [{"type": "nothing"}]})]
    )
    assert code == 1
    assert "broken card" in wrong["views and messages"]
    assert "order card" not in wrong["views and messages"]
