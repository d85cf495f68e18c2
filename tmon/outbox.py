"""The outbox's rows: whatever must reach a person is written here in the transaction of the fact that it tells.

One row is one message at one place. `wanted` counts the changes of what it shows, `sent` the last one delivered: a row
with `wanted > sent` is due, and however often it was changed meanwhile, it is drawn once, from the facts of that moment.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import Database, upsert
from tmon.models.outbox import MessageArgs, OutboxMessage
from tmon.models.stores import Store

CONTACT = "contact"
"""Destination of a direct message to a store's contact, found out when it is sent: the chosen Slack account, else the
one with the contact's e-mail address, else whoever registered the store."""
MAIL = "mail"
"""Destination of a mail to a store's contact (the address is read from the sealed contact when it is sent)."""
OPERATOR = "operator"
"""Destination of a mail to whoever runs the bot."""


class OutboxStuck(MessageArgs):
    """Mail to the operator: messages do not leave any more."""

    kind = "outbox_stuck"

    since: datetime
    slack: int
    mails: int
    error: str | None = None


class OutboxFlows(MessageArgs):
    """Mail to the operator: they do again."""

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
    """The row of a new message for `enqueue`. `to`: its destination; `due_at`: not before this moment (quiet hours)."""
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
    """Adds one message about `store`, to its channel unless `to` says otherwise. A key that exists stays one message."""
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
    """Adds messages; a key that exists already stays one message (see `redraw`)."""
    await upsert(session, OutboxMessage.__table__, list(rows), update=[])  # type: ignore[attr-defined]


async def enqueue_update(session: AsyncSession, team_id: str, keys: Iterable[str], *, now: datetime) -> None:
    """What these messages show has changed: they are drawn anew, once, however often this is called before that."""
    wanted = list(keys)
    for start in range(0, len(wanted), 500):
        await session.execute(
            update(OutboxMessage)
            .where(
                col(OutboxMessage.team_id) == team_id,
                col(OutboxMessage.key).in_(wanted[start : start + 500]),
                ~col(OutboxMessage.undeliverable),
            )
            .values(
                version=col(OutboxMessage.version) + 1,
                # what was never posted keeps its time (quiet hours), what failed keeps its back-off
                due_at=case(
                    (and_(col(OutboxMessage.delivered_version) > 0, col(OutboxMessage.attempts) == 0), now),
                    else_=col(OutboxMessage.due_at),
                ),
            )
        )


class OutboxReader:
    """Looking up what was posted where."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, team_id: str, key: str) -> OutboxMessage | None:
        """The message called `key`, if there is one."""
        async with self._db.read() as session:
            return await session.get(OutboxMessage, (team_id, key))
