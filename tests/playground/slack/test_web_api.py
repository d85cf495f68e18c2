"""The Web API over HTTP: tokens, scopes, channels, messages, rates, faults."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackCall, SlackCallPhase
from bot.playground.slack.demo import CS, DANIEL, GENERAL, HANEUL, JUNHO, MINJI, OLD, ORDERS, OUTSIDER, OWNERS_ONLY
from bot.playground.slack.rules.rates import POST_BURST
from tests.clock import MovableClock
from tests.playground.slack_workspace import ConnectedWorkspace, modal, open_workspace, section


@pytest.fixture
async def slack(clock: MovableClock) -> AsyncIterator[ConnectedWorkspace]:
    async with open_workspace(clock) as opened:
        yield opened


async def refusal(call: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: dict[str, Any] = caught.value.response.data
    return answer


async def test_a_token_says_whose_it_is(slack: ConnectedWorkspace) -> None:
    answer = await slack.client.auth_test()
    assert answer["user_id"] == slack.workspace.bot_user_id
    assert answer["team_id"] == slack.workspace.team_id
    assert answer.headers["X-OAuth-Scopes"] == "chat:write,commands,users:read,users:read.email"


async def test_wrong_tokens_are_refused(slack: ConnectedWorkspace) -> None:
    stranger = AsyncWebClient("someone-else", base_url=slack.server.api_url)
    assert (await refusal(stranger.auth_test()))["error"] == "invalid_auth"
    nobody = AsyncWebClient(base_url=slack.server.api_url)
    assert (await refusal(nobody.auth_test()))["error"] == "not_authed"
    assert (await refusal(slack.client.api_call("apps.connections.open")))["error"] == "not_allowed_token_type"
    app = AsyncWebClient(slack.workspace.app_token, base_url=slack.server.api_url)
    assert (await refusal(app.auth_test()))["error"] == "not_allowed_token_type"


async def test_unknown_methods_and_missing_scopes(slack: ConnectedWorkspace) -> None:
    assert (await refusal(slack.client.api_call("chat.whisper")))["error"] == "unknown_method"
    assert await refusal(slack.client.conversations_open(users=MINJI)) == {
        "ok": False,
        "error": "missing_scope",
        "needed": "channels:manage,groups:write,im:write,mpim:write",
        "provided": "chat:write,commands,users:read,users:read.email",
    }


async def test_scopes_come_from_the_manifest(clock: MovableClock) -> None:
    manifest = {"oauth_config": {"scopes": {"bot": ["users:read"]}}}
    async with open_workspace(clock, manifest=manifest) as slack:
        assert (await refusal(slack.client.chat_postMessage(channel=ORDERS, text="가")))["needed"] == "chat:write"
        assert (await refusal(slack.client.users_lookupByEmail(email="minji@example.com")))["error"] == "missing_scope"
        profile = (await slack.client.users_info(user=MINJI))["user"]["profile"]
        assert "email" not in profile


async def test_arguments_come_as_form_json_and_query(slack: ConnectedWorkspace) -> None:
    url, token = slack.server.api_url, slack.workspace.bot_token
    content = {"channel": ORDERS, "text": "주문", "blocks": [section("가")]}
    form: dict[str, str] = {"channel": ORDERS, "text": "주문", "blocks": json.dumps(content["blocks"]), "token": token}
    bearer = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http:
        for request in (
            http.post(url + "chat.postMessage", data=form),
            http.post(url + "chat.postMessage", json=content, headers=bearer),
            http.get(url + "chat.postMessage", params=form),
        ):
            async with request as response:
                answer = await response.json()
                assert answer["ok"], answer
        async with http.post(
            url + "auth.test", data="{", headers={**bearer, "Content-Type": "application/json"}
        ) as bad:
            assert (await bad.json())["error"] == "invalid_json"
    assert [m.blocks[0]["text"]["text"] for m in slack.workspace.messages(ORDERS, MINJI)[-3:]] == ["가"] * 3


async def test_people(slack: ConnectedWorkspace) -> None:
    minji = (await slack.client.users_info(user=MINJI))["user"]
    assert (minji["is_owner"], minji["is_admin"], minji["profile"]["email"]) == (True, True, "minji@example.com")
    assert "locale" not in minji
    daniel = (await slack.client.users_info(user=DANIEL, include_locale=True))["user"]
    assert daniel["locale"] == "en-US"
    assert (await slack.client.users_info(user=HANEUL))["user"]["is_restricted"]
    outsider = (await slack.client.users_info(user=OUTSIDER))["user"]
    assert outsider["team_id"] != slack.workspace.team_id
    assert (await slack.client.users_lookupByEmail(email="Junho@example.com"))["user"]["id"] == JUNHO
    assert (await refusal(slack.client.users_lookupByEmail(email="youngsu@example.net")))["error"] == "users_not_found"
    assert (await refusal(slack.client.users_info(user="U0NOBODY")))["error"] == "user_not_found"
    bot = (await slack.client.bots_info())["bot"]
    assert bot["user_id"] == slack.workspace.bot_user_id


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        (GENERAL, "not_in_channel"),
        (CS, "not_in_channel"),
        (OWNERS_ONLY, "channel_not_found"),
        ("C0NOTHERE0", "channel_not_found"),
        (OLD, "is_archived"),
        (OUTSIDER, "channel_not_found"),
        ("U0NOBODY", "channel_not_found"),
    ],
)
async def test_where_the_bot_cannot_post(slack: ConnectedWorkspace, channel: str, error: str) -> None:
    assert (await refusal(slack.client.chat_postMessage(channel=channel, text="가")))["error"] == error


async def test_a_channel_can_change_behind_the_bots_back(slack: ConnectedWorkspace) -> None:
    faults, client = slack.workspace.faults, slack.client
    slack.workspace.channels[ORDERS].restricted = True
    assert (await refusal(client.chat_postMessage(channel=ORDERS, text="가")))["error"] == "restricted_action"
    slack.workspace.channels[ORDERS].restricted = False
    faults.kick_bot(ORDERS)
    assert (await refusal(client.chat_postMessage(channel=ORDERS, text="가")))["error"] == "not_in_channel"
    faults.invite_bot(ORDERS)
    posted = await client.chat_postMessage(channel=ORDERS, text="가")
    faults.delete_message(ORDERS, posted["ts"])
    assert (await refusal(client.chat_update(channel=ORDERS, ts=posted["ts"], text="나")))[
        "error"
    ] == "message_not_found"
    faults.archive(ORDERS)
    assert (await refusal(client.chat_postMessage(channel=ORDERS, text="가")))["error"] == "is_archived"


async def test_a_direct_message_names_its_channel_and_only_that_can_be_updated(slack: ConnectedWorkspace) -> None:
    posted = await slack.client.chat_postMessage(channel=MINJI, text="안녕하세요")
    assert posted["channel"].startswith("D")
    assert (await slack.client.chat_postMessage(channel=MINJI, text="또"))["channel"] == posted["channel"]
    error = await refusal(slack.client.chat_update(channel=MINJI, ts=posted["ts"], text="나"))
    assert error["error"] == "channel_not_found"
    await slack.client.chat_update(channel=posted["channel"], ts=posted["ts"], text="바뀜")
    assert [m.text for m in slack.workspace.messages(posted["channel"], MINJI)] == ["바뀜", "또"]
    assert slack.workspace.messages(posted["channel"], JUNHO) == []


async def test_an_update_keeps_what_it_does_not_name(slack: ConnectedWorkspace) -> None:
    metadata = {"event_type": "order_card", "event_payload": {"id": 7}}
    posted = await slack.client.chat_postMessage(channel=ORDERS, text="가", blocks=[section("가")], metadata=metadata)
    await slack.client.chat_update(channel=ORDERS, ts=posted["ts"], text="나")
    message = slack.workspace.messages(ORDERS, MINJI)[-1]
    assert (message.text, message.blocks[0]["text"]["text"], message.metadata) == ("나", "가", metadata)
    assert message.edited_ts is not None
    await slack.client.chat_update(channel=ORDERS, ts=posted["ts"], text="다", blocks=[section("다")])
    assert slack.workspace.messages(ORDERS, MINJI)[-1].blocks[0]["text"]["text"] == "다"


async def test_the_bot_edits_and_deletes_only_its_own(slack: ConnectedWorkspace) -> None:
    theirs = slack.workspace.post(MINJI, ORDERS, "내 말").ts
    assert (await refusal(slack.client.chat_update(channel=ORDERS, ts=theirs, text="나")))[
        "error"
    ] == "cant_update_message"
    assert (await refusal(slack.client.chat_delete(channel=ORDERS, ts=theirs)))["error"] == "cant_delete_message"
    own = (await slack.client.chat_postMessage(channel=ORDERS, text="가"))["ts"]
    await slack.client.chat_delete(channel=ORDERS, ts=own)
    assert slack.workspace.messages(ORDERS, MINJI)[-1].text == "내 말"
    assert (await refusal(slack.client.chat_delete(channel=ORDERS, ts=own)))["error"] == "message_not_found"


async def test_a_reply_belongs_to_its_thread(slack: ConnectedWorkspace) -> None:
    card = (await slack.client.chat_postMessage(channel=ORDERS, text="카드"))["ts"]
    reply = await slack.client.chat_postMessage(channel=ORDERS, text="기한이 다가옵니다", thread_ts=card)
    assert reply["message"]["thread_ts"] == card
    slack.workspace.faults.delete_message(ORDERS, card)
    late = slack.client.chat_postMessage(channel=ORDERS, text="늦음", thread_ts=card)
    assert (await refusal(late))["error"] == "thread_not_found"


async def test_an_ephemeral_message_is_seen_by_one_until_they_reload(slack: ConnectedWorkspace) -> None:
    sent = await slack.client.chat_postEphemeral(channel=ORDERS, user=JUNHO, text="담당자만 할 수 있습니다")
    workspace = slack.workspace
    assert workspace.messages(ORDERS, JUNHO)[-1].ts == sent["message_ts"]
    assert workspace.messages(ORDERS, MINJI)[-1].ts != sent["message_ts"]
    update = slack.client.chat_update(channel=ORDERS, ts=sent["message_ts"], text="나")
    assert (await refusal(update))["error"] == "message_not_found"
    workspace.conversations.forget_ephemerals(JUNHO)
    assert workspace.messages(ORDERS, JUNHO)[-1].ts != sent["message_ts"]
    elsewhere = slack.client.chat_postEphemeral(channel=ORDERS, user="U0NOBODY", text="가")
    assert (await refusal(elsewhere))["error"] == "user_not_in_channel"


async def test_bad_content_is_refused(slack: ConnectedWorkspace) -> None:
    post = slack.client.chat_postMessage
    answer = await refusal(
        post(channel=ORDERS, text="가", blocks=[{"type": "header", "text": {"type": "plain_text", "text": "가" * 151}}])
    )
    assert answer["error"] == "invalid_blocks"
    sentence = "must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    assert answer["errors"] == [sentence]
    assert answer["response_metadata"] == {"messages": [f"[ERROR] {sentence}"]}
    assert (await refusal(post(channel=ORDERS, text="가" * 40_001)))["error"] == "msg_too_long"
    assert (await refusal(post(channel=ORDERS, text="")))["error"] == "no_text"
    assert (await refusal(post(channel=ORDERS, text="가", blocks="[")))["error"] == "invalid_blocks_format"
    assert (await refusal(post(channel=ORDERS, text="가", metadata={"event_type": "x"})))[
        "error"
    ] == "invalid_metadata_format"
    big = {"event_type": "x", "event_payload": {"a": "가" * 6000}}
    assert (await refusal(post(channel=ORDERS, text="가", metadata=big)))["error"] == "metadata_too_large"


async def test_blocks_can_be_asked_about(slack: ConnectedWorkspace) -> None:
    validate = slack.client.blocks_validate
    assert (await validate(blocks=[section("가")]))["ok"]
    assert (await validate(view=modal(section("가"))))["ok"]
    assert (await validate(message={"text": "가", "blocks": [section("가")]}))["ok"]
    answer = await refusal(validate(blocks=[section("")]))
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"][-1] == {
        "pointer": "/0/text/text",
        "code": "failed_constraint",
        "message": "must be more than 0 characters",
    }
    assert (await refusal(validate(view={"type": "modal"})))["error"] == "invalid_view"
    assert (await refusal(validate()))["error"] == "invalid_arguments"


async def test_one_message_a_second_per_channel_after_a_burst(slack: ConnectedWorkspace, clock: MovableClock) -> None:
    post = slack.client.chat_postMessage
    for _ in range(POST_BURST):
        await post(channel=ORDERS, text="가")
    with pytest.raises(SlackApiError) as caught:
        await post(channel=ORDERS, text="가")
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "1")
    assert caught.value.response["error"] == "ratelimited"
    await post(channel=MINJI, text="다른 채널")
    clock.advance(timedelta(seconds=1))
    await post(channel=ORDERS, text="가")
    assert (await refusal(post(channel=ORDERS, text="가")))["error"] == "ratelimited"


async def test_fifty_updates_a_minute(slack: ConnectedWorkspace, clock: MovableClock) -> None:
    ts = (await slack.client.chat_postMessage(channel=ORDERS, text="가"))["ts"]
    for _ in range(50):
        await slack.client.chat_update(channel=ORDERS, ts=ts, text="나")
    clock.advance(timedelta(seconds=20))
    with pytest.raises(SlackApiError) as caught:
        await slack.client.chat_update(channel=ORDERS, ts=ts, text="나")
    assert caught.value.response.headers["Retry-After"] == "40"
    clock.advance(timedelta(seconds=40))
    await slack.client.chat_update(channel=ORDERS, ts=ts, text="다")


async def test_faults_hit_as_often_as_asked(slack: ConnectedWorkspace) -> None:
    faults, client = slack.workspace.faults, slack.client
    faults.refuse("chat.postMessage", "internal_error", times=2)
    for _ in range(2):
        assert (await refusal(client.chat_postMessage(channel=ORDERS, text="가")))["error"] == "internal_error"
    faults.throttle("chat.postMessage", retry_after=7)
    with pytest.raises(SlackApiError) as throttled:
        await client.chat_postMessage(channel=ORDERS, text="가")
    assert throttled.value.response.headers["Retry-After"] == "7"
    faults.break_down("*", status=503)
    with pytest.raises(SlackApiError) as broken:
        await client.auth_test()
    assert broken.value.response.status_code == 503
    await client.chat_postMessage(channel=ORDERS, text="가")
    assert [call.status for call in slack.workspace.calls] == [200, 200, 429, 503, 200]


async def test_an_html_page_instead_of_json(slack: ConnectedWorkspace) -> None:
    slack.workspace.faults.break_down("auth.test", status=502, html=True)
    async with aiohttp.ClientSession() as http, http.post(slack.server.api_url + "auth.test") as response:
        assert (response.status, response.content_type) == (502, "text/html")


async def test_a_lost_answer_may_or_may_not_have_taken_effect(slack: ConnectedWorkspace) -> None:
    client = AsyncWebClient(slack.workspace.bot_token, base_url=slack.server.api_url, retry_handlers=[])
    before = len(slack.workspace.messages(ORDERS, MINJI))
    slack.workspace.faults.drop("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=ORDERS, text="가")
    assert len(slack.workspace.messages(ORDERS, MINJI)) == before
    slack.workspace.faults.drop("chat.postMessage", after_effect=True)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=ORDERS, text="가")
    assert len(slack.workspace.messages(ORDERS, MINJI)) == before + 1


async def test_a_hanging_call_lasts_until_the_caller_gives_up(slack: ConnectedWorkspace) -> None:
    slack.workspace.faults.hang("auth.test")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(slack.client.auth_test(), 0.2)
    assert (await slack.client.auth_test())["ok"]


async def test_the_sdk_heals_a_429_by_itself(slack: ConnectedWorkspace) -> None:
    slack.client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    slack.workspace.faults.throttle("auth.test", retry_after=0)
    assert (await slack.client.auth_test())["ok"]


async def test_calls_are_told_when_read_and_when_answered(slack: ConnectedWorkspace) -> None:
    told: list[tuple[str, SlackCallPhase, bool]] = []

    async def tell(call: SlackCall, phase: SlackCallPhase) -> None:
        told.append((call.method, phase, call.ok))

    slack.workspace.on_call = tell
    await slack.client.chat_postMessage(channel=ORDERS, text="가")
    await slack.client.auth_test()
    assert told[:3] == [
        ("chat.postMessage", SlackCallPhase.RECEIVED, False),
        ("chat.postMessage", SlackCallPhase.ANSWERED, True),
        ("auth.test", SlackCallPhase.RECEIVED, False),
    ]
    assert slack.workspace.calls_of("chat.postMessage")[0].args["text"] == "가"
