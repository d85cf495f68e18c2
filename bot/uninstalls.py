"""What Slack says about the end of installations, and the chores that find out by themselves."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from bot.installations import Installations
from bot.oauth import OAuth, SlackApp
from bot.scheduler import ScheduledJob
from bot.token_renewal import TokenRenewal
from tmon.feature import MINUTE

log = structlog.stdlib.get_logger(__name__)

ANSWER_SECONDS = 2.0
"""How long an event waits for what follows from it; Slack waits 3 s for its answer."""


def listen(app: AsyncApp, installations: Installations) -> None:
    """Register the listeners of the two events, which come in any order, late, and more than once.

    What fails in time is answered as a failure, and Slack sends the event again. What takes longer goes on; if it fails
    then, or this process ends, the hourly look finds out.
    """
    under_way: set[asyncio.Future[object]] = set()

    def ended(work: asyncio.Future[object]) -> None:
        under_way.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            log.error("the end of an installation was not taken", exc_info=error)

    async def answered_in_time(work: Awaitable[object]) -> None:
        task = asyncio.ensure_future(work)
        under_way.add(task)
        task.add_done_callback(ended)
        await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        if task.done():
            task.result()

    async def uninstalled(body: dict[str, Any]) -> None:
        event_at = datetime.fromtimestamp(int(body["event_time"]), UTC)
        await answered_in_time(installations.uninstalled(str(body["team_id"]), event_at))

    async def tokens_revoked(body: dict[str, Any]) -> None:
        # those of people are of no use here; that of the bot may be one of before the installation that there is now
        if body["event"].get("tokens", {}).get("bot"):
            await answered_in_time(installations.check(str(body["team_id"])))

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
