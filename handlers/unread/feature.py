"""Records of TMON that could not be read: the message about them, the list, reading them again."""

from handlers.feature import SlackFeature
from handlers.unread import listeners, renderers, samples
from handlers.unread.ids import UnreadAction

FEATURE = SlackFeature(
    name="unread",
    actions={
        UnreadAction.OPEN: listeners.open_list,
        UnreadAction.PAGE: listeners.turn_page,
        UnreadAction.RETRY: listeners.retry,
    },
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
