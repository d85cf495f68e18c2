"""The outbox worker: renders due rows and posts, edits or mails them, at Slack's pace and at least once.

No failure loses a message: transient ones are retried, after permanent ones it is posted again or elsewhere.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy import ColumnElement, and_, case, func, literal, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.attempts import Attempts
from bot.mail import Mailer, MailMisconfigured, MailRefused, MailUnavailable
from bot.rate_limit import Pace, Rate
from bot.readers import Readers
from handlers.blocks import without_charts
from handlers.permissions import SLACK_ERRORS, SlackUsers
from handlers.rendering import NotYet, RenderedMail, RenderedMessage, Renderer
from handlers.router import Router
from handlers.slack_codes import Remedy, code_of, remedy
from handlers.stores.contact_address import settle_address
from handlers.texts import Texts
from tmon.core import Services
from tmon.database import Database
from tmon.due_times import is_over, over
from tmon.errors import AppError
from tmon.leases import HeldLease, LeaseLost, renewed
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.outbox import ADMIN, CONTACT, LONGEST_RETRY, MAIL, OPERATOR, OutboxReader, is_due
from tmon.presence import is_present
from tmon.stores.contact_address import UNCONFIRMED
from tmon.stores.messages import ChannelLost, ContactCodeEmail
from tmon.stores.service import StoreService

log = structlog.get_logger(__name__)

_PLACES_AT_ONCE = 8
"""Places of a workspace that are served at the same time: the others' messages do not wait for those of a busy one."""
_AT_ONCE = 64
"""Places of all workspaces that are served at the same time."""
_TURN = 6
"""Messages after which a place gives way to others."""
_HOLD = timedelta(seconds=10)
"""After so long another process takes over the places of one that was frozen or killed."""
_BETWEEN_EDITS = timedelta(seconds=1)
"""Minimum time between two edits of a message: all share the workspace's limit of 50 a minute."""
_POSTS = Rate(per_second=1, burst=3)
"""Into each place."""
_EDITS = Rate(per_second=40 / 60, burst=10)
"""In a workspace: never more than 50 a minute."""
_PLACE = "place/"
"""Prefix of the names of the leases of places."""
_POST, _EDIT = "chat.postMessage", "chat.update"
"""Lanes of the methods, which Slack limits in a workspace; the places have lanes of their own for posts."""
_PATIENCE = timedelta(hours=1)
"""How long a refusal that is not known to heal may stay the same until the next reader gets the message."""
_MAIL_LIFE = timedelta(days=3)
"""Age at which a mail that does not leave is given up."""


Place = tuple[str, str]
"""A workspace, and a channel or another destination in it."""


@dataclass(frozen=True)
class _Due:
    """A place that has something to deliver which Slack takes by now."""

    place: Place
    posts: bool
    edits: bool


