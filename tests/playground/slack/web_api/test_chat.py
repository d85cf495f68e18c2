"""`chat.*`: messages posted, edited, deleted and seen by one person."""

from __future__ import annotations

from bot.playground.slack.demo import JUNHO, MINJI, ORDERS
from tests.playground.slack.calls import refusal
from tests.playground.slack_workspace import ConnectedWorkspace, modal, section


async def test_a_direct_message_names_its_channel_and_only_that_can_be_updated(unconnected: ConnectedWorkspace) -> None:
    posted = await unconnected.client.chat_postMessage(channel=MINJI, text="안녕하세요")
    assert posted["channel"].startswith("D")
    assert (await unconnected.client.chat_postMessage(channel=MINJI, text="또"))["channel"] == posted["channel"]
    error = await refusal(unconnected.client.chat_update(channel=MINJI, ts=posted["ts"], text="나"))
    assert error["error"] == "channel_not_found"
    await unconnected.client.chat_update(channel=posted["channel"], ts=posted["ts"], text="바뀜")
    assert [m.text for m in unconnected.workspace.messages(posted["channel"], MINJI)] == ["바뀜", "또"]
    assert unconnected.workspace.messages(posted["channel"], JUNHO) == []


async def test_an_update_keeps_what_it_does_not_name(unconnected: ConnectedWorkspace) -> None:
    metadata = {"event_type": "order_card", "event_payload": {"id": 7}}
    posted = await unconnected.client.chat_postMessage(
        channel=ORDERS, text="가", blocks=[section("가")], metadata=metadata
    )
    await unconnected.client.chat_update(channel=ORDERS, ts=posted["ts"], text="나")
    message = unconnected.workspace.messages(ORDERS, MINJI)[-1]
    assert (message.text, message.blocks[0]["text"]["text"], message.metadata) == ("나", "가", metadata)
    assert message.edited_ts is not None
    await unconnected.client.chat_update(channel=ORDERS, ts=posted["ts"], text="다", blocks=[section("다")])
    assert unconnected.workspace.messages(ORDERS, MINJI)[-1].blocks[0]["text"]["text"] == "다"


async def test_the_bot_edits_and_deletes_only_its_own(unconnected: ConnectedWorkspace) -> None:
    theirs = unconnected.workspace.post(MINJI, ORDERS, "내 말").ts
    assert (await refusal(unconnected.client.chat_update(channel=ORDERS, ts=theirs, text="나")))[
        "error"
    ] == "cant_update_message"
    assert (await refusal(unconnected.client.chat_delete(channel=ORDERS, ts=theirs)))["error"] == "cant_delete_message"
    own = (await unconnected.client.chat_postMessage(channel=ORDERS, text="가"))["ts"]
    await unconnected.client.chat_delete(channel=ORDERS, ts=own)
    assert unconnected.workspace.messages(ORDERS, MINJI)[-1].text == "내 말"
    assert (await refusal(unconnected.client.chat_delete(channel=ORDERS, ts=own)))["error"] == "message_not_found"


async def test_a_reply_belongs_to_its_thread(unconnected: ConnectedWorkspace) -> None:
    card = (await unconnected.client.chat_postMessage(channel=ORDERS, text="카드"))["ts"]
    reply = await unconnected.client.chat_postMessage(channel=ORDERS, text="기한이 다가옵니다", thread_ts=card)
    assert reply["message"]["thread_ts"] == card
    unconnected.workspace.faults.delete_message(ORDERS, card)
    late = unconnected.client.chat_postMessage(channel=ORDERS, text="늦음", thread_ts=card)
    assert (await refusal(late))["error"] == "thread_not_found"


async def test_an_ephemeral_message_is_seen_by_one_until_they_reload(unconnected: ConnectedWorkspace) -> None:
    sent = await unconnected.client.chat_postEphemeral(channel=ORDERS, user=JUNHO, text="담당자만 할 수 있습니다")
    workspace = unconnected.workspace
    assert workspace.messages(ORDERS, JUNHO)[-1].ts == sent["message_ts"]
    assert workspace.messages(ORDERS, MINJI)[-1].ts != sent["message_ts"]
    update = unconnected.client.chat_update(channel=ORDERS, ts=sent["message_ts"], text="나")
    assert (await refusal(update))["error"] == "message_not_found"
    workspace.conversations.forget_ephemerals(JUNHO)
    assert workspace.messages(ORDERS, JUNHO)[-1].ts != sent["message_ts"]
    elsewhere = unconnected.client.chat_postEphemeral(channel=ORDERS, user="U0NOBODY", text="가")
    assert (await refusal(elsewhere))["error"] == "user_not_in_channel"


async def test_bad_content_is_refused(unconnected: ConnectedWorkspace) -> None:
    post = unconnected.client.chat_postMessage
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


async def test_blocks_can_be_asked_about(unconnected: ConnectedWorkspace) -> None:
    validate = unconnected.client.blocks_validate
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
