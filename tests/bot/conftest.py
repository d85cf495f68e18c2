"""Far sides for the doctor."""

from collections.abc import AsyncIterator

import pytest

from bot.manifest import manifest
from bot.playground.mail import MailCatcher
from bot.playground.tmon import demo_sandbox, serve
from bot.playground.tmon.demo import DEMO_VENDOR
from tests.bot.examination import FarSides
from tests.clock import MovableClock
from tests.playground.slack_workspace import open_workspace


@pytest.fixture
async def far_sides(database_url: str, encryption_key: str, clock: MovableClock) -> AsyncIterator[FarSides]:
    mail = MailCatcher(clock)
    await mail.start()
    tmon = await serve(demo_sandbox(clock))
    async with open_workspace(clock, manifest=manifest()) as slack:
        yield FarSides(
            slack,
            {
                "slack_bot_token": slack.workspace.bot_token,
                "slack_app_token": slack.workspace.app_token,
                "slack_api_url": slack.server.api_url,
                "tmon_api_url": tmon.url,
                "tmon_client_id": DEMO_VENDOR.client_id,
                "tmon_client_secret": DEMO_VENDOR.client_secret,
                "tmon_personal_data_key": DEMO_VENDOR.personal_data_key,
                "database_url": database_url,
                "encryption_keys": encryption_key,
                "smtp_url": mail.url,
                "mail_from": "bot@example.com",
            },
        )
    await tmon.stop()
    await mail.stop()
