"""Calls of the Web API: who may make them, and who hears of them."""

from __future__ import annotations

from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackCall, SlackCallPhase
from bot.playground.slack.demo import MINJI, ORDERS
from tests.playground.slack.calls import refusal
from tests.playground.slack_workspace import ConnectedWorkspace


async def test_a_token_says_whose_it_is(unconnected: ConnectedWorkspace) -> None:
    answer = await unconnected.client.auth_test()
    assert answer["user_id"] == unconnected.workspace.bot_user_id
    assert answer["team_id"] == unconnected.workspace.team_id
    assert answer.headers["X-OAuth-Scopes"] == "chat:write,commands,users:read,users:read.email"


async def test_wrong_tokens_are_refused(unconnected: ConnectedWorkspace) -> None:
    stranger = AsyncWebClient("someone-else", base_url=unconnected.server.api_url)
    assert (await refusal(stranger.auth_test()))["error"] == "invalid_auth"
    nobody = AsyncWebClient(base_url=unconnected.server.api_url)
    assert (await refusal(nobody.auth_test()))["error"] == "not_authed"
    assert (await refusal(unconnected.client.api_call("apps.connections.open")))["error"] == "not_allowed_token_type"
    app = AsyncWebClient(unconnected.workspace.app_token, base_url=unconnected.server.api_url)
    assert (await refusal(app.auth_test()))["error"] == "not_allowed_token_type"


async def test_unknown_methods_and_missing_scopes(unconnected: ConnectedWorkspace) -> None:
    assert (await refusal(unconnected.client.api_call("chat.whisper")))["error"] == "unknown_method"
    assert await refusal(unconnected.client.conversations_open(users=MINJI)) == {
        "ok": False,
        "error": "missing_scope",
        "needed": "channels:manage,groups:write,im:write,mpim:write",
        "provided": "chat:write,commands,users:read,users:read.email",
    }


async def test_the_sdk_heals_a_429_by_itself(unconnected: ConnectedWorkspace) -> None:
    unconnected.client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    unconnected.workspace.faults.throttle("auth.test", retry_after=0)
    assert (await unconnected.client.auth_test())["ok"]


async def test_calls_are_told_when_read_and_when_answered(unconnected: ConnectedWorkspace) -> None:
    told: list[tuple[str, SlackCallPhase, bool]] = []

    async def tell(call: SlackCall, phase: SlackCallPhase) -> None:
        told.append((call.method, phase, call.ok))

    unconnected.workspace.on_call = tell
    await unconnected.client.chat_postMessage(channel=ORDERS, text="가")
    await unconnected.client.auth_test()
    assert told[:3] == [
        ("chat.postMessage", SlackCallPhase.RECEIVED, False),
        ("chat.postMessage", SlackCallPhase.ANSWERED, True),
        ("auth.test", SlackCallPhase.RECEIVED, False),
    ]
    assert unconnected.workspace.calls_of("chat.postMessage")[0].args["text"] == "가"