class OutboxWorker:
    """Delivers the rows of `tmon.outbox`.

    A place is served by one process at a time, which has its lease. What it reads after that is what it delivers, in order.
    """

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
        self._attempts = Attempts(self._db, services.clock)
        self._readers = Readers(services, directory, self._attempts)
        self._renderers = renderers
        self._texts = guard.texts
        self._mailer = mailer
        self._operator_email = operator_email
        self._pace = Pace(self._db)
        self._leases = services.core.leases
        self._served: dict[Place, asyncio.Task[int]] = {}
        """The places that are served here."""
        self._ended: list[HeldLease] = []
        """The leases of places that were served, to be given back together."""
        self._stopping = False
        self._mailed: set[str] = set()
        """Workspaces of which a mail was sent since all had their turn."""

    async def oldest_due(self) -> datetime | None:
        """Return when the oldest undelivered message became due; health detects a stuck outbox by it."""
        async with self._db.read() as session:
            oldest: datetime | None = await session.scalar(
                select(func.min(col(OutboxMessage.due_at))).where(
                    col(OutboxMessage.version) > col(OutboxMessage.delivered_version),
                    col(OutboxMessage.due_at) <= self._clock(),
                    is_present(col(OutboxMessage.team_id)),
                )
            )
        return oldest

    async def deliver(self) -> int:
        """Deliver the due Slack messages that the rate limits allow. Returns how many were sent."""
        sent, seen = 0, set[Place]()
        while begun := await self.begin(seen):
            seen |= begun.keys()
            sent += sum(await asyncio.gather(*begun.values()))
        await self._give_back()
        return sent

    async def begin(self, but: Container[Place] = ()) -> dict[Place, asyncio.Task[int]]:
        """Begin to deliver what is due, in places that nobody serves yet; a slow one does not hold up the others.

        `but`: places that are left out.
        """
        await self._give_back()
        if self._stopping or not await self._is_any_due():
            return {}
        under_way = Counter(team_id for team_id, _ in self._served)
        chosen: list[_Due] = []
        for due in await self._due_places():
            team_id = due.place[0]
            if (
                due.place not in but
                and under_way[team_id] < _PLACES_AT_ONCE
                and len(self._served) + len(chosen) < _AT_ONCE
            ):
                under_way[team_id] += 1
                chosen.append(due)
        begun: dict[Place, asyncio.Task[int]] = {}
        for place, lease, rows in await self._taken(chosen):
            task = asyncio.create_task(self._serve(lease, rows), name=f"outbox {place[1]}")
            self._served[place] = begun[place] = task
            task.add_done_callback(partial(self._forget, place))
        return begun

    async def drain(self) -> None:
        """Begin nothing any more, and wait for the messages that are under way."""
        self._stopping = True
        under_way = list(self._served.values())
        try:
            if under_way:
                await asyncio.wait(under_way)
        finally:
            for task in under_way:
                task.cancel()
        await self._give_back()

    def _forget(self, place: Place, _: object) -> None:
        del self._served[place]

    async def _taken(self, places: Sequence[_Due]) -> list[tuple[Place, HeldLease, Sequence[OutboxMessage]]]:
        """Take the leases of places, and return those that were free, with their messages as they are now."""
        taken: list[tuple[Place, HeldLease, Sequence[OutboxMessage]]] = []
        if not places:
            return taken
        async with self._db.write() as session:
            for due in sorted(places, key=lambda due: due.place):  # see `Leases.release_all`
                team_id, name = due.place[0], _PLACE + due.place[1]
                if (token := await self._leases.take(session, team_id, name, _HOLD)) is not None:
                    lease = HeldLease(self._leases, team_id, name, token, _HOLD)
                    taken.append((due.place, lease, await self._turn(session, due)))
        return taken

    async def _give_back(self) -> None:
        """Give back the leases of the places that were served since the last look."""
        ended, self._ended = self._ended, []
        if ended:
            await self._leases.release_all(ended)

    async def _is_any_due(self) -> bool:
        async with self._db.read() as session:
            due = select(col(OutboxMessage.key)).where(*self._due()).order_by(col(OutboxMessage.due_at)).limit(1)
            return await session.scalar(due) is not None

    async def _due_places(self) -> list[_Due]:
        """Return some places that have a message to deliver and are served by nobody, those of each workspace in turn."""
        # messages are grouped before anything else is looked at: thousands may wait for their turn
        key = (col(OutboxMessage.team_id), _place().label("place"), col(OutboxMessage.ts).is_(None).label("is_new"))
        waiting = (
            select(*key, func.min(col(OutboxMessage.due_at)).label("due_at"))
            .where(*self._due())
            .group_by(*key)
            .subquery()
        )
        team_id, place, due_at = waiting.c.team_id, waiting.c.place, func.min(waiting.c.due_at)
        turn = func.row_number().over(partition_by=team_id, order_by=due_at)
        free = (
            select(
                team_id,
                place,
                func.max(case((waiting.c.is_new, 1), else_=0)).label("posts"),
                func.max(case((waiting.c.is_new, 0), else_=1)).label("edits"),
                due_at.label("due_at"),
                turn.label("turn"),
            )
            .where(self._in_pace(team_id, place, waiting.c.is_new), ~self._leases.is_taken(team_id, _PLACE + place))
            .group_by(team_id, place)
            .subquery()
        )
        async with self._db.read() as session:
            rows = await session.execute(
                select(free.c.team_id, free.c.place, free.c.posts, free.c.edits)
                .where(free.c.turn <= 2 * _PLACES_AT_ONCE)
                .order_by(free.c.turn, free.c.due_at)
                .limit(2 * _AT_ONCE)
            )
            return [_Due((team, name), bool(posts), bool(edits)) for team, name, posts, edits in rows]

    def _in_pace(self, team_id: Any, place: Any, is_new: Any) -> ColumnElement[bool]:
        """Return the condition that Slack takes a new message in a place, or else an edit, by now.

        Messages that have to wait are not selected, or they would fill the selection and hide others.
        """
        pace = self._pace
        may_post = ~pace.is_busy(team_id, place, _POSTS) & ~pace.is_held(team_id, _POST)
        may_edit = ~pace.is_busy(team_id, _EDIT, _EDITS) & ~pace.is_held(team_id, _EDIT)
        return or_(and_(is_new, may_post), and_(not_(is_new), may_edit))

    def _due(self) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions that a message to Slack is due."""
        new, sent_at = col(OutboxMessage.ts).is_(None), col(OutboxMessage.delivered_at)
        return (
            *self._waits(),
            col(OutboxMessage.destination).not_in((MAIL, OPERATOR)),
            or_(new, is_over(sent_at, self._clock(), _BETWEEN_EDITS)),
        )

    def _due_mails(self) -> tuple[ColumnElement[bool], ...]:
        return *self._waits(), col(OutboxMessage.destination).in_((MAIL, OPERATOR))

    def _waits(self) -> tuple[ColumnElement[bool], ...]:
        return (
            col(OutboxMessage.version) > col(OutboxMessage.delivered_version),
            is_due(self._clock()),
            is_present(col(OutboxMessage.team_id)),
        )

    async def _serve(self, lease: HeldLease, rows: Sequence[OutboxMessage]) -> int:
        """Deliver messages of a place whose lease was taken. Returns how many were sent."""
        sent, waiting = 0, set[str]()
        try:
            async with renewed(lease.renew, _HOLD.total_seconds() / 3, lease=lease.name):
                for row in rows:
                    if not self._stopping and _lane(row) not in waiting:
                        sent += await self._deliver(row, lease, waiting)
        except Exception:
            log.exception("a place could not be served", place=lease.name)
        finally:
            self._ended.append(lease)
        return sent

    async def _turn(self, session: AsyncSession, due: _Due) -> Sequence[OutboxMessage]:
        """Return the messages of a place that are due, those that have been for longest."""
        team_id, place = due.place
        is_new = col(OutboxMessage.ts).is_(None)
        kinds = () if due.posts and due.edits else (is_new if due.posts else not_(is_new),)
        rows = await session.scalars(
            select(OutboxMessage)
            .where(col(OutboxMessage.team_id) == team_id, _place() == place, *self._due(), *kinds)
            .order_by(col(OutboxMessage.due_at), col(OutboxMessage.created_at))
            .limit(_TURN)
        )
        return rows.all()

    async def deliver_mails(self) -> int:
        """Deliver one mail: the one that has been due longest, in a workspace whose turn it is.

        Separate from Slack, and one at a time over all processes: a mail server may be slow or silent, and neither a message
        nor a stop of the process should wait for a hundred mails.
        """
        if (team_id := await self._whose_mail()) is None:
            return 0
        async with self._leases.held("", "mails", _HOLD) as lease:
            if lease is None:
                return 0
            self._mailed.add(team_id)
            async with self._db.read() as session:
                row = await session.scalar(
                    select(OutboxMessage)
                    .where(col(OutboxMessage.team_id) == team_id, *self._due_mails())
                    .order_by(col(OutboxMessage.due_at), col(OutboxMessage.created_at))
                    .limit(1)
                )
            return 0 if row is None else await self._deliver(row, lease, set())

    async def _whose_mail(self) -> str | None:
        """Return the workspace whose mail goes next: the one whose mail has waited longest among those not served lately."""
        async with self._db.read() as session:
            waiting = await session.scalars(
                select(col(OutboxMessage.team_id))
                .where(*self._due_mails())
                .group_by(col(OutboxMessage.team_id))
                .order_by(func.min(col(OutboxMessage.due_at)))
            )
            teams = list(waiting)
        if self._mailed.issuperset(teams):
            self._mailed.clear()
        return next((team for team in teams if team not in self._mailed), None)

    async def _deliver(self, row: OutboxMessage, lease: HeldLease, waiting: set[str]) -> bool:
        """Deliver one message and record the outcome. Returns whether it was sent. `waiting`: lanes that have to wait."""
        log_row = log.bind(key=row.key)
        try:
            return await self._send(row, lease, waiting)
        except SlackApiError as error:  # a look-up that goes before the message
            await self._attempts.later(row, code_of(error))
        except SLACK_ERRORS as error:
            log_row.warning("not delivered yet", error=type(error).__name__)
            await self._attempts.later(row, type(error).__name__)
        except LeaseLost:
            log_row.warning("not sent, for another process has taken over")
        except NotYet:
            await self._attempts.record(row, due_at=self._clock() + timedelta(seconds=1))
        except MailUnavailable as error:
            await self._mail_later(row, error)
        except MailRefused as error:
            log_row.warning("mail refused", error=error.reason, code=error.code)
            await self._attempts.record(row, delivered=row.version, error=error.reason, undeliverable=True)
        except Exception as error:
            log_row.exception("message could not be drawn")
            await self._attempts.later(row, f"undrawable_{type(error).__name__}".lower())
        return False

    async def _send(self, row: OutboxMessage, lease: HeldLease, waiting: set[str]) -> bool:
        if row.destination in (MAIL, OPERATOR):
            return await self._mail(row, lease)
        if row.destination == CONTACT:
            # From here on it is a message to this person, in one line with the others to them.
            await self._attempts.record(row, destination=await self._readers.contact(row))
            return False
        if row.destination == ADMIN:
            if (admin := await self._readers.admin()) is None:
                await self._attempts.later(row, "no_admin")
            else:
                await self._attempts.record(row, destination=admin)
            return False
        place, thread_ts = row.destination, None
        whom = row.destination
        if row.ts is None and row.thread_key is not None:
            parent = await self._services[OutboxReader].get(row.team_id, row.thread_key)
            if parent is not None and _comes_first(parent):
                # The card comes first; until then the reply must not hold up others.
                await self._attempts.record(row, due_at=max(parent.due_at, self._clock() + timedelta(seconds=1)))
                return False
            if parent is not None and parent.ts is not None:
                thread_ts, place = parent.ts, parent.channel or place
                whom = parent.destination if _is_person(parent.destination) else whom
        if row.ts is None and _is_person(whom) and not await self._directory.can_read(whom):
            log.warning("somebody does not read messages any more", key=row.key, person=whom)
            await self._readers.redirect(row, "reader_left", whom)
            return False
        rendered = await self._render(row, await self._language(whom))
        if not isinstance(rendered, RenderedMessage):
            await self._attempts.record(row, delivered=row.version, error=None)
            return False
        if not await self._may_call(row, lease, waiting):
            return False
        try:
            answer = await self._call_with_charts(row, rendered, place, thread_ts)
        except SlackApiError as error:
            await self._on_refusal(row, error, rendered, reply=thread_ts is not None)
            return False
        recorded = await self._attempts.record(
            row,
            delivered=row.version,
            error=None,
            refused_since=None,
            channel=answer["channel"],
            ts=answer["ts"],
            delivered_at=self._clock(),
        )
        if not recorded and row.ts is None:
            await self._withdraw(row, answer["channel"], answer["ts"])
            return False
        told = row.kind != ChannelLost.kind  # which goes to people
        if told and row.ts is None and place == row.destination and row.store_id is not None:
            await self._channel_works(row.team_id, row.store_id, place)
        return True

    async def _may_call(self, row: OutboxMessage, lease: HeldLease, waiting: set[str]) -> bool:
        """Count a call to Slack if the pace allows it and the place is still served here: the last look before the call."""
        lane = _lane(row)
        async with self._db.write() as session:
            rate = _POSTS if row.ts is None else _EDITS
            may_go = lease.is_held() & is_present(literal(row.team_id))
            pause = await self._pace.take(session, row.team_id, lane, rate, may_go)
        if pause is None or pause > 0:
            waiting.add(lane)
        return pause is not None

    async def _withdraw(self, row: OutboxMessage, channel: str, ts: str) -> None:
        """Delete a message that was posted here while another process posted it or directed it elsewhere."""
        try:
            await self._client.chat_delete(channel=channel, ts=ts)
        except SLACK_ERRORS as error:
            log.warning("a second copy was not deleted", key=row.key, error=type(error).__name__)

    async def _channel_works(self, team_id: str, store_id: str, channel: str) -> None:
        """Note that a message reached the channel of a store that did not get any before: what waits follows."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
        if store is not None and store.channel_id == channel and not store.channel_ok and store.removed_at is None:
            await self._services[StoreService].channel_checked(team_id, store_id, channel, ok=True)

    async def _call_with_charts(
        self, row: OutboxMessage, rendered: RenderedMessage, place: str, thread_ts: str | None
    ) -> AsyncSlackResponse:
        """Send a message; once more without its charts if Slack refuses the blocks: not every workspace has charts yet."""
        try:
            return await self._call(row, rendered, place, thread_ts)
        except SlackApiError as error:
            plain = RenderedMessage(rendered.text, without_charts(rendered.blocks))
            if plain == rendered or remedy(code_of(error)) is not Remedy.TEXT_ONLY:
                raise
            log.info("sent without its charts", key=row.key, error=code_of(error))
        return await self._call(row, plain, place, thread_ts)

    async def _call(
        self, row: OutboxMessage, rendered: RenderedMessage, place: str, thread_ts: str | None
    ) -> AsyncSlackResponse:
        if row.ts is not None and row.channel is not None:
            return await self._client.chat_update(
                channel=row.channel, ts=row.ts, text=rendered.text, blocks=rendered.blocks
            )
        return await self._client.chat_postMessage(
            channel=place,
            text=rendered.text,
            blocks=rendered.blocks,
            thread_ts=thread_ts,
            unfurl_links=False,
            unfurl_media=False,
        )

    async def _render(self, row: OutboxMessage, t: Texts) -> RenderedMessage | RenderedMail | None:
        try:
            rendered = await self._renderers[row.kind](self._services, row, t)
        except AppError:  # what it was about is gone
            return None
        if isinstance(rendered, RenderedMessage) and _lost_blocks(row):
            return RenderedMessage(rendered.text, [])
        return rendered

    async def _language(self, place: str) -> Texts:
        if _is_person(place):
            try:
                return self._texts((await self._directory.person(place)).language)
            except AppError:
                log.info("language of a person not known", person=place)
        return self._texts(self._services.language)

    async def _mail(self, row: OutboxMessage, lease: HeldLease) -> bool:
        if row.destination == MAIL and row.kind != ContactCodeEmail.kind and not await self._may_mail(row):
            log.info("a mail waits until its address is confirmed", key=row.key)
            await self._attempts.record(row, delivered=row.version, error=UNCONFIRMED)
            return False
        rendered = await self._render(row, self._texts(self._services.language))
        to: Sequence[str] = ()
        if isinstance(rendered, RenderedMail):
            to = rendered.to
            if row.destination == OPERATOR:
                to = [self._operator_email] if self._operator_email else []
        if self._mailer is None or not to or not isinstance(rendered, RenderedMail):
            await self._attempts.record(row, delivered=row.version, error=None)
            return False
        await lease.renew()
        await self._mailer.send(to, rendered.subject, rendered.text, rendered.html)
        await self._attempts.record(row, delivered=row.version, error=None, delivered_at=self._clock())
        return True

    async def _may_mail(self, row: OutboxMessage) -> bool:
        """Return whether the address of the contact is confirmed, or that of a member; if not, a code is sent there."""
        async with self._db.read() as session:
            store = None if row.store_id is None else await session.get(Store, (row.team_id, row.store_id))
        if store is None or store.contact_confirmed:
            return True
        return await settle_address(self._services, store)

    async def _on_refusal(
        self, row: OutboxMessage, error: SlackApiError, rendered: RenderedMessage, *, reply: bool
    ) -> None:
        code, edit = code_of(error), row.ts is not None
        helps = remedy(code, edit=edit, reply=reply)
        log.log(
            logging.ERROR if helps is Remedy.TEXT_ONLY else logging.WARNING,
            "Slack refused a message",
            key=row.key,
            error=code,
        )
        if code in ("429", "ratelimited"):
            seconds = float(error.response.headers.get("Retry-After", 1))
            await self._pace.hold(row.team_id, _POST if row.ts is None else _EDIT, seconds)
            await self._attempts.record(row, due_at=self._clock() + timedelta(seconds=seconds), error="ratelimited")
            return
        if helps is Remedy.TEXT_ONLY and _lost_blocks(row):
            helps = Remedy.UNKNOWN
        if helps is Remedy.UNKNOWN:
            if row.error != code or row.refused_since is None or not over(row.refused_since, self._clock(), _PATIENCE):
                await self._attempts.later(row, code)
                return
            helps = Remedy.ANEW if edit else Remedy.NEXT_READER
        if edit and helps in (Remedy.ANEW, Remedy.NEXT_READER) and not _asks_for_something(rendered):
            # What nobody has to act on any more is not told once more elsewhere.
            await self._attempts.record(row, delivered=row.version, error=code, refused_since=None)
        elif helps is Remedy.ANEW:
            await self._attempts.record(row, error=code, ts=None, channel=None, refused_since=None)
        elif helps is Remedy.OUTSIDE_THREAD:
            await self._attempts.record(row, error=code, thread_key=None, refused_since=None)
        elif helps is Remedy.TEXT_ONLY:
            await self._attempts.record(row, error=code)
        elif helps is Remedy.NEXT_READER:
            await self._readers.redirect(row, code, row.destination)
        else:
            await self._attempts.later(row, code)

    async def _mail_later(self, row: OutboxMessage, error: MailUnavailable) -> None:
        """Try a mail later, seldom if only the operator can mend what is wrong: refused logins lock accounts; not for ever."""
        ours = isinstance(error, MailMisconfigured)
        level = logging.ERROR if ours else logging.WARNING
        log.log(level, "the mail does not leave", key=row.key, error=error.reason, reason=str(error))
        if self._clock() - row.created_at >= _MAIL_LIFE:
            log.error("a mail is given up", key=row.key, error=error.reason)
            await self._attempts.record(row, delivered=row.version, error=error.reason, undeliverable=True)
            return
        await self._attempts.later(row, error.reason, LONGEST_RETRY if ours else None)


def _place() -> ColumnElement[str]:
    """Return where a message goes or stands."""
    return func.coalesce(col(OutboxMessage.channel), col(OutboxMessage.destination))


def _lane(row: OutboxMessage) -> str:
    """Return the lane of the call that delivers a message."""
    return row.destination if row.ts is None else _EDIT


def _is_person(destination: str) -> bool:
    return destination[:1] in ("U", "W")


def _comes_first(parent: OutboxMessage) -> bool:
    """Return whether the message to reply to is still to be posted."""
    return parent.ts is None and not parent.undeliverable and parent.delivered_version < parent.version


def _lost_blocks(row: OutboxMessage) -> bool:
    """Return whether Slack rejected the blocks of the message at its last attempt."""
    return row.error is not None and remedy(row.error) is Remedy.TEXT_ONLY


def _asks_for_something(rendered: RenderedMessage) -> bool:
    """Return whether a message has buttons: somebody still has to act on it."""
    return any(block["type"] == "actions" or "accessory" in block for block in rendered.blocks)
