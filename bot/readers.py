"""Who reads a message: the people behind a destination, and who gets it when a place takes none any more."""

from collections.abc import Iterable

import structlog

from bot.attempts import Attempts, write
from handlers.permissions import SlackUsers
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Contact, Store
from tmon.outbox import post
from tmon.sealing import Place
from tmon.stores.messages import ChannelLost, ReaderLost

log = structlog.get_logger(__name__)


class Readers:
    """Finds the readers of messages. Methods that ask Slack raise one of SLACK_ERRORS."""

    def __init__(self, services: Services, directory: SlackUsers, attempts: Attempts) -> None:
        self._services = services
        self._db = services.core.db
        self._clock = services.clock
        self._directory = directory
        self._attempts = attempts

    async def admin(self, team_id: str) -> str | None:
        """Return the first owner or admin of a workspace who reads messages."""
        return await self._first(team_id, await self._directory.admins(team_id))

    async def contact(self, row: OutboxMessage) -> str:
        """Return the Slack user who gets messages to a store's contact."""
        async with self._db.read() as session:
            store = await session.get(Store, (row.team_id, row.store_id))
        if store is None:
            raise AppError("common.store_gone")
        if store.contact_user_id is not None:
            return store.contact_user_id
        if store.contact is not None:
            contact = self._services.core.sealer.open_as(Contact, store.contact, Place.of(store, "contact"))
            if (account := await self._directory.by_email(row.team_id, contact.email)) is not None:
                return account
        return store.registered_by

    async def redirect(self, row: OutboxMessage, code: str, lost: str) -> None:
        """Redirect a message to the next person after `lost` who reads it and may act on it; report once what was lost."""
        async with self._db.read() as session:
            store = None if row.store_id is None else await session.get(Store, (row.team_id, row.store_id))
        reader = None if store is None else await self._next_reader(store, lost)
        if store is None or reader is None:
            log.error("nobody is left to read a message", key=row.key, error=code)
            await self._attempts.record(row, delivered=row.version, error=code, undeliverable=True, refused_since=None)
            return
        now = self._clock()
        async with self._db.write() as session:
            # before the message, as whoever draws a card locks them: else each could wait for the other
            store = await session.get_one(Store, (row.team_id, row.store_id), with_for_update=True)
            redirected = await write(
                session,
                row,
                now,
                error=code,
                destination=reader,
                channel=None,
                ts=None,
                thread_key=None,
                refused_since=None,
                attempts=0,
                due_at=now,
            )
            if not redirected:
                return
            if lost == store.channel_id and store.channel_ok:
                store.channel_ok = False
                await post(
                    session,
                    store,
                    ChannelLost(store=store.id, channel=store.channel_id),
                    key=f"{ChannelLost.kind}/{store.id}/{now:%Y%m%d%H%M%S}",
                    to=reader,
                    now=now,
                )
            elif lost in (store.contact_user_id, store.registered_by):
                await post(
                    session,
                    store,
                    ReaderLost(store=store.id, who=lost),
                    key=f"{ReaderLost.kind}/{store.id}/{lost}",
                    to=reader,
                    now=now,
                )

    async def _next_reader(self, store: Store, after: str) -> str | None:
        """Return who reads the messages of `store` that `after`, a channel or person, does not get; None: nobody.

        Contact, registrant and staff come first, at last an owner or admin of the workspace.
        """
        own = list(
            dict.fromkeys(
                filter(None, (store.contact_user_id, store.registered_by, *store.worker_ids, *store.cs_worker_ids))
            )
        )
        begin = own.index(after) + 1 if after in own else own.index(store.registered_by)
        if (reader := await self._first(store.team_id, own[begin:])) is not None:
            return reader
        admins = [one for one in await self._directory.admins(store.team_id) if one not in own]
        left = admins[admins.index(after) + 1 :] if after in admins else admins
        return await self._first(store.team_id, left)

    async def _first(self, team_id: str, people: Iterable[str]) -> str | None:
        """Return the first of `people` who reads direct messages."""
        for person in people:
            if await self._directory.can_read(team_id, person):
                return person
        return None
