"""The outbox worker: renders due rows and posts, edits or mails them, at Slack's pace and at least once.

No failure loses a message: transient ones are retried, after permanent ones it is posted again or elsewhere.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from logging import ERROR, WARNING
from typing import Any

import structlog
from aiohttp import ClientResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.mail import Mailer, MailRefused, MailUnavailable
from bot.rate_limit import TokenBucket
from handlers.permissions import SLACK_ERRORS, SlackUsers
from handlers.rendering import RenderedMail, RenderedMessage, Renderer
from handlers.router import Router
from handlers.texts import Texts
from tmon.core import Services
from tmon.database import Database
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Contact, Store
from tmon.outbox import CONTACT, MAIL, OPERATOR, OutboxReader, post
from tmon.stores.messages import ChannelLost

log = structlog.get_logger(__name__)

_AT_A_TIME = 100
_LANES = 8
_SLOWEST_RETRY = timedelta(minutes=5)
_BETWEEN_EDITS = timedelta(seconds=1)
"""Minimum time between two edits of a message: all share the workspace's limit of 50 a minute."""
_GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"}
"""Errors that mean that the message to edit is gone: it is posted again."""
DEAD_PLACES = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "user_not_found",
    "cannot_dm_bot",
    "user_disabled",
    "account_inactive_user",
}
"""Errors that mean that nothing can be posted in this channel: the person who registered the store gets it instead."""
_TOO_MUCH = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
"""Errors that mean that Slack rejects the blocks: the text is posted without them."""


