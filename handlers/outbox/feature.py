"""Mails to the operator about messages that are not delivered and data that are not destroyed."""

from handlers.feature import SlackFeature
from handlers.outbox import renderers

FEATURE = SlackFeature(name="outbox", renderers=renderers.RENDERERS)
