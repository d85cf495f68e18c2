"""A Bolt app with one of everything that the page has to show: a form, an error below a field, a card, a confirmation."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

EMPTY = "파일에 내용이 없습니다."
TAKEN = "이미 등록된 스토어명입니다. 다른 이름을 넣어 주세요."


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def _options(*labels: str) -> list[dict[str, Any]]:
    return [{"text": _plain(label), "value": label} for label in labels]


def _input(block_id: str, label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": _plain(label),
        "element": {"action_id": "value", **element},
    } | more


def form(channel: str, kind: str = "") -> dict[str, Any]:
    """The form; choosing a kind redraws it: the e-mail keeps its block id, the memo gets a new one."""
    return {
        "type": "modal",
        "callback_id": "setup",
        "private_metadata": channel,
        "title": _plain("티몬 스토어 등록"),
        "submit": _plain("저장하기"),
        "close": _plain("닫기"),
        "blocks": [
            _input("store", "스토어명", {"type": "plain_text_input", "max_length": 40}, hint=_plain("Slack에서 이 이름으로 보입니다.")),
            _input("mail", "담당자 이메일", {"type": "email_text_input"}),
            _input("kind", "대표카테고리", {"type": "static_select", "options": _options("식품", "리빙")}, dispatch_action=True, optional=True),
            _input("workers", "발주확인 담당자", {"type": "multi_users_select", "placeholder": _plain("사람 선택")}, optional=True),
            _input("memo" + (f"~{kind}" if kind else ""), "메모", {"type": "plain_text_input", "multiline": True}, optional=True),
        ],
    }  # fmt: skip


def card(store: str, workers: list[str]) -> list[dict[str, Any]]:
    """An order that waits."""
    confirm = {
        "title": _plain("발주확인할까요?"),
        "text": {"type": "mrkdwn", "text": "*한 번 확인하면* 되돌릴 수 없습니다."},
        "confirm": _plain("발주확인"),
        "deny": _plain("취소"),
    }
    mentions = " ".join(f"<@{worker}>" for worker in workers) or "없음"
    return [
        {"type": "header", "text": _plain(f"새 주문 · {store}")},
        {"type": "section", "fields": [
            {"type": "mrkdwn", "text": "*주문번호*\n`9100200301`"}, {"type": "mrkdwn", "text": "*결제금액*\n52,900원"},
            {"type": "mrkdwn", "text": f"*담당자*\n{mentions}"}, {"type": "mrkdwn", "text": "*발주확인 기한*\n오늘 18:00까지"}]},
        {"type": "actions", "elements": [
            {"type": "button", "action_id": "confirm", "style": "primary", "text": _plain("발주확인"), "confirm": confirm},
            {"type": "overflow", "action_id": "more", "options": _options("자세히", "보류")}]},
    ]  # fmt: skip


def upload_form() -> dict[str, Any]:
    """A form that takes one list, and pictures if there are any."""
    return {
        "type": "modal",
        "callback_id": "upload",
        "title": _plain("재고 올리기"),
        "submit": _plain("반영하기"),
        "close": _plain("닫기"),
        "blocks": [
            _input("file", "재고 파일", {"type": "file_input", "filetypes": ["csv", "xlsx"], "max_files": 1}, hint=_plain("첫 줄은 제목입니다.")),
            _input("memo", "메모", {"type": "plain_text_input"}, optional=True),
            _input("pictures", "사진", {"type": "file_input", "filetypes": ["png"], "max_files": 3}, optional=True),
        ],
    }  # fmt: skip


OWN_DELIVERY = "10099"
CARRIERS = {"10001": "CJ대한통운", "10003": "한진택배", OWN_DELIVERY: "자체배송"}
GOODS = {"1": "화이트 / M", "2": "네이비 / L"}


def _found(table: dict[str, str], typed: str) -> list[dict[str, Any]]:
    return [{"text": _plain(name), "value": code} for code, name in table.items() if typed in name]


def waybill_form(carrier: str = "10001", counted: Sequence[str] = ()) -> dict[str, Any]:
    """A form whose carrier decides what else is asked for, and which asks how many there are of what was ticked."""
    first = {"text": _plain(CARRIERS[carrier]), "value": carrier}
    find = {"type": "external_select", "action_id": "carrier", "min_query_length": 0, "initial_option": first}
    goods = {"type": "multi_external_select", "action_id": "goods", "min_query_length": 1}
    if carrier == OWN_DELIVERY:
        rest = [_input("day", "배송예정일", {"type": "datepicker"})]
    else:
        rest = [_input("number", "송장번호", {"type": "plain_text_input"})]
    ticked = {"type": "multi_static_select", "action_id": "counted", "options": _options(*GOODS.values())}
    count = {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "3"}
    sure = {"type": "checkboxes", "options": _options("고칠 수 없음을 확인했습니다.")}
    return {
        "type": "modal",
        "callback_id": "waybill",
        "title": _plain("송장 등록"),
        "submit": _plain("송장 등록"),
        "close": _plain("닫기"),
        "blocks": [
            _input("carrier", "택배사", find, dispatch_action=True),
            *rest,
            _input("goods", "상품", goods, optional=True),
            _input("counted", "취소할 것", ticked, optional=True, dispatch_action=True),
            *(_input(f"count-{name}", f"취소 수량 {name}", count) for name in counted),
            _input("sure", "확인", sure),
        ],
    }


def floor(number: int) -> dict[str, Any]:
    """A view that pushes another one on top of it."""
    button = {"type": "button", "action_id": "deeper", "text": _plain("더 안으로"), "value": str(number)}
    return {
        "type": "modal",
        "title": _plain(f"{number}층"),
        "close": _plain("닫기"),
        "blocks": [{"type": "actions", "elements": [button]}],
    }


def home(chosen: str) -> dict[str, Any]:
    """A home tab with one of everything that a home tab of ours has."""
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": _plain("스토어")},
            {"type": "section", "text": {"type": "mrkdwn", "text": f"*한빛리빙* 정상\n마지막 선택: {chosen}"},
             "accessory": {"type": "overflow", "action_id": "home.more", "options": _options("수정", "연결 테스트")}},
            {"type": "actions", "elements": [
                {"type": "button", "action_id": "home.refresh", "style": "primary", "text": _plain("새로고침")},
                {"type": "static_select", "action_id": "home.store", "placeholder": _plain("스토어"), "options": _options("한빛리빙", "소담마켓")},
                {"type": "datepicker", "action_id": "home.day", "placeholder": _plain("날짜 고르기")},
                {"type": "timepicker", "action_id": "home.time", "placeholder": _plain("시각 고르기")},
            ]},
        ],
    }  # fmt: skip


def minimal_bot(token: str, api_url: str) -> AsyncApp:
    """The app."""
    app = AsyncApp(client=AsyncWebClient(token=token, base_url=api_url))

    @app.command("/tmon")
    async def command(ack: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        if command["text"] == "setup":
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=form(command["channel_id"]))
        elif command["text"] == "upload":
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=upload_form())
        elif command["text"] == "ship":
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=waybill_form())
        elif command["text"] == "floors":
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=floor(1))
        else:
            await ack("모든 연동이 정상입니다.")

    @app.action("deeper")
    async def deeper(ack: Any, body: dict[str, Any], client: AsyncWebClient, action: dict[str, Any]) -> None:
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=floor(int(action["value"]) + 1))

    @app.options("carrier")
    async def find_carrier(ack: Any, payload: dict[str, Any]) -> None:
        await ack(options=_found(CARRIERS, payload["value"]))

    @app.options("goods")
    async def find_goods(ack: Any, payload: dict[str, Any]) -> None:
        await ack(options=_found(GOODS, payload["value"]))

    @app.action("carrier")
    async def carrier_chosen(ack: Any, body: dict[str, Any], client: AsyncWebClient, action: dict[str, Any]) -> None:
        await ack()
        chosen = action["selected_option"]["value"]
        await client.views_update(view_id=body["view"]["id"], view=waybill_form(chosen))

    @app.action("counted")
    async def ticked(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        values = body["view"]["state"]["values"]
        names = [option["value"] for option in values["counted"]["counted"]["selected_options"]]
        view = waybill_form(values["carrier"]["carrier"]["selected_option"]["value"], names)
        await client.views_update(view_id=body["view"]["id"], view=view)

    @app.view("waybill")
    async def shipped(ack: Any, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        values = view["state"]["values"]
        said = [values["carrier"]["carrier"]["selected_option"]["text"]["text"]]
        said += [option["text"]["text"] for option in values["goods"]["goods"]["selected_options"]]
        said += [str(values["day"]["value"]["selected_date"])] if "day" in values else []
        said += [f"{block}={state['value']['value']}" for block, state in values.items() if block.startswith("count-")]
        await client.chat_postMessage(channel=body["user"]["id"], text=", ".join(said))

    @app.view("upload")
    async def uploaded(ack: Any, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        values = view["state"]["values"]
        names = [
            html.escape(file["name"], quote=False)
            for block in ("file", "pictures")
            for file in values[block]["value"]["files"]
        ]
        if "빈 파일.csv" in names:
            await ack(response_action="errors", errors={"file": EMPTY})
            return
        await ack()
        sizes = [
            (await client.files_info(file=file["id"]))["file"]["size"] for file in values["file"]["value"]["files"]
        ]
        await client.chat_postMessage(
            channel=body["user"]["id"], text=f"받은 파일: {', '.join(names)} ({sizes[0]}바이트)"
        )

    @app.event("app_home_opened")
    async def looked_at(event: dict[str, Any], client: AsyncWebClient) -> None:
        if event["tab"] == "home":
            await client.views_publish(user_id=event["user"], view=home("아직 없음"))

    @app.action(re.compile(r"home\."))
    async def at_home(ack: Any, body: dict[str, Any], client: AsyncWebClient, action: dict[str, Any]) -> None:
        await ack()
        chosen = (action.get("selected_option") or {}).get("value")
        chosen = chosen or action.get("selected_date") or action.get("selected_time") or "새로고침"
        await client.views_publish(user_id=body["user"]["id"], view=home(chosen))

    @app.action("value")
    async def chosen(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        view = body["view"]
        await client.views_update(view_id=view["id"], view=form(view["private_metadata"], "2"))

    @app.view("setup")
    async def submitted(ack: Any, view: dict[str, Any], client: AsyncWebClient) -> None:
        values = view["state"]["values"]
        store = values["store"]["value"]["value"]
        if store == "소담마켓":
            await ack(response_action="errors", errors={"store": TAKEN})
            return
        await ack()
        workers = values["workers"]["value"]["selected_users"]
        await client.chat_postMessage(channel=view["private_metadata"], text="새 주문", blocks=card(store, workers))

    @app.action("confirm")
    async def confirmed(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        done = [
            {
                "type": "section",
                "text": {
                    "type": "mrkdwn",
                    "text": f":white_check_mark: <@{body['user']['id']}> 님이 발주확인했습니다.",
                },
            }
        ]
        await client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="발주확인", blocks=done)

    @app.action("more")
    async def more(ack: Any, body: dict[str, Any], client: AsyncWebClient, action: dict[str, Any]) -> None:
        await ack()
        thread = body["message"]["ts"]
        text = f"{action['selected_option']['value']}: 감귤 5kg × 2"
        await client.chat_postMessage(channel=body["channel"]["id"], thread_ts=thread, text=text)

    return app
