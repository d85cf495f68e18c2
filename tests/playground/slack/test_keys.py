"""The workspace says nothing that Slack was never seen to say: every key that it sends is in Slack's own samples."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.manifest import manifest
from bot.playground.slack.demo import CS, DANIEL, JUNHO, MINJI, ORDERS
from bot.playground.slack.rules.blocks import IN_ACTIONS
from tests.clock import MovableClock
from tests.playground.slack_workspace import ConnectedWorkspace, button, field, modal, open_workspace, plain

SAMPLES = Path(__file__).parents[2] / "data" / "slack" / "keys.json"
UNSAMPLED = {"blocks.validate", "files.info"}
"""Methods of which there is no sample: their form is that of docs.slack.dev."""

Body = Mapping[str, Any]


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    """Section → method or payload type → key paths."""
    found: dict[str, Any] = json.loads(SAMPLES.read_text())
    return found


def paths(value: Any, at: str = "") -> Iterator[str]:
    """Every key of a JSON value as the samples write it."""
    if isinstance(value, Mapping):
        for name, content in value.items():
            yield f"{at}.{name}"
            yield from paths(content, f"{at}.{name}")
    elif isinstance(value, list):
        for content in value:
            yield from paths(content, f"{at}[]")


def strangers(value: Any, known: list[str]) -> set[str]:
    """Keys that the samples do not have."""
    closed = set(known)
    open_ended = tuple(path[:-1] for path in known if path.endswith(".*"))
    openings = tuple(start[:-1] for start in open_ended)
    return {
        path
        for path in paths(value)
        if path not in closed and not path.startswith((*open_ended, *(f"{opening}[]" for opening in openings)))
    }


def test_a_stranger_is_found() -> None:
    known = [".ok", ".view", ".view.blocks", ".view.blocks.*", ".list", ".list[].id"]
    assert strangers({"ok": True, "view": {"blocks": [{"any": {"thing": 1}}]}, "list": [{"id": 1}]}, known) == set()
    assert strangers({"okay": True, "view": {"block": []}, "list": [{"id": 1, "ix": 2}]}, known) == {
        ".okay",
        ".view.block",
        ".list[].ix",
    }


def envelope_kind(payload: Body) -> tuple[str, str]:
    if "command" in payload:
        return "app_backend", "slash_commands"
    if payload["type"] == "event_callback":
        return "events", payload["event"]["type"]
    return "app_backend", payload["type"]


OPTIONS = [
    {"text": plain("수정"), "value": "edit", "description": plain("고칩니다")},
    {"text": plain("삭제"), "value": "rm"},
]
CONFIRM = {
    "title": plain("정말요?"),
    "text": {"type": "mrkdwn", "text": "*확인*", "verbatim": True},
    "confirm": {**plain("예"), "emoji": True},
    "deny": plain("아니요"),
    "style": "danger",
}
ELEMENTS: list[tuple[dict[str, Any], Any]] = [
    (
        button("button", confirm=CONFIRM, style="primary", accessibility_label="발주확인", url="https://example.com"),
        None,
    ),
    ({"type": "overflow", "options": OPTIONS, "confirm": CONFIRM}, "edit"),
    ({"type": "static_select", "options": OPTIONS, "initial_option": OPTIONS[0], "placeholder": plain("고르기")}, "rm"),
    ({"type": "external_select", "min_query_length": 0}, OPTIONS[0]),
    ({"type": "radio_buttons", "options": OPTIONS, "initial_option": OPTIONS[0]}, "edit"),
    ({"type": "checkboxes", "options": OPTIONS, "initial_options": OPTIONS}, ["rm"]),
    ({"type": "users_select", "initial_user": MINJI}, JUNHO),
    ({"type": "channels_select", "initial_channel": ORDERS}, CS),
    ({"type": "conversations_select", "initial_conversation": ORDERS}, CS),
    ({"type": "datepicker", "initial_date": "2026-03-10"}, "2026-03-11"),
    ({"type": "timepicker", "initial_time": "10:00"}, "18:00"),
]


def everything() -> list[dict[str, Any]]:
    """A row with every element on which one can act."""
    named = [{**element, "action_id": element["type"]} for element, _ in ELEMENTS]
    return [{"type": "actions", "block_id": "row", "elements": named}]


def listen(slack: ConnectedWorkspace) -> None:
    """An app that takes whatever comes."""

    @slack.app.command("/tmon")
    async def command(ack: AsyncAck) -> None:
        await ack()

    @slack.app.options("external_select")
    async def options(ack: AsyncAck) -> None:
        await ack(options=OPTIONS)

    for kind in [element["type"] for element, _ in ELEMENTS]:

        @slack.app.action(kind)
        async def action(ack: AsyncAck) -> None:
            await ack()

    @slack.app.view("form")
    async def form(ack: AsyncAck) -> None:
        await ack()

    @slack.app.view_closed("form")
    async def closed(ack: AsyncAck) -> None:
        await ack()

    @slack.app.event("app_home_opened")
    async def home() -> None:
        return None


async def refused(call: Any) -> None:
    with pytest.raises(SlackApiError):
        await call


async def play(slack: ConnectedWorkspace) -> None:
    """A day on which everything happens."""
    workspace, client = slack.workspace, slack.client
    assert (await workspace.slash(MINJI, ORDERS, "/tmon", "setup")).ok

    await client.auth_test()
    await client.bots_info()
    for person in workspace.people:
        await client.users_info(user=person, include_locale=True)
    await refused(client.users_info(user="U0NOBODY"))
    await client.users_lookupByEmail(email="minji@example.com")
    await refused(client.users_lookupByEmail(email="nobody@example.com"))
    await refused(client.conversations_open(users=MINJI))

    metadata = {"event_type": "card", "event_payload": {"id": 1}}
    posted = await client.chat_postMessage(channel=ORDERS, text="주문", blocks=everything(), metadata=metadata)
    card = posted["ts"]
    await client.chat_update(channel=ORDERS, ts=card, text="주문", blocks=everything(), metadata=metadata)
    reply = await client.chat_postMessage(channel=ORDERS, text="답", thread_ts=card, blocks=everything())
    await client.chat_update(channel=ORDERS, ts=reply["ts"], text="답")
    direct = (await client.chat_postMessage(channel=MINJI, text="안녕", blocks=everything()))["channel"]
    private = (await client.chat_postEphemeral(channel=ORDERS, user=MINJI, text="가", blocks=everything()))[
        "message_ts"
    ]
    bad = [{"type": "card"}]
    await refused(client.chat_postMessage(channel=ORDERS, text="가", blocks=bad))
    await refused(client.chat_update(channel=ORDERS, ts=card, text="가", blocks=bad))
    await refused(client.chat_postEphemeral(channel=ORDERS, user=MINJI, text="가", blocks=bad))
    await refused(client.chat_postMessage(channel=CS, text="가"))
    await refused(client.chat_delete(channel=ORDERS, ts="1.000000"))

    for ts in (card, reply["ts"], private):
        for element, value in ELEMENTS:
            acted = await workspace.click(MINJI, channel=ORDERS, ts=ts, action_id=element["type"], value=value)
            assert acted.ok
    await client.chat_delete(channel=ORDERS, ts=card)
    in_direct = workspace.messages(direct, MINJI)[0].ts
    assert (await workspace.click(MINJI, channel=direct, ts=in_direct, action_id="button")).ok

    form = modal(
        *everything(), field("name", initial_value="가"), callback_id="form", notify_on_close=True, close=plain("닫기")
    )
    upload = field("file", type="file_input", filetypes=["csv"], max_files=1)
    first = await client.views_open(trigger_id=workspace.triggers.issue(MINJI), view=form)
    await client.views_update(view_id=first["view"]["id"], view=form)
    for element, value in ELEMENTS:
        view_id = first["view"]["id"]
        assert (await workspace.click(MINJI, view_id=view_id, action_id=element["type"], value=value)).ok
    assert await workspace.suggest(MINJI, first["view"]["id"], "row", "수정") == OPTIONS
    second = await client.views_push(trigger_id=workspace.triggers.issue(MINJI), view={**form, "blocks": [upload]})
    file = workspace.upload(MINJI, second["view"]["id"], "file", "재고.csv", b"sku,stock")
    assert (await workspace.submit(MINJI, second["view"]["id"], {"file": file.id})).ok
    await client.files_info(file=file.id)
    assert (await workspace.close(MINJI, first["view"]["id"])).ok
    await refused(client.views_open(trigger_id=workspace.triggers.issue(MINJI), view={"type": "modal"}))
    await refused(client.views_update(view_id="V0", view=form))
    await refused(client.views_push(trigger_id="x", view=form))

    for _ in range(2):
        assert (await workspace.open_home(DANIEL)).ok
        await client.views_publish(user_id=DANIEL, view={"type": "home", "blocks": everything()})
    await refused(client.views_publish(user_id=DANIEL, view={"type": "home", "blocks": bad}))


async def test_every_key_is_one_that_slack_sends(samples: dict[str, Any], clock: MovableClock) -> None:
    async with open_workspace(clock, manifest=manifest()) as slack:
        listen(slack)
        await slack.connect()
        await play(slack)
        app = AsyncWebClient(slack.workspace.app_token, base_url=slack.server.api_url)
        await app.apps_connections_open(app_token=slack.workspace.app_token)
        seen: set[str] = set()
        for call in slack.workspace.calls:
            if call.method not in UNSAMPLED:
                assert strangers(call.answer, samples["api"][call.method]) == set(), call.method
                seen.add(call.method)
        for envelope in slack.workspace.sockets.envelopes:
            section_name, kind = envelope_kind(envelope.payload)
            known = samples[section_name][kind] + samples["documented_extras"].get(kind, [])
            assert strangers(envelope.payload, known) == set(), kind
            seen.add(kind)
    assert seen >= {
        "apps.connections.open",
        "auth.test",
        "bots.info",
        "chat.delete",
        "chat.postEphemeral",
        "chat.postMessage",
        "chat.update",
        "conversations.open",
        "users.info",
        "users.lookupByEmail",
        "views.open",
        "views.publish",
        "views.push",
        "views.update",
        "slash_commands",
        "block_actions",
        "block_suggestion",
        "view_submission",
        "view_closed",
        "app_home_opened",
    }


def test_the_row_holds_every_element_of_a_message() -> None:
    assert {element["type"] for element, _ in ELEMENTS} == IN_ACTIONS
