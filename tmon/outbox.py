"""The outbox: messages are enqueued as rows in the transaction of the change that they report.

One row is one message at one destination. `version` counts changes of its content, `delivered_version` is the last one
delivered. A row with `version > delivered_version` is due; `bot/delivery.py` renders it once, from the current data,
however often it changed in between.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import Database, upsert
from tmon.due_times import Moving, has_come
from tmon.models.outbox import MessageArgs, OutboxMessage
from tmon.models.stores import Store

CONTACT = "contact"
"""Destination of a direct message to a store's contact, resolved on delivery: the chosen Slack account, else the one
with the contact's email address, else the user who registered the store."""
MAIL = "mail"
"""Destination of an email to a store's contact (the address is read from the sealed contact on delivery)."""
ADMIN = "admin"
"""Destination of a direct message to an owner or admin of the workspace, the first who reads messages on delivery."""
OPERATOR = "operator"
"""Destination of an email to the operator of the bot."""
DEPLOYMENT = ""
"""In place of a workspace's id: what concerns all of them, for the operator."""


LONGEST_WAIT = timedelta(hours=10)
"""Quiet hours are no longer (`incidents.notifier`)."""
LONGEST_RETRY = timedelta(minutes=5)
"""The longest pause between two attempts to deliver a message."""


class OutboxStuck(MessageArgs):
    """Email to the operator: messages are no longer delivered."""

    kind = "outbox_stuck"

    since: datetime
    slack: int
    mails: int
    error: str | None = None
    number: int = 0
    """Its number among the alarms; 0: not counted yet."""
    workspace: str | None = None
    """Where messages have waited longest; None: there is one workspace only."""
    workspaces: int = 1
    """In how many they wait."""


class OutboxRecovered(MessageArgs):
    """Email to the operator: messages are delivered again."""

    kind = "outbox_flows"

    since: datetime
    until: datetime


def new_message(
    message: MessageArgs,
    *,
    team_id: str,
    key: str,
    to: str,
    now: datetime,
    store_id: str | None = None,
    thread_key: str | None = None,
    due_at: datetime | None = None,
) -> dict[str, Any]:
    """Build the row of a new message for `enqueue`. `to`: destination; `due_at`: earliest delivery (quiet hours)."""
    return {
        "team_id": team_id,
        "key": key,
        "kind": message.kind,
        "destination": to,
        "args": message.model_dump(mode="json", exclude_unset=True),
        "thread_key": thread_key,
        "store_id": store_id,
        "version": 1,
        "delivered_version": 0,
        "due_at": due_at or now,
        "attempts": 0,
        "undeliverable": False,
        "created_at": now,
    }


async def post(
    session: AsyncSession,
    store: Store,
    message: MessageArgs,
    *,
    key: str,
    now: datetime,
    to: str | None = None,
    thread_key: str | None = None,
) -> None:
    """Enqueue a message about `store`, by default to its channel. A key that already exists is left unchanged."""
    row = new_message(
        message,
        team_id=store.team_id,
        key=key,
        to=to or store.channel_id,
        now=now,
        store_id=store.id,
        thread_key=thread_key,
    )
    await enqueue(session, [row])


async def enqueue(session: AsyncSession, rows: Iterable[dict[str, Any]]) -> None:
    """Enqueue new messages; keys that already exist are left unchanged (see `enqueue_update`)."""
    await upsert(session, OutboxMessage.__table__, list(rows), update=[])  # type: ignore[attr-defined]


async def enqueue_update(session: AsyncSession, team_id: str, keys: Iterable[str], *, now: datetime) -> None:
    """Mark messages as changed: each is rendered again once, however often this is called before delivery."""
    all_keys = list(keys)
    for start in range(0, len(all_keys), 500):
        await session.execute(
            update(OutboxMessage)
            .where(
                col(OutboxMessage.team_id) == team_id,
                col(OutboxMessage.key).in_(all_keys[start : start + 500]),
                ~col(OutboxMessage.undeliverable),
            )
            .values(
                version=col(OutboxMessage.version) + 1,
                # a message never posted keeps its due time (quiet hours), a failed one its back-off
                due_at=case(
                    (and_(col(OutboxMessage.delivered_version) > 0, col(OutboxMessage.attempts) == 0), now),
                    else_=col(OutboxMessage.due_at),
                ),
            )
        )


