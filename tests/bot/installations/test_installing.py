"""Installation from a browser, against a Slack with its own page."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.db import create_database
from bot.installations import Grant, Installations
from bot.oauth import COOKIE
from tests.bot.installations.conftest import Installing
from tests.clock import MovableClock
from tmon.models.audit import Audit
from tmon.models.workspaces import Installation, OAuthState
from tmon.workspaces.service import Arrival


async def test_an_installation_is_stored_with_a_sealed_token_that_works(installing: Installing) -> None:
    team = installing.teams[0]
    text = await installing.install(team)
    assert "설치했습니다" in text
    assert team.team_name in text
    installed = await installing.installations.of(team.team_id)
    assert installed is not None
    assert installed.token == team.bot_token
    row = await installing.installation(team)
    assert team.bot_token not in str(row)
    client = AsyncWebClient(installed.token, base_url=f"{installing.app.api_url}/")
    assert (await client.auth_test())["team_id"] == team.team_id
    assert [(audit.action, audit.user_id) for audit in await installing.rows(Audit)] == [
        ("workspace.install", row.installed_by)
    ]
    assert await installing.rows(OAuthState) == []


async def test_the_install_page_leads_to_slack_at_once_and_binds_the_browser(installing: Installing) -> None:
    browser = installing.browser()
    async with browser.get(f"{installing.url}/slack/install", allow_redirects=False) as answer:
        assert answer.status == 302
        assert answer.headers["Location"].startswith(f"{installing.slack.url}/oauth/v2/authorize?")
        assert answer.headers["Cache-Control"] == "no-store"
        cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Max-Age=600", "Path=/slack"} <= set(cookie.split("; "))
    (row,) = await installing.rows(OAuthState)
    value = re.search(rf"{COOKIE}=([^;]+)", cookie)
    assert value is not None
    assert value[1] not in str(row)


async def test_two_tabs_of_one_browser_can_both_be_finished(installing: Installing) -> None:
    browser, (first, second) = installing.browser(), installing.teams
    pages = [await installing.begin(browser), await installing.begin(browser)]
    for page, team in zip(pages, (first, second), strict=True):
        assert (await installing.open(browser, await installing.decide(browser, page, team)))[0] == 200
    assert {one.team_id for one in await installing.installations.all()} == {first.team_id, second.team_id}


async def test_a_state_counts_once(installing: Installing) -> None:
    browser = installing.browser()
    back = await installing.decide(browser, await installing.begin(browser), installing.teams[0])
    async with browser.get(back) as answer:
        assert answer.status == 200
    status, text = await installing.open(browser, back)
    assert status == 400
    assert "/slack/install" in text
    assert len(installing.slack.calls) == 1


async def test_a_state_that_comes_back_twice_at_once_is_exchanged_once(installing: Installing) -> None:
    browser = installing.browser()
    back = await installing.decide(browser, await installing.begin(browser), installing.teams[0])
    answers = await asyncio.gather(*(installing.open(browser, back) for _ in range(5)))
    assert sorted(status for status, _ in answers) == [200, 400, 400, 400, 400]
    assert len(installing.slack.calls) == 1


@pytest.mark.parametrize("how", ["no state", "forged", "another browser", "no cookie", "too late", "no code"])
async def test_what_was_not_begun_here_is_refused(installing: Installing, clock: MovableClock, how: str) -> None:
    browser, team = installing.browser(), installing.teams[0]
    back = await installing.decide(browser, await installing.begin(browser), team)
    match how:
        case "no state":
            back = back.without_query_params("state")
        case "forged":
            back = back.update_query(state="x" * 43)
        case "another browser":
            browser = installing.browser()
            await installing.begin(browser)
        case "no cookie":
            browser = installing.browser()
        case "too late":
            clock.advance(timedelta(minutes=10, seconds=1))
        case "no code":
            back = back.without_query_params("code")
    status, text = await installing.open(browser, back)
    assert status == 400
    assert f"{installing.url}/slack/install" in text
    assert await installing.rows(Installation) == []
    assert len(installing.slack.calls) == (1 if how == "no code" else 0)


async def test_whoever_declines_is_told_and_nothing_is_stored(installing: Installing) -> None:
    browser = installing.browser()
    back = await installing.decide(browser, await installing.begin(browser), installing.teams[0], allow="0")
    status, text = await installing.open(browser, back)
    assert status == 200
    assert "설치하지 않았습니다" in text
    assert await installing.rows(Installation) == []


async def test_an_installation_for_a_whole_organization_is_refused_and_its_token_revoked(
    installing: Installing,
) -> None:
    browser, team = installing.browser(), installing.teams[0]
    back = await installing.decide(browser, await installing.begin(browser), team, org="1")
    status, text = await installing.open(browser, back)
    assert status == 403
    assert "조직 전체" in text
    assert await installing.rows(Installation) == []
    assert team.token_error(team.bot_token) == "token_revoked"


async def test_a_page_shows_nothing_of_what_a_stranger_sent(installing: Installing) -> None:
    browser = installing.browser()
    page = await installing.begin(browser)
    back = (await installing.decide(browser, page, installing.teams[0])).update_query(code="<script>alert(1)</script>")
    status, text = await installing.open(browser, back)
    assert status == 400
    assert "<script" not in text
    assert "invalid_code" in text


async def test_the_page_speaks_the_language_of_the_browser(installing: Installing) -> None:
    for wanted, word in (
        ("en-US,en;q=0.9", "cannot go on"),
        ("ko", "이어 갈 수 없습니다"),
        ("fr", "이어 갈 수 없습니다"),
    ):
        async with installing.browser().get(
            f"{installing.url}/slack/oauth_redirect", headers={"Accept-Language": wanted}
        ) as answer:
            assert word in await answer.text()
            assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_an_app_that_is_installed_again_is_one_row_with_the_newest_token(installing: Installing) -> None:
    team = installing.teams[0]
    await installing.install(team)
    before = await installing.installation(team)
    await installing.slack.uninstall(team.team_id, events=())
    await installing.install(team)
    (row,) = await installing.rows(Installation)
    installed = await installing.installations.of(team.team_id)
    assert installed is not None
    assert installed.token == team.bot_token
    assert row.id != before.id


async def test_a_workspace_that_installs_the_app_twice_at_once_is_one_row(installing: Installing) -> None:
    team, browsers = installing.teams[0], [installing.browser() for _ in range(2)]
    backs = [await installing.decide(browser, await installing.begin(browser), team) for browser in browsers]
    answers = await asyncio.gather(*map(installing.open, browsers, backs))
    assert [status for status, _ in answers] == [200, 200]
    (row,) = await installing.rows(Installation)
    assert row.bot_token is not None
    installed = await installing.installations.of(team.team_id)
    assert installed is not None
    assert team.token_error(installed.token) is None, "of two tokens, one that works is kept"


async def test_a_crash_between_slacks_answer_and_the_commit_leaves_an_app_that_can_be_installed_again(
    installing: Installing, monkeypatch: pytest.MonkeyPatch
) -> None:
    team, browser = installing.teams[0], installing.browser()
    back = await installing.decide(browser, await installing.begin(browser), team)
    with monkeypatch.context() as broken:

        async def crash(*_: Any) -> None:
            raise RuntimeError("killed")

        broken.setattr(installing.installations, "store", crash)
        assert (await installing.open(browser, back))[0] == 500
    assert await installing.rows(Installation) == []
    assert (await installing.open(browser, back))[0] == 400
    await installing.install(team)
    assert await installing.installations.of(team.team_id) is not None


async def test_a_slack_that_does_not_answer_is_said(installing: Installing) -> None:
    browser = installing.browser()
    back = await installing.decide(browser, await installing.begin(browser), installing.teams[0])
    installing.oauth._installations = Installations(installing.core, "http://127.0.0.1:9/api")
    status, text = await installing.open(browser, back)
    assert status == 502
    assert f"{installing.url}/slack/install" in text


@pytest.mark.parametrize("when", ["begun", "led back", "stored"])
async def test_a_database_that_does_not_answer_is_said(installing: Installing, when: str) -> None:
    down = create_database("postgresql+asyncpg://nobody:nothing@127.0.0.1:9/nowhere")
    browser, page = installing.browser(), URL(f"{installing.url}/slack/install")
    if when != "begun":
        page = await installing.decide(browser, await installing.begin(browser), installing.teams[0])
    if when != "stored":
        installing.oauth._db = down
    installing.installations._db = down
    status, text = await installing.open(browser, page)
    assert status == 503
    assert "저장하지 못했습니다" in text
    assert f"{installing.url}/slack/install" in text
    assert await installing.rows(Installation) == []


async def test_a_token_of_the_settings_makes_one_installation_and_changes_nothing_at_the_next_start(
    installing: Installing, clock: MovableClock
) -> None:
    grant = Grant(Arrival("T1", "두리상회", clock()), "UBOT", "xoxb-1")
    await installing.installations.adopt(grant)
    (first,) = await installing.rows(Installation)
    clock.advance(timedelta(days=1))
    later = Grant(Arrival("T1", "두리상회", clock()), "UBOT", "xoxb-1")
    await Installations(installing.core, installing.app.api_url).adopt(later)
    (second,) = await installing.rows(Installation)
    assert (first.id, first.bot_token) == (second.id, second.bot_token)
    await installing.installations.adopt(Grant(Arrival("T1", "두리상회", clock()), "UBOT", "xoxb-2"))
    (third,) = await installing.rows(Installation)
    assert third.id != first.id
    assert await installing.rows(Audit) == []


async def test_expired_states_are_forgotten(installing: Installing, clock: MovableClock) -> None:
    await installing.begin(installing.browser())
    await installing.oauth.forget_unfinished()
    assert len(await installing.rows(OAuthState)) == 1
    clock.advance(timedelta(minutes=10, seconds=1))
    await installing.oauth.forget_unfinished()
    assert await installing.rows(OAuthState) == []
