"""The five counters of what was late, and their lists."""

from handlers.counters import listeners, samples
from handlers.counters.ids import CounterAction
from handlers.feature import SlackFeature

FEATURE = SlackFeature(
    name="counters",
    actions={
        CounterAction.OPEN: listeners.open_list,
        CounterAction.PAGE: listeners.turn,
        CounterAction.MONTH: listeners.turn,
        CounterAction.OVERDUE: listeners.show_overdue,
    },
    samples=samples.samples,
)
