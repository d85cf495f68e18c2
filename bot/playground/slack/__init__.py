"""A Slack workspace to develop against: Web API, Socket Mode, response URLs and files on a real socket, with Slack's limits.

workspace = demo_workspace()
server = await serve(workspace)
# connect the bot with server.api_url, workspace.bot_token and workspace.app_token, then act as a person:
acted = await workspace.slash(user, channel, "/tmon", "setup")
"""

from bot.playground.slack.demo import demo_workspace
from bot.playground.slack.faults import ANY, SlackFaults
from bot.playground.slack.files import File, FileRefused
from bot.playground.slack.model import Acted, Change, Channel, Message, NotThere, Person, View
from bot.playground.slack.server import SlackServer, serve
from bot.playground.slack.web_api import Phase, SlackCall
from bot.playground.slack.workspace import Workspace

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
