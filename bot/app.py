"""The Bolt app with every listener of the product."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from handlers.feature import SlackFeature
from handlers.features import register, texts_elsewhere
from handlers.permissions import SlackUsers
from handlers.router import Router
from handlers.slack_workspaces import SlackWorkspaces
from tmon.core import Services


def create_app(
    services: Services,
    client: AsyncWebClient,
    directory: SlackUsers,
    workspaces: SlackWorkspaces,
    zone: ZoneInfo,
    features: Sequence[SlackFeature],
    partner_center: str | None = None,
) -> tuple[AsyncApp, Router]:
    """Create the app and the router of its listeners; `bot.runtime` connects it."""
    app = AsyncApp(
        name="tmon-bot",
        client=client,
        authorize=authorize,
        ignoring_self_events_enabled=False,
        request_verification_enabled=False,  # by `bot.web`, before anything is read
        process_before_response=True,  # see `handlers.router`
    )
    guard = Router(
        app,
        services,
        directory,
        workspaces,
        zone=zone,
        texts_elsewhere=texts_elsewhere(features),
        partner_center=partner_center,
    )
    register(guard, features)
    return app, guard


async def authorize(enterprise_id: str | None, team_id: str | None, **_: Any) -> AuthorizeResult:
    """Let every envelope pass: the router looks for the installation, which must not delay the acknowledgement."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)
