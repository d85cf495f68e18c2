"""The end of an installation: Slack's events in any order and late, tokens that Slack refuses, and what a process caches."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from sqlalchemy import text, update

from bot import uninstalls
from bot.app import authorize
from bot.installations import Installations
from bot.playground.slack import envelopes
from bot.playground.slack.actions import Workspace
from bot.uninstalls import installation_jobs, listen
from tests.bot.installations.conftest import Installing
from tests.clock import MovableClock
from tmon.models.audit import Audit
from tmon.models.workspaces import GoneWhy, Installation


@pytest.fixture
def app(installing: Installing) -> AsyncApp:
    return listening(installing.installations)


def listening(installations: Installations) -> AsyncApp:
    made = AsyncApp(authorize=authorize, request_verification_enabled=False, process_before_response=True)
    listen(made, installations)
    return made


async def say(app: AsyncApp, payload: dict[str, Any]) -> None:
    answer = await app.async_dispatch(AsyncBoltRequest(body=json.dumps(payload)))
    assert answer.status == 200


async def is_installed(installing: Installing, team: Workspace) -> bool:
    anew = Installations(installing.core, installing.app.api_url)
    return await anew.of(team.team_id) is not None


@pytest.mark.parametrize("order", [("tokens_revoked", "app_uninstalled"), ("app_uninstalled", "tokens_revoked")])
async def test_an_uninstallation_destroys_the_token_at_once_in_whatever_order_it_is_told(
    installing: Installing, app: AsyncApp, clock: MovableClock, order: tuple[str, str]
) -> None:
    team, other = installing.teams
    await installing.install(team)
    await installing.install(other)
    clock.advance(timedelta(hours=1))
    await installing.slack.uninstall(team.team_id, events=())
    for name in order:
        await say(app, envelopes.installation_ended(team, name))
    row, workspace = await installing.installation(team), await installing.workspace(team)
    assert (row.bot_token, row.refresh_token) == (None, None)
    assert workspace.gone_at == clock()
    assert workspace.gone_why in (GoneWhy.UNINSTALLED, GoneWhy.REVOKED)
    assert not await is_installed(installing, team)
    assert await is_installed(installing, other)
    gone = [one for one in await installing.rows(Audit) if one.action == "workspace.gone"]
    assert [one.team_id for one in gone] == [team.team_id]


@pytest.mark.parametrize("pause", [timedelta(), timedelta(seconds=1), timedelta(minutes=5)])
@pytest.mark.parametrize("name", ["app_uninstalled", "tokens_revoked"])
async def test_a_late_event_does_not_end_the_next_installation(
    installing: Installing, app: AsyncApp, clock: MovableClock, name: str, pause: timedelta
) -> None:
    team = installing.teams[0]
    await installing.install(team)
    clock.advance(timedelta(hours=1))
    await installing.slack.uninstall(team.team_id, events=())
    late = envelopes.installation_ended(team, name)
    clock.advance(pause)
    await installing.install(team)
    await say(app, late)
    await say(app, late)
    assert await is_installed(installing, team)
    workspace = await installing.workspace(team)
    assert (workspace.gone_at, workspace.gone_why) == (None, None)


async def test_an_app_that_is_uninstalled_in_the_second_of_its_installation_is_gone(
    installing: Installing, app: AsyncApp
) -> None:
    team = installing.teams[0]
    await installing.install(team)
    await installing.slack.uninstall(team.team_id, events=())
    await say(app, envelopes.installation_ended(team, "app_uninstalled"))
    assert not await is_installed(installing, team)


async def test_an_event_of_the_second_of_the_installation_ends_nothing_while_slack_does_not_say(
    installing: Installing,
) -> None:
    team = installing.teams[0]
    late = envelopes.installation_ended(team, "app_uninstalled")
    await installing.install(team)
    await say(listening(Installations(installing.core, "http://127.0.0.1:9/api")), late)
    assert await is_installed(installing, team)


async def test_tokens_of_people_are_none_of_the_bots(
    installing: Installing, app: AsyncApp, clock: MovableClock
) -> None:
    team = installing.teams[0]
    await installing.install(team)
    clock.advance(timedelta(hours=1))
    payload = envelopes.installation_ended(team, "tokens_revoked")
    payload["event"]["tokens"] = {"oauth": ["U0MINJI001"], "bot": []}
    await say(app, payload)
    assert await is_installed(installing, team)


async def test_an_event_of_a_stranger_changes_nothing(installing: Installing, app: AsyncApp) -> None:
    team, other = installing.teams
    await installing.install(team)
    await say(app, envelopes.installation_ended(other, "app_uninstalled"))
    assert await is_installed(installing, team)


@pytest.mark.parametrize("told", ["revoked", "uninstalled"])
async def test_a_token_that_slack_refuses_is_found_by_the_look_at_all_of_them(
    installing: Installing, clock: MovableClock, told: str
) -> None:
    team, other = installing.teams
    await installing.install(team)
    await installing.install(other)
    if told == "revoked":
        await installing.slack.revoke(team.team_id)
    else:
        await installing.slack.uninstall(team.team_id, events=())
    jobs = installation_jobs(installing.installations, installing.app, installing.oauth)
    await next(job for job in jobs if "still work" in job.name).run()
    assert not await is_installed(installing, team)
    assert await is_installed(installing, other)
    assert (await installing.workspace(team)).gone_why is GoneWhy.REVOKED


async def test_a_slack_in_trouble_ends_no_installation(installing: Installing) -> None:
    team = installing.teams[0]
    await installing.install(team)
    team.faults.refuse("auth.test", "internal_error")
    assert not await installing.installations.check(team.team_id)
    assert await is_installed(installing, team)


async def test_slack_is_answered_in_time_while_it_does_not_answer_itself(
    installing: Installing, app: AsyncApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = installing.teams[0]
    await installing.install(team)
    monkeypatch.setattr(uninstalls, "ANSWER_SECONDS", 0.2)
    team.faults.hang("auth.test")
    await asyncio.wait_for(say(app, envelopes.installation_ended(team, "tokens_revoked")), 5)  # Slack waits 10 s
    assert await is_installed(installing, team)


async def test_another_process_uses_a_destroyed_token_no_longer_than_five_seconds(
    installing: Installing, app: AsyncApp, clock: MovableClock
) -> None:
    team = installing.teams[0]
    await installing.install(team)
    other = Installations(installing.core, installing.app.api_url)
    assert await other.of(team.team_id) is not None
    clock.advance(timedelta(hours=1))
    await installing.slack.uninstall(team.team_id, events=())
    await say(app, envelopes.installation_ended(team, "app_uninstalled"))
    assert await installing.installations.of(team.team_id) is None
    older(other, team, 5)
    assert await other.of(team.team_id) is None


def older(installations: Installations, team: Workspace, seconds: float) -> None:
    """Lets time go by since a process has read an installation."""
    installed, began = installations._known[team.team_id]
    installations._known[team.team_id] = installed, began - seconds


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
@pytest.mark.parametrize("alone", [False, True])
async def test_a_database_that_hangs_lets_nobody_else_use_a_token_for_longer_than_five_seconds(
    installing: Installing, alone: bool
) -> None:
    team = installing.teams[0]
    await installing.install(team)
    other = Installations(installing.core, installing.app.api_url)
    known = await other.of(team.team_id)
    installing.core.process.alone = alone
    async with installing.core.db.write() as session:
        await session.execute(text("LOCK TABLE installation IN ACCESS EXCLUSIVE MODE"))
        older(other, team, 3.2)
        assert await other.of(team.team_id) == known
        older(other, team, 1.8)
        asking = asyncio.create_task(other.of(team.team_id))
        await asyncio.wait({asking}, timeout=30 if alone else 1)
        assert asking.done() is alone, "one without others is the only one that could hear of an uninstallation"
        await session.execute(update(Installation).values(bot_token=None))
    assert await asking == (known if alone else None)
