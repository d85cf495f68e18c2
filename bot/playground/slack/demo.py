"""The playground's initial workspace: a small Korean seller's team."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.playground.slack.actions import Workspace
from bot.playground.slack.model import Channel, SlackUser
from tmon.clock import Clock, system_clock

MINJI, JUNHO, SEOYEON, HANEUL, DANIEL, OUTSIDER = (
    "U0MINJI001",
    "U0JUNHO002",
    "U0SEOYEON3",
    "U0HANEUL04",
    "U0DANIEL05",
    "U0YOUNGSU6",
)
ORDERS, GENERAL, CS, OWNERS_ONLY, OLD = "C0ORDERS01", "C0GENERAL2", "C0CSTEAM03", "C0OWNERS04", "C0ARCHIVE5"
OTHER_TEAM = "T0LOGIS0001"


def demo_workspace(clock: Clock = system_clock, *, manifest: Mapping[str, Any] | None = None) -> Workspace:
    """A workspace with users of every permission level, a channel with the bot, and four channels where it cannot post."""
    workspace = Workspace(clock, manifest=manifest)
    team = workspace.team_id
    for person in (
        SlackUser(MINJI, "minji", "김민지", "minji@example.com", team, title="대표", is_owner=True, is_admin=True),
        SlackUser(JUNHO, "junho", "이준호", "junho@example.com", team, title="주문 담당"),
        SlackUser(SEOYEON, "seoyeon", "박서연", "seoyeon@example.com", team, title="CS 담당"),
        SlackUser(HANEUL, "haneul", "정하늘", "haneul@example.com", team, title="외주 디자이너", is_restricted=True),
        SlackUser(DANIEL, "daniel", "Daniel Choi", "daniel@example.com", team, "en-US", "Developer"),
        SlackUser(OUTSIDER, "youngsu", "한영수", "youngsu@example.net", OTHER_TEAM, title="물류 협력사"),
    ):
        workspace.people[person.id] = person
    staff = {MINJI, JUNHO, SEOYEON, DANIEL}
    bot = workspace.bot_user_id
    for channel in (
        Channel(ORDERS, "주문-알림", members={*staff, HANEUL, OUTSIDER, bot}, bot_is_member=True),
        Channel(GENERAL, "일반", members={*staff, HANEUL}),
        Channel(CS, "cs-팀", members={MINJI, SEOYEON}),
        Channel(OWNERS_ONLY, "대표-전용", members={MINJI}, is_private=True),
        Channel(OLD, "2024-행사", members={*staff, bot}, bot_is_member=True, archived=True),
    ):
        workspace.conversations.add(channel)
    workspace.post(MINJI, GENERAL, "안녕하세요, 이번 주도 잘 부탁드립니다!")
    workspace.post(JUNHO, ORDERS, "이제부터 티몬 주문은 이 채널에서 확인합니다.")
    workspace.post(SEOYEON, CS, "문의 답변 양식은 고정 메시지를 봐 주세요.")
    return workspace
