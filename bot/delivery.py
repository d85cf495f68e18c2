"""The outbox worker: renders due rows and posts, edits or mails them, at Slack's pace and at least once.

No failure loses a message: transient ones are retried, after permanent ones it is posted again or elsewhere.
"""

import asyncio
import logging
from collections.abc import Container, Mapping, Sequence
from datetime import timedelta
from functools import partial

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.attempts import Attempts
from bot.mail import Mailer, MailMisconfigured, MailRefused, MailUnavailable
from bot.outbox_turns import HOLD, OutboxTurns, Place, lane_of
from bot.readers import Readers
from handlers.blocks import without_charts
from handlers.permissions import SLACK_ERRORS, SlackUsers
from handlers.rendering import NotYet, RenderedMail, RenderedMessage, Renderer
from handlers.router import Router
from handlers.slack_codes import Remedy, code_of, remedy
from handlers.slack_workspaces import SlackWorkspaces
from handlers.stores.contact_address import settle_address
from handlers.texts import Texts
from tmon.core import Services
from tmon.database import Database
from tmon.due_times import over
from tmon.errors import AppError
from tmon.leases import HeldLease, LeaseLost, renewed
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.outbox import ADMIN, CONTACT, LONGEST_RETRY, MAIL, OPERATOR, OutboxReader
from tmon.stores.contact_address import UNCONFIRMED
from tmon.stores.messages import ChannelLost, ContactCodeEmail
from tmon.stores.service import StoreService
from tmon.workspaces.languages import WorkspaceLanguages

log = structlog.get_logger(__name__)

_PATIENCE = timedelta(hours=1)
"""How long a refusal that is not known to heal may stay the same until the next reader gets the message."""
_MAIL_LIFE = timedelta(days=3)
"""Age at which a mail that does not leave is given up."""


class OutboxWorker:
    """Delivers the rows of `tmon.outbox`.

    A place is served by one process at a time, which has its lease. What it reads after that is what it delivers, in order.
    """

    def __init__(
        self,
        services: Services,
        workspaces: SlackWorkspaces,
        directory: SlackUsers,
        renderers: Mapping[str, Renderer],
        guard: Router,
        mailer: Mailer | None,
        operator_email: str | None,
    ) -> None:
        """The clients of `workspaces` must not retry by themselves: limits and retries are handled here.

        `mailer`: None if mail is not set up.
        """
        self._services = services
        self._db: Database = services.core.db
        self._clock = services.clock
        self._workspaces = workspaces
        self._directory = directory
        self._attempts = Attempts(self._db, services.clock)
        self._readers = Readers(services, directory, self._attempts)
        self._renderers = renderers
        self._texts = guard.texts
        self._mailer = mailer
        self._operator_email = operator_email
        self._leases = services.core.leases
        self.turns = OutboxTurns(self._db, services.clock, self._leases)
        self._served: dict[Place, asyncio.Task[int]] = {}
        """The places that are served here."""
        self._ended: list[HeldLease] = []
        """The leases of places that were served, to be given back together."""
        self._stopping = False

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
        turns = [] if self._stopping else await self.turns.take(self._served, but)
        begun: dict[Place, asyncio.Task[int]] = {}
        for turn in turns:
            task = asyncio.create_task(self._serve(turn.lease, turn.rows), name=f"outbox {turn.place[1]}")
            self._served[turn.place] = begun[turn.place] = task
            task.add_done_callback(partial(self._forget, turn.place))
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

    def _forget(self, place: Place, task: asyncio.Task[int]) -> None:
        if self._served.get(place) is task:  # one that lost its lease may end after another has begun here
            del self._served[place]

    async def _give_back(self) -> None:
        """Give back the leases of the places that were served since the last look."""
        ended, self._ended = self._ended, []
        if ended:
            await self._leases.release_all(ended)

    async def _serve(self, lease: HeldLease, rows: Sequence[OutboxMessage]) -> int:
        """Deliver messages of a place whose lease was taken. Returns how many were sent."""
        sent, waiting = 0, set[str]()
        try:
            async with renewed(lease.renew, HOLD.total_seconds() / 3, lease=lease.name):
                for row in rows:
                    if not self._stopping and lane_of(row) not in waiting:
                        sent += await self._deliver(row, lease, waiting)
        except Exception:
            log.exception("a place could not be served", place=lease.name)
        finally:
            self._ended.append(lease)
        return sent

    async def deliver_mails(self) -> int:
        """Deliver one mail: the one that has been due longest, in a workspace whose turn it is.

        Separate from Slack, and one at a time over all processes: a mail server may be slow or silent, and neither a message
        nor a stop of the process should wait for a hundred mails.
        """
        if (team_id := await self.turns.whose_mail()) is None:
            return 0
        async with self._leases.held("", "mails", HOLD) as lease:
            row = None if lease is None else await self.turns.next_mail(team_id)
            return 0 if lease is None or row is None else await self._deliver(row, lease, set())

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
            if (admin := await self._readers.admin(row.team_id)) is None:
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
        if row.ts is None and _is_person(whom) and not await self._directory.can_read(row.team_id, whom):
            log.warning("somebody does not read messages any more", key=row.key, person=whom)
            await self._readers.redirect(row, "reader_left", whom)
            return False
        rendered = await self._render(row, await self._texts_for(row, whom))
        if not isinstance(rendered, RenderedMessage):
            await self._attempts.record(row, delivered=row.version, error=None)
            return False
        if not await self.turns.may_call(row, lease, waiting):
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

    async def _withdraw(self, row: OutboxMessage, channel: str, ts: str) -> None:
        """Delete a message that was posted here while another process posted it or directed it elsewhere.

        It stays if somebody pressed it before it was written down: then it was adopted.
        """
        now = await self._services[OutboxReader].get(row.team_id, row.key)
        if now is not None and (now.channel, now.ts) == (channel, ts):
            return
        try:
            client = (await self._workspaces.of(row.team_id)).client
            await client.chat_delete(channel=channel, ts=ts)
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
        client = (await self._workspaces.of(row.team_id)).client
        if row.ts is not None and row.channel is not None:
            return await client.chat_update(channel=row.channel, ts=row.ts, text=rendered.text, blocks=rendered.blocks)
        return await client.chat_postMessage(
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

    async def _texts_for(self, row: OutboxMessage, reader: str) -> Texts:
        """Return texts in the language of a person, of the operator, or of the workspace."""
        if reader == OPERATOR:
            return self._texts(self._services.core.options.language)
        if _is_person(reader):
            try:
                return self._texts((await self._directory.person(row.team_id, reader)).language)
            except AppError:
                log.info("language of a person not known", person=reader)
        return self._texts(await self._services[WorkspaceLanguages].of(row.team_id))

    async def _mail(self, row: OutboxMessage, lease: HeldLease) -> bool:
        if row.destination == MAIL and row.kind != ContactCodeEmail.kind and not await self._may_mail(row):
            log.info("a mail waits until its address is confirmed", key=row.key)
            await self._attempts.record(row, delivered=row.version, error=UNCONFIRMED)
            return False
        rendered = await self._render(row, await self._texts_for(row, row.destination))
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
            await self.turns.hold(row, seconds)
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
