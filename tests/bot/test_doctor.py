"""The doctor against the far sides that the product brings: what is well, what is not, and no secret said."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.block_kit_check import distinct_shapes
from bot.db import create_database
from bot.doctor import SCOPES, run_checks
from bot.keys import new_key
from bot.manifest import manifest
from bot.playground.mail import MailCatcher
from bot.playground.slack import SlackCall, SlackCallPhase
from bot.playground.slack.rules.rates import PER_MINUTE
from bot.playground.tmon import demo_sandbox, serve
from bot.playground.tmon.demo import DEMO_VENDOR
from bot.settings import ExplicitSettings
from handlers.feature import Sample
from handlers.features import FEATURES, complete
from handlers.samples.drawing import draw_samples
from tests.bot.test_cli import Bot
from tests.clock import MovableClock
from tests.playground.slack_workspace import ConnectedWorkspace, modal, open_workspace, section
from tmon.models.stores import Draft
from tmon.sealing import Sealer

SAMPLES: list[Sample] = [
    ("order card", {"text": "주문", "blocks": [section("주문")]}),
    ("setup", modal(section("설정"))),
]


@dataclass
class FarSides:
    """What the doctor looks at."""

    slack: ConnectedWorkspace
    settings: dict[str, Any]
    told: str = ""

    async def examine(self, samples: list[Sample] = SAMPLES, **other: Any) -> tuple[int, dict[str, str], str]:
        """The exit code, what is wrong by check, and everything that was said."""
        lines: list[str] = []
        told: list[str] = []
        code = await run_checks(ExplicitSettings(**{**self.settings, **other}), lines.append, samples, told.append)
        self.told = "\n".join(told)
        said = "\n".join(lines)
        wrong = dict(line.removeprefix("FAIL  ").split(": ", 1) for line in lines if line.startswith("FAIL"))
        assert len(lines) == 8
        for secret in {**self.settings, **other}.values():
            hidden = str(secret).startswith(("xox", "xapp")) or secret in (DEMO_VENDOR.client_secret, "hush")
            assert not (hidden and str(secret) in said)
        return code, wrong, said


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


def test_the_scopes_are_those_of_the_manifest() -> None:
    assert set(manifest()["oauth_config"]["scopes"]["bot"]) == SCOPES


async def test_all_is_well(far_sides: FarSides) -> None:
    code, wrong, said = await far_sides.examine(list(draw_samples(complete(FEATURES))))
    assert (code, wrong) == (0, {})
    assert f"all {len(distinct_shapes(draw_samples(complete(FEATURES))))} shapes" in said


def test_every_view_is_asked_about_once_per_shape() -> None:
    everything = list(draw_samples(complete(FEATURES)))
    asked = distinct_shapes(everything)
    assert {payload.get("callback_id") for _, payload in asked} == {p.get("callback_id") for _, p in everything}
    assert len(asked) < PER_MINUTE["blocks.validate"]


def test_the_largest_stands_for_its_shape() -> None:
    one, longer = (
        ("one", {"text": "", "blocks": [section("가")]}),
        ("longer", {"text": "", "blocks": [section("가나")]}),
    )
    two_kinds = ("two kinds", {"text": "", "blocks": [section("가"), {"type": "divider"}]})
    assert distinct_shapes([one, longer, two_kinds, one]) == [longer, two_kinds]


async def test_slack_asks_for_patience_in_the_middle(far_sides: FarSides) -> None:
    calls = far_sides.slack.workspace.calls

    async def throttle(call: SlackCall, phase: SlackCallPhase) -> None:
        asked = sum(1 for made in calls if made.method == "blocks.validate")
        if phase is SlackCallPhase.ANSWERED and asked == 1:
            far_sides.slack.workspace.faults.throttle("blocks.validate", retry_after=0, times=2)

    far_sides.slack.workspace.on_call = throttle
    assert (await far_sides.examine())[0] == 0
    assert [call.status for call in calls if call.method == "blocks.validate"] == [200, 429, 429, 200]
    assert "waiting" in far_sides.told


async def test_slack_never_gets_to_judge(far_sides: FarSides) -> None:
    far_sides.slack.workspace.faults.refuse("blocks.validate", "fatal_error")
    code, wrong, _ = await far_sides.examine()
    assert (code, wrong) == (1, {"views and messages": "Slack does not judge them: fatal_error"})


async def test_the_command_says_the_same(far_sides: FarSides, tmp_path: Path) -> None:
    bot = Bot(tmp_path, {name.upper(): value for name, value in far_sides.settings.items()})
    code, said, complaints = await bot("doctor")
    assert (code, complaints) == (0, "")
    assert [line[:4] for line in said.splitlines()] == ["ok  "] * 8
    assert "Slack takes all" in said


async def test_tokens_that_slack_refuses(far_sides: FarSides) -> None:
    code, wrong, _ = await far_sides.examine(slack_bot_token="xoxb-wrong", slack_app_token="xapp-wrong")
    assert code == 1
    assert wrong["Slack bot token"] == wrong["Slack app token"] == "Slack says invalid_auth"


async def test_a_scope_that_was_not_granted(far_sides: FarSides) -> None:
    far_sides.slack.workspace.scopes -= {"users:read.email"}
    code, wrong, _ = await far_sides.examine()
    assert code == 1
    assert "users:read.email" in wrong["Slack bot token"]


async def test_a_shape_that_slack_does_not_take(far_sides: FarSides) -> None:
    code, wrong, _ = await far_sides.examine(
        [*SAMPLES, ("broken card", {"text": "x", "blocks": [{"type": "nothing"}]})]
    )
    assert code == 1
    assert "broken card" in wrong["views and messages"]
    assert "order card" not in wrong["views and messages"]


async def test_a_key_that_opens_nothing(far_sides: FarSides, encryption_key: str, clock: MovableClock) -> None:
    db = create_database(far_sides.settings["database_url"])
    async with db.write() as session:
        content = Sealer([encryption_key]).seal({})
        session.add(Draft(team_id="T1", user_id="U1", store_id="", content=content, updated_at=clock()))
    await db.engine.dispose()
    assert (await far_sides.examine())[0] == 0
    assert "older key" in (await far_sides.examine(encryption_keys=f"{new_key()},{encryption_key}"))[2]
    code, wrong, _ = await far_sides.examine(encryption_keys=new_key())
    assert code == 1
    assert "draft.content" in wrong["encryption keys"]


async def test_nobody_answers(far_sides: FarSides, tmp_path: Path) -> None:
    code, wrong, _ = await far_sides.examine(
        slack_api_url="http://127.0.0.1:1/api/",
        database_url="postgresql+asyncpg://bot:hush@127.0.0.1:1/none",
        smtp_url="smtp://bot:hush@127.0.0.1:1",
    )
    assert code == 1
    assert set(wrong) == {
        "database",
        "encryption keys",
        "Slack bot token",
        "Slack app token",
        "views and messages",
        "mail",
    }


async def test_a_vendor_that_tmon_refuses(far_sides: FarSides) -> None:
    code, wrong, _ = await far_sides.examine(tmon_client_secret="hush")
    assert (code, set(wrong)) == (1, {"TMON"})


async def test_a_schema_that_is_not_current(far_sides: FarSides, tmp_path: Path) -> None:
    code, wrong, _ = await far_sides.examine(database_url=f"sqlite+aiosqlite:///{tmp_path}/other.db")
    assert code == 1
    assert "tmon-bot migrate" in wrong["database"]
