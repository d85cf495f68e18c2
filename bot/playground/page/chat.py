"""The workspace as one person sees it, prepared for the templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from bot.playground.page.mrkdwn import SEOUL, WEEKDAYS, Names, clock_time
from bot.playground.page.render import Block
from bot.playground.slack import Channel, File, Message, NotVisible, SlackUser, Workspace

TINTS = 6
SAME_BREATH = timedelta(minutes=5)
"""Consecutive messages of one author within this time are grouped."""


@dataclass(frozen=True)
class Author:
    """A user for display; ``tint`` is the number of the avatar's colour."""

    id: str
    name: str
    role: str
    is_bot: bool
    tint: int


@dataclass(frozen=True)
class Row:
    """A message as one viewer sees it."""

    ts: str
    channel: str
    author: Author
    at: datetime
    text: str
    blocks: Sequence[Block]
    edited: bool
    private: bool
    continues: bool
    replies: int
    last_reply: str
    files: Sequence[File] = ()

    @property
    def key(self) -> str:
        """``ts`` in a form that is valid in an HTML id."""
        return self.ts.replace(".", "-")

    @property
    def time(self) -> str:
        """Time of day, such as 오후 3:04."""
        return clock_time(self.at)

    @property
    def full_time(self) -> str:
        """Day and time to the second, shown on hover."""
        return f"{_day(self.at.date())} {self.time}:{self.at.second:02}"


@dataclass(frozen=True)
class Room:
    """A conversation in the sidebar; the open one is also the page's header."""

    id: str
    title: str
    about: str
    welcome: str
    is_im: bool
    is_private: bool
    archived: bool
    read_only: bool
    unread: int
    author: Author
    has_home: bool
    """Whether the app has a home tab beside its messages."""
    home: bool
    """Whether the home tab is shown."""