class OutboxWorker:
    """Delivers the rows of `tmon.outbox`."""

    def __init__(
        self,
        services: Services,
        client: AsyncWebClient,
        directory: SlackUsers,
        renderers: Mapping[str, Renderer],
        guard: Router,
        mailer: Mailer | None,
        operator_email: str | None,
    ) -> None:
        """`client` must not retry by itself: limits and retries are handled here. `mailer`: None if mail is not set up."""
        self._services = services
        self._db: Database = services.core.db
        self._clock = services.clock
        self._client = client
        self._directory = directory
        self._renderers = renderers
        self._texts = guard.texts
        self._mailer = mailer
        self._operator_email = operator_email
        self._posts = TokenBucket(services.clock, per_second=1, burst=3)
        self._edits = TokenBucket(services.clock, per_second=40 / 60, burst=10)  # never more than 50 a minute

    async def oldest_due(self) -> datetime | None:
        """Return when the oldest undelivered message became due; health detects a stuck outbox by it."""
        async with self._db.read() as session:
            oldest: datetime | None = await session.scalar(
                select(func.min(col(OutboxMessage.due_at))).where(
                    col(OutboxMessage.version) > col(OutboxMessage.delivered_version),
                    col(OutboxMessage.due_at) <= self._clock(),
                )
            )
        return oldest

    async def deliver(self) -> int:
        """Deliver the due Slack messages that the rate limits allow. Returns how many were sent."""
        # Messages of paused queues are not selected, or they would fill the selection and hide others.
        may_go: ColumnElement[bool] = col(OutboxMessage.ts).is_(None) & col(OutboxMessage.destination).not_in(
            self._posts.busy()
        )
        if not self._edits.busy():
            may_go |= col(OutboxMessage.ts).is_not(None) & (
                col(OutboxMessage.delivered_at) <= self._clock() - _BETWEEN_EDITS
            )
        return await self._round(_AT_A_TIME, may_go, col(OutboxMessage.destination).not_in((MAIL, OPERATOR)))

    async def deliver_mails(self) -> int:
        """Deliver the mail that has been due longest.

        Separate from Slack and one at a time: a mail server may be slow or silent, and neither a message nor a stop of
        the process should wait for a hundred mails.
        """
        return await self._round(1, col(OutboxMessage.destination).in_((MAIL, OPERATOR)))

    async def _round(self, most: int, *which: ColumnElement[bool]) -> int:
        async with self._db.read() as session:
            rows = await session.scalars(
                select(OutboxMessage)
                .where(
                    col(OutboxMessage.version) > col(OutboxMessage.delivered_version),
                    col(OutboxMessage.due_at) <= self._clock(),
                    *which,
                )
                .order_by(col(OutboxMessage.due_at), col(OutboxMessage.created_at))
                .limit(most)
            )
            lanes: dict[str, list[OutboxMessage]] = {}
            for row in rows:
                lanes.setdefault(row.channel or row.destination, []).append(row)
        slots = asyncio.Semaphore(_LANES)

        async def lane(queue: Sequence[OutboxMessage]) -> int:
            async with slots:
                return sum([await self._deliver(row) for row in queue])

        return sum(await asyncio.gather(*(lane(queue) for queue in lanes.values())))

    async def _deliver(self, row: OutboxMessage) -> bool:
        """Deliver one message and record the outcome. Returns whether it was sent."""
        log_row = log.bind(key=row.key)
        try:
            return await self._send(row)
        except SlackApiError as error:
            await self._on_slack_error(row, error)
        except (*SLACK_ERRORS, MailUnavailable) as error:
            log_row.warning("not delivered yet", error=type(error).__name__)
            await self._later(row, type(error).__name__)
        except MailRefused as error:
            log_row.warning("mail refused", error=type(error).__name__)
            await self._record(row, delivered=row.version, error="mail_refused", undeliverable=True)
        except Exception as error:
            log_row.exception("message could not be drawn")
            await self._later(row, type(error).__name__)
        return False

    async def _send(self, row: OutboxMessage) -> bool:
        if row.destination in (MAIL, OPERATOR):
            return await self._mail(row)
        pace, lane = (self._posts, row.destination) if row.ts is None else (self._edits, "")
        if not pace.available(lane):
            return False
        whom = place = await self._contact(row) if row.destination == CONTACT else row.destination
        thread_ts = None
        if row.thread_key is not None:
            parent = await self._services[OutboxReader].get(row.team_id, row.thread_key)
            if (
                parent is not None
                and parent.ts is None
                and not parent.undeliverable
                and parent.delivered_version < parent.version
            ):
                # The card comes first; until then the reply must not hold up others.
                await self._record(row, due_at=max(parent.due_at, self._clock() + timedelta(seconds=1)))
                return False
            if parent is not None and parent.ts is not None:
                thread_ts, place = parent.ts, parent.channel or place
        rendered = await self._render(row, await self._language(whom))
        if not isinstance(rendered, RenderedMessage):
            await self._record(row, delivered=row.version, error=None)
            return False
        pace.consume(lane)
        if row.ts is not None and row.channel is not None:
            answer = await self._client.chat_update(
                channel=row.channel, ts=row.ts, text=rendered.text, blocks=rendered.blocks
            )
        else:
            answer = await self._client.chat_postMessage(
                channel=place,
                text=rendered.text,
                blocks=rendered.blocks,
                thread_ts=thread_ts,
                unfurl_links=False,
                unfurl_media=False,
            )
        await self._record(
            row,
            delivered=row.version,
            error=None,
            destination=whom,
            channel=answer["channel"],
            ts=answer["ts"],
            delivered_at=self._clock(),
        )
        return True

    async def _render(self, row: OutboxMessage, t: Texts) -> RenderedMessage | RenderedMail | None:
        try:
            rendered = await self._renderers[row.kind](self._services, row, t)
        except AppError:  # what it was about is gone
            return None
        if isinstance(rendered, RenderedMessage) and row.error in _TOO_MUCH:
            return RenderedMessage(rendered.text, [])
        return rendered

    async def _language(self, place: str) -> Texts:
        if place[:1] in ("U", "W"):
            try:
                return self._texts((await self._directory.person(place)).language)
            except AppError:
                log.info("language of a person not known", person=place)
        return self._texts(self._services.language)

    async def _mail(self, row: OutboxMessage) -> bool:
        rendered = await self._render(row, self._texts(self._services.language))
        to: Sequence[str] = ()
        if isinstance(rendered, RenderedMail):
            to = rendered.to
            if row.destination == OPERATOR:
                to = [self._operator_email] if self._operator_email else []
        if self._mailer is None or not to or not isinstance(rendered, RenderedMail):
            await self._record(row, delivered=row.version, error=None)
            return False
        await self._mailer.send(to, rendered.subject, rendered.text, rendered.html)
        await self._record(row, delivered=row.version, error=None, delivered_at=self._clock())
        return True

    async def _contact(self, row: OutboxMessage) -> str:
        """Return the Slack user who gets messages to a store's contact."""
        async with self._db.read() as session:
            store = await session.get(Store, (row.team_id, row.store_id))
        if store is None:
            raise AppError("common.store_gone")
        if store.contact_user_id is not None:
            return store.contact_user_id
        if store.contact is not None:
            contact = self._services.core.sealer.open_as(Contact, store.contact)
            try:
                answer = await self._client.users_lookupByEmail(email=contact.email)
                return str(answer["user"]["id"])
            except SlackApiError as error:
                if _code(error) not in ("users_not_found", "missing_scope"):
                    raise
        return store.registered_by

    async def _on_slack_error(self, row: OutboxMessage, error: SlackApiError) -> None:
        code = _code(error)
        log.log(ERROR if code in _TOO_MUCH else WARNING, "Slack refused a message", key=row.key, error=code)
        if code in ("429", "ratelimited"):
            seconds = float(error.response.headers.get("Retry-After", 1))
            self._pause_queue(row, seconds)
            await self._record(row, due_at=self._clock() + timedelta(seconds=seconds), error="ratelimited")
        elif code in _GONE and row.ts is not None:
            await self._record(row, error=code, ts=None, channel=None)
        elif code in _GONE:
            await self._record(row, error=code, thread_key=None)
        elif code in _TOO_MUCH and row.error not in _TOO_MUCH:
            await self._record(row, error=code)
        elif code in DEAD_PLACES:
            await self._redirect(row, code)
        else:
            await self._later(row, code)

    def _pause_queue(self, row: OutboxMessage, seconds: float) -> None:
        if row.ts is None:
            self._posts.pause(row.destination, seconds)
        else:
            self._edits.pause("", seconds)

    async def _redirect(self, row: OutboxMessage, code: str) -> None:
        """Redirect a message from a lost channel to the person who registered the store, and report the loss once."""
        async with self._db.write() as session:
            store = None if row.store_id is None else await session.get(Store, (row.team_id, row.store_id))
            if store is None or row.destination == store.registered_by:
                await self._set(session, row, delivered=row.version, error=code, undeliverable=True)
                return
            await self._set(
                session, row, error=code, destination=store.registered_by, channel=None, ts=None, thread_key=None
            )
            if row.destination != store.channel_id or not store.channel_ok:
                return
            store.channel_ok = False
            now = self._clock()
            await post(
                session,
                store,
                ChannelLost(store=store.id, channel=store.channel_id),
                key=f"{ChannelLost.kind}/{store.id}/{now:%Y%m%d%H%M%S}",
                to=store.registered_by,
                now=now,
            )

    async def _later(self, row: OutboxMessage, code: str) -> None:
        due_at = self._clock() + _pause_after(row.attempts)
        await self._record(row, attempts=row.attempts + 1, due_at=due_at, error=code[:60])

    async def _record(self, row: OutboxMessage, **values: Any) -> None:
        async with self._db.write() as session:
            await self._set(session, row, **values)

    async def _set(
        self, session: AsyncSession, row: OutboxMessage, *, delivered: int | None = None, **values: Any
    ) -> None:
        if delivered is not None:
            values |= {"delivered_version": delivered, "attempts": 0}
        await session.execute(
            update(OutboxMessage)
            .where(col(OutboxMessage.team_id) == row.team_id, col(OutboxMessage.key) == row.key)
            .values(**values)
        )


def _pause_after(attempts: int) -> timedelta:
    """Return how long a message waits after one more failure on top of so many."""
    return min(timedelta(seconds=2 ** min(attempts, 10)), _SLOWEST_RETRY)


def pauses(attempts: int) -> timedelta:
    """Return the minimum total time that a message has waited after so many failures in a row."""
    return sum((_pause_after(number) for number in range(attempts)), timedelta())


def _code(error: SlackApiError) -> str:
    """Return Slack's error code, or the HTTP status if the response is not from Slack."""
    response = error.response
    if isinstance(response, ClientResponse):  # the SDK passes on a body that it could not parse
        return str(response.status)
    return str(response.get("error") or response.status_code)
