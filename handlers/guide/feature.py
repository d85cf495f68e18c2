"""The guide to becoming a TMON partner, and the help."""

from collections.abc import Sequence

from handlers.common_views.ids import PartnerCenterAction
from handlers.feature import SlackFeature
from handlers.guide import help_command, listeners, samples
from handlers.guide.ids import GuideAction
from handlers.request import SlackRequest
from handlers.subcommands import Group, Subcommand

FEATURE = SlackFeature(
    name="guide",
    subcommands=(
        Subcommand("guide", ("가이드",), listeners.command, on_home=8, group=Group.ADMIN, synonyms=("안내", "입점")),
    ),
    actions={
        GuideAction.OPEN: listeners.open_beside,
        GuideAction.TOPIC: listeners.turn_to,
        PartnerCenterAction.OPEN: listeners.link_followed,
    },
    samples=samples.samples,
)


def help_feature(features: Sequence[SlackFeature]) -> SlackFeature:
    """Build the feature with `/tmon help`, which lists the subcommands of `features` and itself."""

    async def command(request: SlackRequest, rest: str) -> None:
        await help_command.show(request, words)

    words = [word for one in features for word in one.subcommands]
    words.append(
        Subcommand("help", ("도움말",), command, on_home=9, group=Group.ADMIN, synonyms=("사용법", "명령", "?"))
    )
    return SlackFeature(name="help", subcommands=(words[-1],), samples=lambda t: samples.help_samples(t, words))