async def keys_in_channel(session: AsyncSession, store: Store, keys: Iterable[str]) -> set[str]:
    """Return those of `keys` whose messages were posted in the channel of `store`, or are still to be posted there."""
    all_keys, found = list(keys), set[str]()
    for start in range(0, len(all_keys), 500):
        posted_there = col(OutboxMessage.channel) == store.channel_id
        to_be_posted = and_(col(OutboxMessage.ts).is_(None), col(OutboxMessage.destination) == store.channel_id)
        found.update(
            await session.scalars(
                select(col(OutboxMessage.key)).where(
                    col(OutboxMessage.team_id) == store.team_id,
                    col(OutboxMessage.key).in_(all_keys[start : start + 500]),
                    or_(posted_there, to_be_posted),
                )
            )
        )
    return found


_DRAWING = timedelta(seconds=30)
"""What may lie between reading what a message says and its delivery."""


async def enqueue_passed(session: AsyncSession, team_id: str, passed: Mapping[str, datetime], *, now: datetime) -> None:
    """Mark messages as changed that do not say yet that a clock on them has passed. `passed`: when it did, by key.

    Which ones do is known by when they were last delivered, so that all processes together draw each of them once or twice.
    """
    keys, before = list(passed), list[str]()
    for start in range(0, len(keys), 500):
        rows = await session.execute(
            select(col(OutboxMessage.key), col(OutboxMessage.delivered_at)).where(
                col(OutboxMessage.team_id) == team_id,
                col(OutboxMessage.key).in_(keys[start : start + 500]),
                col(OutboxMessage.version) == col(OutboxMessage.delivered_version),  # others will be drawn anyway
            )
        )
        before += [key for key, at in rows if at is not None and at < passed[key] + _DRAWING]
    await enqueue_update(session, team_id, sorted(before), now=now)


def is_due(now: datetime | Moving) -> ColumnElement[bool]:
    """Return the condition that a message is to be delivered: its time has come, or lies further ahead than it can.

    A message that was never postponed waits for nothing, one that was tried or delivered at most `LONGEST_RETRY`, and one
    that waits for the morning at most `LONGEST_WAIT`: more than that, and the clock has been set back.
    """
    due_at = col(OutboxMessage.due_at)
    tried = or_(col(OutboxMessage.attempts) > 0, col(OutboxMessage.delivered_at).is_not(None))
    return or_(
        has_come(due_at, now, LONGEST_WAIT),
        due_at <= col(OutboxMessage.created_at),
        and_(tried, has_come(due_at, now, LONGEST_RETRY)),
    )


class OutboxReader:
    """Looks up outbox messages."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, team_id: str, key: str) -> OutboxMessage | None:
        """Return the message with this key, or None."""
        async with self._db.read() as session:
            return await session.get(OutboxMessage, (team_id, key))

    async def adopt(self, row: OutboxMessage, channel: str, ts: str, now: datetime) -> bool:
        """Take a copy in Slack for the message itself, which waits to be posted, so that it is not posted once more.

        Returns whether it still waited.
        """
        async with self._db.write() as session:
            found = await session.scalar(
                update(OutboxMessage)
                .where(
                    col(OutboxMessage.team_id) == row.team_id,
                    col(OutboxMessage.key) == row.key,
                    col(OutboxMessage.destination) == row.destination,
                    col(OutboxMessage.ts).is_(None),
                    col(OutboxMessage.version) > col(OutboxMessage.delivered_version),
                    ~col(OutboxMessage.undeliverable),
                )
                .values(channel=channel, ts=ts, delivered_at=now, due_at=now)
                .returning(col(OutboxMessage.key)),
                execution_options={"synchronize_session": False},
            )
        return found is not None
