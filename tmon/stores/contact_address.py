"""The contact's mail address: one of nobody in the workspace is confirmed by a code before it gets anything else."""

import hmac
import secrets
from datetime import datetime, timedelta

from pydantic import BaseModel
from pydantic import Field as Part
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Contact, Store
from tmon.outbox import MAIL, post
from tmon.permissions import Person
from tmon.scope import scope
from tmon.sealing import CannotOpen, Place, Sealer
from tmon.stores.messages import ContactCodeEmail
from tmon.stores.repository import lock, require_active

UNCONFIRMED = "unconfirmed"
"""`OutboxMessage.error` of a mail that was held back, because nobody has confirmed the address."""
BETWEEN_MAILS = timedelta(hours=1)
"""Minimum time between two mails of one kind that people can send to an address."""
_LIFE = timedelta(hours=24)
_TRIES = 5
_REMEMBERED = 50
"""Entries that are kept per store."""
CODE, NOTICE = "code", "notice"
"""Kinds of mails that people can send to an address."""


class _Code(BaseModel):
    address: str = Part(repr=False)
    code: str = Part(repr=False)
    made_at: datetime
    tries: int = 0


class _Sent(BaseModel):
    address: str = Part(repr=False)
    kind: str
    at: datetime


class _AddressMails(BaseModel):
    """What was sent to addresses of a store's contact; sealed in `Store.contact_mails`."""

    codes: list[_Code] = []
    sent: list[_Sent] = []


class ContactAddress:
    """Confirms the address of a store's contact. Callers check permissions."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock, self._sealer = core.db, core.clock, core.sealer

    def email(self, store: Store) -> str | None:
        """Return the contact's address; None if the store was removed or its seal cannot be opened."""
        return email_of(store, self._sealer)

    async def belongs_to_member(self, team_id: str, store_id: str, email: str) -> None:
        """Note that `email` is the address of a member of the workspace, if it is still the contact's."""
        async with self._db.write() as session:
            store = await lock(session, team_id, store_id)
            if not store.contact_confirmed and self.email(store) == email:
                await _confirm(session, store, self._clock())

    async def send_code(self, team_id: str, store_id: str) -> bool:
        """Send a code to an address that is not confirmed; returns False if one was sent within the hour."""
        now = self._clock()
        async with self._db.write() as session:
            store = await lock(session, team_id, store_id)
            email = self.email(store)
            if store.contact_confirmed or email is None:
                return False
            if not await note_mail(session, self._sealer, store, email, CODE, now):
                return False
            mails = _mails(store, self._sealer)
            # addresses are kept no longer than they serve
            mails.codes = [one for one in mails.codes if _is_valid(one, now)]
            if not any(one.address == email for one in mails.codes):
                made = _Code(address=email, code=f"{secrets.randbelow(1_000_000):06}", made_at=now)
                mails.codes = [*mails.codes, made][-_REMEMBERED:]
            _store_mails(store, mails, self._sealer)
            key = f"store/{store.id}/{ContactCodeEmail.kind}/{new_id('no')}"
            await post(session, store, ContactCodeEmail(store=store.id), key=key, to=MAIL, now=now)
        return True

    async def code(self, team_id: str, store_id: str) -> tuple[str, str] | None:
        """Return address and code for the mail; None if there is nothing to confirm any more."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
        if store is None or store.contact_confirmed or (email := self.email(store)) is None:
            return None
        found = next((one for one in _mails(store, self._sealer).codes if one.address == email), None)
        return None if found is None else (email, found.code)

    async def confirm(self, person: Person, store_id: str, typed: str) -> None:
        """Confirm the address with the code from the mail; what was held back is sent now. Raises AppError."""
        now = self._clock()
        async with self._db.write() as session:
            store = require_active(await lock(session, person.team_id, store_id))
            if store.contact_confirmed:
                return
            mails, email = _mails(store, self._sealer), self.email(store)
            code = next((one for one in mails.codes if one.address == email), None)
            right = False
            if code is not None and _is_valid(code, now):
                right = hmac.compare_digest(code.code.encode(), "".join(typed.split()).encode())
                code.tries += 1
                _store_mails(store, mails, self._sealer)
            if right:
                _store_mails(store, _AddressMails(sent=mails.sent), self._sealer)
                await _confirm(session, store, now)
                audit.record(session, store, person.user_id, "store.confirm_email", now)
        if code is None or (not right and not _is_valid(code, now)):
            raise AppError("settings.code_expired", field="code")
        if not right:
            raise AppError("settings.code_wrong", field="code")


async def begin(session: AsyncSession, store: Store, email: str, sealer: Sealer) -> None:
    """Hold mails to the new address `email` of `store` back, unless it is confirmed in another store of the workspace."""
    others = await session.scalars(
        select(Store).where(
            col(Store.team_id) == store.team_id,
            col(Store.id) != store.id,
            col(Store.removed_at).is_(None),
            col(Store.contact_confirmed),
        )
    )
    store.contact_confirmed = any(email_of(other, sealer) == email for other in others)


async def note_mail(session: AsyncSession, sealer: Sealer, store: Store, email: str, kind: str, now: datetime) -> bool:
    """Note that a mail of `kind` is sent to `email`; False if one was within the hour, from any store of the workspace."""
    stores = await session.scalars(
        select(Store).where(col(Store.team_id) == store.team_id, col(Store.contact_mails).is_not(None))
    )
    for other in stores:
        for sent in _mails(other, sealer).sent:
            # one that lies ahead was noted before the clock was set back
            if (sent.address, sent.kind) == (email, kind) and timedelta() <= now - sent.at < BETWEEN_MAILS:
                return False
    mails = _mails(store, sealer)
    recent = [sent for sent in mails.sent if timedelta() <= now - sent.at < BETWEEN_MAILS]
    if len(recent) >= _REMEMBERED:
        return False
    mails.sent = [*recent, _Sent(address=email, kind=kind, at=now)]
    _store_mails(store, mails, sealer)
    return True


async def _confirm(session: AsyncSession, store: Store, now: datetime) -> None:
    store.contact_confirmed = True
    await session.execute(
        update(OutboxMessage)
        .where(
            *scope(OutboxMessage, store),
            col(OutboxMessage.destination) == MAIL,
            col(OutboxMessage.error) == UNCONFIRMED,
            col(OutboxMessage.created_at) > now - _LIFE,
        )
        .values(version=col(OutboxMessage.delivered_version) + 1, due_at=now, error=None)
    )


def _is_valid(code: _Code, now: datetime) -> bool:
    return code.tries < _TRIES and timedelta() <= now - code.made_at < _LIFE


def email_of(store: Store, sealer: Sealer) -> str | None:
    """Return the contact's address; None if the store was removed or its seal cannot be opened."""
    if store.contact is None:
        return None
    try:
        return sealer.open_as(Contact, store.contact, Place.of(store, "contact")).email.casefold()
    except CannotOpen:
        return None


def _mails(store: Store, sealer: Sealer) -> _AddressMails:
    if store.contact_mails is None:
        return _AddressMails()
    try:
        return sealer.open_as(_AddressMails, store.contact_mails, Place.of(store, "contact_mails"))
    except CannotOpen:
        return _AddressMails()


def _store_mails(store: Store, mails: _AddressMails, sealer: Sealer) -> None:
    store.contact_mails = sealer.seal(mails, Place.of(store, "contact_mails"))
