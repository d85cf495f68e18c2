"""The Bolt app with every listener of the product."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from handlers.feature import SlackFeature
from handlers.features import register, texts_elsewhere
from handlers.permissions import SlackUsers
from handlers.router import Router
from tmon.core import Services


def create_app(
    services: Services,
    client: AsyncWebClient,
    directory: SlackUsers,
    zone: ZoneInfo,
    features: Sequence[SlackFeature],
    partner_center: str | None = None,
) -> tuple[AsyncApp, Router]:
    """Create the app and the router of its listeners; `bot.runtime` connects it."""
    app = AsyncApp(
        name="tmon-bot",
        client=client,
        ignoring_self_events_enabled=False,
        request_verification_enabled=False,  # by `bot.web`, before anything is read
    )
    guard = Router(
        app,
        services,
        directory,
        team_id=services.team_id,
        zone=zone,
        texts_elsewhere=texts_elsewhere(features),
        partner_center=partner_center,
    )
    register(guard, features)
    guard.catch_all()
    return app, guard
