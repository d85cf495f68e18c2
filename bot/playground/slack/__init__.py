"""A local Slack workspace for development: Web API, Socket Mode, response URLs and files over HTTP, with Slack's limits.

workspace = demo_workspace()
server = await serve(workspace)
# connect the bot with server.api_url, workspace.bot_token and workspace.app_token, then act as a person:
result = await workspace.slash(user, channel, "/tmon", "setup")
"""

from bot.playground.slack.actions import Workspace
from bot.playground.slack.demo import demo_workspace
from bot.playground.slack.model import (
    Channel,
    File,
    FileRejected,
    InteractionResult,
    Message,
    NotVisible,
    SlackCall,
    SlackCallPhase,
    SlackUser,
    View,
    WorkspaceChange,
)
from bot.playground.slack.server import SlackServer, serve
from bot.playground.slack.state.faults import ANY, SlackFaults

__all__ = [
    "ANY",
    "Channel",
    "File",
    "FileRejected",
    "InteractionResult",
    "Message",
    "NotVisible",
    "SlackCall",
    "SlackCallPhase",
    "SlackFaults",
    "SlackServer",
    "SlackUser",
    "View",
    "Workspace",
    "WorkspaceChange",
    "demo_workspace",
    "serve",
]
