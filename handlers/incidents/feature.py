"""Incidents: notify, assign, retry, pause."""

from handlers.feature import SlackFeature
from handlers.incidents import listeners, renderers, samples
from handlers.incidents.ids import IncidentAction, IncidentView
from handlers.subcommands import Subcommand

FEATURE = SlackFeature(
    name="incidents",
    subcommands=(
        Subcommand("incidents", ("장애", "오류"), listeners.command, on_home=6, synonyms=("에러", "장애목록")),
    ),
    actions={
        IncidentAction.TAKE: listeners.take,
        IncidentAction.RETRY: listeners.retry,
        IncidentAction.PAUSE: listeners.pause,
        IncidentAction.MOBILE: listeners.show_mobile,
        IncidentAction.MORE: listeners.choose,
        IncidentAction.REASSIGN: listeners.open_assign,
    },
    submissions={
        IncidentView.ASK_PAUSE: listeners.confirm_pause,
        IncidentView.ASK_MOBILE: listeners.confirm_mobile,
        IncidentView.ASSIGN: listeners.assign,
    },
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