class Chat:
    """View models of the workspace; keeps each person's read position per channel."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._read: dict[tuple[str, str], str] = {}

    def everyone(self) -> list[Author]:
        """Users whose view the page can show."""
        people = self._workspace.people.values()
        return [self.author(person.id) for person in people if not person.is_bot and not person.deleted]

    def author(self, user_id: str) -> Author:
        """A user by id; unknown ids are shown as they are."""
        person = self._workspace.people.get(user_id)
        if person is None:
            return Author(user_id, user_id, "", user_id == self._workspace.bot_user_id, 0)
        tint = list(self._workspace.people).index(user_id) % TINTS
        return Author(user_id, person.real_name, self._role(person), person.is_bot, tint)

    def names(self, viewer: str) -> Names:
        """Display names for ids in texts, limited to what the viewer may see."""
        return Names(
            {person.id: person.real_name for person in self._workspace.people.values()},
            {
                channel.id: channel.name
                for channel in self._workspace.channels.values()
                if not channel.is_im and (not channel.is_private or viewer in channel.members)
            },
        )

    def rooms(self, viewer: str, current: Room) -> list[Room]:
        """The viewer's channels and direct messages, including the one that is shown (``current``)."""
        channels = self._channels(viewer)
        return [current if channel.id == current.id else self._room(channel, viewer, "") for channel in channels]

    def current_room(self, viewer: str, channel_id: str, tab: str = "") -> Room:
        """The conversation to show: the requested one, or the viewer's first with the bot. ``tab`` may be ``home`` in the bot's."""
        channels = self._channels(viewer)
        by_id = {channel.id: channel for channel in channels}
        first = next((channel for channel in channels if channel.bot_is_member), channels[0])
        return self._room(by_id.get(channel_id, first), viewer, tab or "messages")

    def _room(self, channel: Channel, viewer: str, tab: str) -> Room:
        """A channel as the viewer sees it; ``tab`` is its open tab, or empty. An open channel has no unread messages."""
        bot = self.author(self._workspace.bot_user_id)
        if channel.is_im:
            title, about, welcome = bot.name, "앱", "봇이 나에게만 보내는 메시지가 여기에 모입니다."
        elif channel.archived:
            title, about, welcome = channel.name, "보관된 채널", "보관된 채널이라 더 이상 메시지를 보낼 수 없습니다."
        else:
            title, about = channel.name, f"멤버 {len(channel.members)}명"
            about += f" · {bot.name} 참여 중" if channel.bot_is_member else f" · {bot.name} 없음"
            welcome = (
                "이 채널의 첫머리입니다."
                if channel.bot_is_member
                else f"이 채널에는 {bot.name}이 없습니다. /invite @{bot.name} 을 보내면 초대됩니다."
            )
        has_home = channel.is_im and self._workspace.home_tab
        home = has_home and tab == "home"
        return Room(
            id=channel.id,
            title=title,
            about=about,
            welcome=welcome,
            is_im=channel.is_im,
            is_private=channel.is_private,
            archived=channel.archived,
            read_only=channel.archived or (channel.is_im and self._workspace.messages_read_only),
            unread=0 if tab and not home else self._unread(channel.id, viewer),
            author=bot,
            has_home=has_home,
            home=home,
        )

    def days(self, viewer: str, channel_id: str) -> list[tuple[str, list[Row]]]:
        """A channel's messages grouped by day; marks them as read."""
        messages = self._workspace.messages(channel_id, viewer)
        if messages:
            self._read[viewer, channel_id] = messages[-1].ts
        rows = self._rows([message for message in messages if message.thread_ts in (None, message.ts)], messages)
        return [(_day(day), list(of_day)) for day, of_day in groupby(rows, key=lambda row: row.at.date())]

    def thread(self, viewer: str, channel_id: str, ts: str) -> list[Row]:
        """A message and its replies."""
        messages = self._workspace.messages(channel_id, viewer)
        return list(self._rows([message for message in messages if ts in (message.ts, message.thread_ts)], messages))

    def invite_bot(self, viewer: str, channel_id: str) -> None:
        """Invite the bot, as Slack's ``/invite`` does. Raises NotVisible if the person may not."""
        channel = self._workspace.channels.get(channel_id)
        if channel is None or channel.is_im or channel.archived or viewer not in channel.members:
            raise NotVisible(f"{viewer} cannot invite into {channel_id}")
        self._workspace.faults.invite_bot(channel_id)
        self._workspace.post(viewer, channel_id, f"<@{self._workspace.bot_user_id}> 앱을 채널에 초대했습니다.")

    def _channels(self, viewer: str) -> list[Channel]:
        self._workspace.conversations.direct(
            self._workspace.people[viewer]
        )  # Slack lists an app even before its first message
        found = [channel for channel in self._workspace.channels.values() if viewer in channel.members]
        return sorted(found, key=lambda channel: (channel.is_im, channel.archived))

    def _unread(self, channel_id: str, viewer: str) -> int:
        seen = self._read.get((viewer, channel_id), "")
        return sum(
            message.ts > seen and message.user != viewer for message in self._workspace.messages(channel_id, viewer)
        )

    def _rows(self, shown: list[Message], everything: list[Message]) -> Iterator[Row]:
        before: Row | None = None
        for message in shown:
            replies = [reply for reply in everything if reply.thread_ts == message.ts != reply.ts]
            at = _moment(message.ts)
            private = message.ephemeral_for is not None
            before = Row(
                ts=message.ts,
                channel=message.channel,
                author=self.author(message.user),
                at=at,
                text=message.text,
                blocks=message.blocks,
                edited=message.edited_ts is not None,
                private=private,
                continues=before is not None
                and before.author.id == message.user
                and before.private == private
                and not before.replies
                and at - before.at < SAME_BREATH,
                replies=len(replies),
                last_reply=clock_time(_moment(replies[-1].ts)) if replies else "",
                files=message.files,
            )
            yield before

    def _role(self, person: SlackUser) -> str:
        parts = [person.title]
        if person.team_id != self._workspace.team_id:
            parts.append("외부 조직")
        elif person.is_restricted or person.is_ultra_restricted:
            parts.append("게스트")
        elif person.is_owner or person.is_admin:
            parts.append("소유자" if person.is_owner else "관리자")
        if not person.locale.startswith("ko"):
            parts.append("Slack 언어: English")
        return " · ".join(part for part in parts if part)


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC).astimezone(SEOUL)


def _day(day: date) -> str:
    return f"{day.year}년 {day.month}월 {day.day}일 {WEEKDAYS[day.weekday()]}요일"
