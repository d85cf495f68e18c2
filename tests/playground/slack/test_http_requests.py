"""Envelopes as signed requests, and events that are sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import Workspace
from bot.playground.slack.demo import MINJI, ORDERS
from bot.playground.slack.http_requests import UrlNotVerified
from tests.playground.slack.forms import Body
from tests.playground.slack_workspace import ConnectedWorkspace, button, modal, open_workspace, section
from tmon.clock import system_clock


@dataclass
class Site:
    """A Bolt app behind a URL, which verifies requests by itself."""

    slack: ConnectedWorkspace
    url: str = ""
    app: AsyncApp = field(init=False)
    answers: list[int] = field(default_factory=list)
    """Statuses to answer with instead of asking the app."""
    headers: list[dict[str, str]] = field(default_factory=list)
    no_retry: bool = False

    def __post_init__(self) -> None:
        client = AsyncWebClient(self.workspace.bot_token, base_url=self.slack.server.api_url)
        self.app = AsyncApp(client=client, signing_secret=self.workspace.http.signing_secret)

    @property
    def workspace(self) -> Workspace:
        """The workspace."""
        return self.slack.workspace

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        self.headers.append(dict(request.headers))
        if self.answers:
            return web.Response(
                status=self.answers.pop(0), headers={"X-Slack-No-Retry": "1"} if self.no_retry else None
            )
        asked = AsyncBoltRequest(body=await request.text(), headers=dict(request.headers))
        return await to_aiohttp_response(await self.app.async_dispatch(asked))

    @property
    def retries(self) -> list[tuple[str | None, str | None]]:
        """Number and reason of each request."""
        return [(one.get("X-Slack-Retry-Num"), one.get("X-Slack-Retry-Reason")) for one in self.headers]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_workspace(system_clock) as slack:  # Bolt's own verification goes by the system's clock
        made = Site(slack)
        app = web.Application()
        app.router.add_post("/slack/events", made.serve)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        slack.workspace.http.retry_seconds = (0.0, 0.05, 0.1)
        yield made
        await runner.cleanup()


async def test_bolt_takes_commands_buttons_menus_forms_and_events(site: Site) -> None:
    heard: list[str] = []

    @site.app.command("/tmon")
    async def command(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        heard.append(body["text"])
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(section("안내"), callback_id="form"))

    @site.app.view_submission("form")
    async def submitted(ack: AsyncAck) -> None:
        heard.append("form")
        await ack(response_action="update", view=modal(section("끝")))

    @site.app.action("press")
    async def pressed(ack: AsyncAck, body: Body) -> None:
        heard.append(body["actions"][0]["value"])
        await ack()

    @site.app.event("app_home_opened")
    async def home() -> None:
        heard.append("home")

    await site.workspace.http.use(site.url)
    assert site.workspace.connected
    assert (await site.workspace.slash(MINJI, ORDERS, "/tmon", "설정 & 도움말")).ok
    await site.workspace.wait_until(lambda: bool(site.workspace.open_modal(MINJI)))
    view = site.workspace.open_modal(MINJI)[-1]
    acted = await site.workspace.submit(MINJI, view.id, {})
    assert acted.ok
    assert "끝" in str(site.workspace.open_modal(MINJI)[-1].blocks)
    blocks = [{"type": "actions", "block_id": "b", "elements": [button("press", "7")]}]
    message = site.workspace.conversations.add_message(ORDERS, site.workspace.bot_user_id, "x", blocks=blocks)
    assert (await site.workspace.click(MINJI, channel=ORDERS, ts=message.ts, action_id="press")).ok
    assert (await site.workspace.open_home(MINJI)).ok
    assert heard == ["설정 & 도움말", "form", "7", "home"]


async def test_a_text_in_the_answer_to_a_command_is_posted(site: Site) -> None:
    @site.app.command("/tmon")
    async def command(ack: AsyncAck) -> None:
        await ack("안녕하세요")

    await site.workspace.http.use(site.url)
    assert (await site.workspace.slash(MINJI, ORDERS, "/tmon", "")).ok
    assert site.workspace.messages(ORDERS, MINJI)[-1].text == "안녕하세요"


async def test_a_url_is_taken_only_if_it_answers_the_challenge(site: Site) -> None:
    site.answers[:] = [200]
    with pytest.raises(UrlNotVerified):
        await site.workspace.http.use(site.url)
    with pytest.raises(UrlNotVerified):
        await site.workspace.http.use("http://127.0.0.1:9/slack/events")
    assert not site.workspace.connected


async def test_a_command_that_fails_is_not_sent_again(site: Site) -> None:
    await site.workspace.http.use(site.url)
    site.headers.clear()
    site.answers[:] = [500]
    acted = await site.workspace.slash(MINJI, ORDERS, "/tmon", "")
    assert (acted.ok, acted.error, len(site.headers)) == (False, "http_error", 1)


@pytest.mark.parametrize("failures", [1, 2, 3, 4])
async def test_an_event_that_was_not_answered_is_sent_again_three_times(site: Site, failures: int) -> None:
    heard: list[str] = []

    @site.app.event("app_home_opened")
    async def home(body: Body) -> None:
        heard.append(body["event_id"])

    await site.workspace.http.use(site.url)
    site.headers.clear()
    site.answers[:] = [500] * failures
    acted = await site.workspace.open_home(MINJI)
    assert acted.ok == (failures < 2)
    if site.workspace.http._retries:
        await next(iter(site.workspace.http._retries))
    expected = [(None, None), *((str(number), "http_error") for number in (1, 2, 3))]
    assert site.retries == expected[: failures + 1]
    assert len(heard) == (1 if failures < 4 else 0)


async def test_an_app_can_say_that_it_wants_no_event_again(site: Site) -> None:
    await site.workspace.http.use(site.url)
    site.headers.clear()
    site.answers[:], site.no_retry = [500], True
    assert not (await site.workspace.open_home(MINJI)).ok
    assert len(site.headers) == 1


async def test_several_urls_get_requests_in_turn(site: Site) -> None:
    await site.workspace.http.use(site.url, "http://localhost" + site.url.removeprefix("http://127.0.0.1"))
    site.headers.clear()
    site.answers[:] = [200] * 4
    for _ in range(4):
        await site.workspace.slash(MINJI, ORDERS, "/tmon", "")
    assert len({one["Host"] for one in site.headers}) == 2
