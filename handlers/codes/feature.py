"""Manifest of menus of codes."""

from handlers.codes import listeners, samples
from handlers.codes.ids import CodeAction
from handlers.feature import SlackFeature

FEATURE = SlackFeature(
    name="codes", options={CodeAction.FIND_CARRIER: listeners.find_carriers}, samples=samples.samples
)
