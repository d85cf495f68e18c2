"""Renewal of tokens that expire: by one of many processes, before it is too late, and what a crash leaves."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.installations import Installations
from bot.oauth import SlackApp
from bot.playground.slack import SlackCall, SlackCallPhase
from bot.playground.slack.actions import Workspace
from bot.token_renewal import BEFORE, TokenRenewal
from tests.bot.installations.conftest import Installing
from tests.clock import MovableClock
from tests.core import make_core
from tmon.models.outbox import OutboxMessage
from tmon.models.workspaces import GoneWhy
from tmon.outbox import OPERATOR
from tmon.sealing import Sealer

NEARLY = timedelta(hours=10, minutes=1)
"""From then on a token of twelve hours is renewed."""


async def process(installing: Installing, clock: MovableClock, sealer: Sealer) -> TokenRenewal:
    """A process of its own, alive from now on for 15 seconds."""
    core = make_core(installing.core.db, clock, sealer)
    await core.process.begin(alone=False)
    return TokenRenewal(Installations(core, installing.app.api_url), installing.app)


async def token(installing: Installing, team: Workspace) -> str:
    """The token as it is stored now."""
    installed = await Installations(installing.core, installing.app.api_url).of(team.team_id)
    assert installed is not None
    return installed.token


def refreshes(installing: Installing) -> list[SlackCall]:
    return [call for call in installing.slack.calls if call.args.get("grant_type") == "refresh_token"]


async def test_a_token_is_renewed_two_hours_before_it_expires_and_both_work_until_then(
    rotating: Installing, clock: MovableClock, sealer: Sealer
) -> None:
    team = rotating.teams[0]
    await rotating.install(team)
    first, renewal = await token(rotating, team), await process(rotating, clock, sealer)
    clock.advance(timedelta(hours=12) - BEFORE - timedelta(minutes=1))
    assert await renewal() == 0
    clock.advance(timedelta(minutes=2))
    assert await renewal() == 1
    second = await token(rotating, team)
    assert second == team.bot_token != first
    assert team.token_error(first) is None
    assert await renewal() == 0
    clock.advance(NEARLY)
    assert await renewal() == 1
    assert team.token_error(await token(rotating, team)) is None
    assert len(refreshes(rotating)) == 2


async def test_ten_processes_at_once_renew_each_token_once(
    rotating: Installing, clock: MovableClock, sealer: Sealer
) -> None:
    for team in rotating.teams:
        await rotating.install(team)
    clock.advance(NEARLY)
    processes = [await process(rotating, clock, sealer) for _ in range(10)]
    counts = await asyncio.gather(*(renewal() for renewal in processes))
    assert sum(counts) == 2
    assert len(refreshes(rotating)) == 2
    assert all(call.ok for call in refreshes(rotating))
    for team in rotating.teams:
        assert await token(rotating, team) == team.bot_token


async def test_a_claim_is_held_while_slack_takes_its_time(
    rotating: Installing, clock: MovableClock, sealer: Sealer
) -> None:
    team, asked, go_on = rotating.teams[0], asyncio.Event(), asyncio.Event()
    await rotating.install(team)
    clock.advance(NEARLY)

    async def slow(call: SlackCall, phase: SlackCallPhase) -> None:
        if phase is SlackCallPhase.RECEIVED:
            asked.set()
            await go_on.wait()

    rotating.slack.on_call = slow
    first = asyncio.create_task((await process(rotating, clock, sealer))())
    await asyncio.wait_for(asked.wait(), 10)
    assert await (await process(rotating, clock, sealer))() == 0
    go_on.set()
    assert await first == 1
    assert await token(rotating, team) == team.bot_token


async def test_a_crash_between_slacks_answer_and_the_commit_is_told_to_the_operator_once(
    rotating: Installing, clock: MovableClock, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = rotating.teams[0]
    await rotating.install(team)
    before = await token(rotating, team)
    clock.advance(NEARLY)
    with monkeypatch.context() as broken:

        async def crash(*_: Any) -> bool:
            raise RuntimeError("killed")

        broken.setattr(TokenRenewal, "_store", crash)
        with pytest.raises(RuntimeError):
            await (await process(rotating, clock, sealer))()
    clock.advance(timedelta(minutes=6))  # the claim of the dead process is over
    for _ in range(3):
        assert await (await process(rotating, clock, sealer))() == 0
        clock.advance(timedelta(minutes=2))
    assert [call.answer.get("error") for call in refreshes(rotating)] == [None, "invalid_refresh_token"]
    assert await token(rotating, team) == before
    assert team.token_error(before) is None
    (mail,) = await rotating.rows(OutboxMessage)
    assert (mail.destination, mail.kind) == (OPERATOR, "reinstall_needed")
    assert mail.args["link"] == f"{rotating.url}/slack/install"

    await rotating.install(team)
    clock.advance(NEARLY)
    assert await (await process(rotating, clock, sealer))() == 1
    assert await token(rotating, team) == team.bot_token


async def test_a_process_that_wakes_after_its_claim_was_over_still_stores_what_slack_gave_it(
    rotating: Installing, clock: MovableClock, sealer: Sealer
) -> None:
    team, answered, go_on = rotating.teams[0], asyncio.Event(), asyncio.Event()
    await rotating.install(team)
    clock.advance(NEARLY)
    frozen = await process(rotating, clock, sealer)
    store = frozen._store

    async def late(*given: Any) -> bool:
        answered.set()
        await go_on.wait()
        return await store(*given)

    frozen._store = late  # type: ignore[method-assign, assignment]
    first = asyncio.create_task(frozen())
    await asyncio.wait_for(answered.wait(), 10)
    clock.advance(timedelta(minutes=6))
    assert await (await process(rotating, clock, sealer))() == 0  # its refresh token was used already
    go_on.set()
    assert await first == 1
    assert await token(rotating, team) == team.bot_token
    row = await rotating.installation(team)
    assert (row.refused_at, row.claim_token) == (None, None)


async def test_a_refusal_that_may_pass_is_tried_again_after_a_minute_and_holds_up_no_other(
    rotating: Installing, clock: MovableClock, sealer: Sealer
) -> None:
    for team in rotating.teams:
        await rotating.install(team)
    clock.advance(NEARLY)
    await rotating.core.process.begin(alone=False)  # its heartbeat
    wrong = SlackApp(rotating.app.client_id, "wrong", rotating.app.api_url, rotating.url)
    assert await TokenRenewal(rotating.installations, wrong)() == 0
    assert len(refreshes(rotating)) == 2
    right = await process(rotating, clock, sealer)
    assert await right() == 0
    clock.advance(timedelta(seconds=61))
    assert await right() == 2
    assert await rotating.rows(OutboxMessage) == []


async def test_the_tokens_of_an_app_that_was_uninstalled_are_not_renewed(
    rotating: Installing, clock: MovableClock, sealer: Sealer
) -> None:
    team = rotating.teams[0]
    await rotating.install(team)
    clock.advance(NEARLY)
    await rotating.slack.uninstall(team.team_id, events=())
    assert await rotating.installations.check(team.team_id)
    assert await (await process(rotating, clock, sealer))() == 0
    assert refreshes(rotating) == []
    assert (await rotating.workspace(team)).gone_why is GoneWhy.REVOKED
