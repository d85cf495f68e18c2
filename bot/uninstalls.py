"""What Slack says about the end of installations, and the chores that find out by themselves."""

from datetime import UTC, datetime
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.installations import Installations
from bot.oauth import OAuth, SlackApp
from bot.scheduler import ScheduledJob
from bot.token_renewal import TokenRenewal
from tmon.feature import MINUTE


def listen(app: AsyncApp, installations: Installations) -> None:
    """Register the listeners of the two events, which come in any order, late, and more than once."""

    async def uninstalled(body: dict[str, Any]) -> None:
        event_at = datetime.fromtimestamp(int(body["event_time"]), UTC)
        await installations.uninstalled(str(body["team_id"]), event_at)

    async def tokens_revoked(body: dict[str, Any]) -> None:
        # those of people are of no use here; that of the bot may be one of before the installation that there is now
        if body["event"].get("tokens", {}).get("bot"):
            await installations.check(str(body["team_id"]))

    app.event("app_uninstalled")(uninstalled)
    app.event("tokens_revoked")(tokens_revoked)


def installation_jobs(installations: Installations, app: SlackApp, oauth: OAuth) -> tuple[ScheduledJob, ...]:
    """Return the jobs of a deployment that workspaces install."""

    async def check_all() -> None:
        for installed in await installations.all():
            if not installed.by_operator:
                await installations.check(installed.team_id)

    return (
        ScheduledJob("renew tokens of workspaces", TokenRenewal(installations, app), MINUTE),
        ScheduledJob("look whether installations still work", check_all, 60 * MINUTE),
        ScheduledJob("forget unfinished installations", oauth.forget_unfinished, 60 * MINUTE),
    )
