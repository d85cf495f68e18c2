"""The home tab: stores with their state, pending tasks, open incidents, and buttons for subcommands."""

from collections.abc import Sequence
from functools import partial

from handlers.feature import SlackFeature
from handlers.home import samples
from handlers.home.ids import HOME_OPENED, HomeAction
from handlers.home.listeners import HomeTabs

GO = HomeAction.GO
"""Action id of the buttons that run a subcommand."""


def feature(features: Sequence[SlackFeature]) -> SlackFeature:
    """Build the feature with the home tab and the buttons that `features` have on it."""
    words = [word for one in features for word in one.subcommands]
    tasks = {task: word for one in features for task, word in one.tasks.items()}
    tabs = HomeTabs(words, tasks)
    return SlackFeature(
        name="home",
        events={HOME_OPENED: tabs.opened},
        actions={HomeAction.PAGE: tabs.turn_page, HomeAction.REFRESH: tabs.look_again},
        after_each=(tabs.refresh,),
        samples=partial(samples.samples, words=words, tasks=tasks),
    )
