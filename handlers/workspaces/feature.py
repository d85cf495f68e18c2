"""Manifest of the workspaces' Slack side: mails to the operator."""

from handlers.feature import SlackFeature
from handlers.workspaces.renderers import RENDERERS

FEATURE = SlackFeature(name="workspaces", renderers=RENDERERS)
