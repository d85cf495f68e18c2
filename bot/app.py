"""The Slack app: Bolt, with every listener of the product registered."""

from zoneinfo import ZoneInfo

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from handlers import features
from handlers.access import Directory
from handlers.guard import Guard
from tmon.services import Services


def create_app(
    services: Services, client: AsyncWebClient, directory: Directory, zone: ZoneInfo
) -> tuple[AsyncApp, Guard]:
    """The app and the guard around its listeners; it is connected by `bot.runtime`."""
    app = AsyncApp(client=client, ignoring_self_events_enabled=False)
    guard = Guard(app, services, directory, team_id=services.team_id, zone=zone)
    features.register(guard)
    guard.catch_all()
    return app, guard
