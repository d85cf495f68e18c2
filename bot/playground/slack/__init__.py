"""A Slack workspace to develop against: Web API, Socket Mode, response URLs and files on a real socket, with Slack's limits.

workspace = demo_workspace()
server = await serve(workspace)
# connect the bot with server.api_url, workspace.bot_token and workspace.app_token, then act as a person:
acted = await workspace.slash(user, channel, "/tmon", "setup")
"""

from bot.playground.slack.actions import Workspace
from bot.playground.slack.demo import demo_workspace
from bot.playground.slack.model import (
    Acted,
    Change,
    Channel,
    File,
    FileRefused,
    Message,
    NotThere,
    Person,
    Phase,
    SlackCall,
    View,
)
from bot.playground.slack.server import SlackServer, serve
from bot.playground.slack.state.faults import ANY, SlackFaults

__all__ = [
    "ANY",
    "Acted",
    "Change",
    "Channel",
    "File",
    "FileRefused",
    "Message",
    "NotThere",
    "Person",
    "Phase",
    "SlackCall",
    "SlackFaults",
    "SlackServer",
    "View",
    "Workspace",
    "demo_workspace",
    "serve",
]
