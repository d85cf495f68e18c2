"""Service of stores: queries, registration and editing from drafts, approval by TMON, removal."""

import asyncio
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from tmon import audit
from tmon.codes.categories import top_names
from tmon.core import Core
from tmon.destruction import overwrite
from tmon.due_times import has_come
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.models.stores import Draft, Store, StoreState
from tmon.permissions import Person
from tmon.presence import is_present, require_present
from tmon.sealing import CannotOpen, Place
from tmon.stores import approval, auto_confirm, contact_address, removal
from tmon.stores.changes import RECHECK_AFTER, change, tell_chosen
from tmon.stores.contact_notice import ContactNoticeService
from tmon.stores.drafts import DraftService, with_timeout
from tmon.stores.fields import Typed, check_step, name_key
from tmon.stores.form import StoreForm, stored_credentials
from tmon.stores.key_checks import KeyChecks
from tmon.stores.lookup import StoreLookup
from tmon.stores.repository import (
    lock,
    reject_duplicates,
    require_active,
    require_runple,
    require_vendor,
    stores_of_team,
)
from tmon.stores.settings import StoreSettings

log = structlog.get_logger(__name__)

_CONCURRENT_CHECKS = 8
"""Stores checked concurrently."""


class StoreService:
    """Queries and operations on stores. Callers check permissions."""

    def __init__(self, core: Core) -> None:
        self.drafts = DraftService(core)
        self.lookup = StoreLookup(core)
        self.settings = StoreSettings(core)
        self.addresses = contact_address.ContactAddress(core)
        self.notices = ContactNoticeService(core)
        self.keys = KeyChecks(core)
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._clients = core.clients
        self._vendor_teams = core.options.vendor_teams
        self._on_channel_mended = core.on_channel_mended
        self._on_removed = core.on_store_removed
        self._on_auto_begun = core.on_auto_confirm_begun

    async def all(self, team_id: str) -> list[Store]:
        """Return the stores of a workspace, by name."""
        async with self._db.read() as session:
            return await stores_of_team(session, team_id)

    async def get(self, team_id: str, store_id: str) -> Store:
        """Return one store. Raises AppError if it does not exist or was removed."""
        async with self._db.read() as session:
            return require_active(await session.get(Store, (team_id, store_id)))

    async def names(self, team_id: str) -> dict[str, str]:
        """Return the names of all stores by id, including removed ones."""
        async with self._db.read() as session:
            rows = await session.execute(select(col(Store.id), col(Store.name)).where(col(Store.team_id) == team_id))
            return dict(list(rows))

    def form(self, store: Store) -> StoreForm:
        """Return the form of `store` as stored, without secrets; for users who manage it."""
        return StoreForm.of(store, self._sealer)

    async def check_step(self, person: Person, store_id: str, step: int, form: StoreForm, typed: Typed) -> StoreForm:
        """Return `form` with the fields of `step` validated. Raises InvalidFields, AppError for a name or seller id in use."""
        async with self._db.read() as session:
            stored, store = None, None
            if store_id:
                store = require_active(await session.get(Store, (person.team_id, store_id)))
                stored = stored_credentials(store, self._sealer)
            checked = check_step(step, form, typed, stored, await top_names(session, person.team_id))
            if step == 1:
                require_vendor(self._vendor_teams, person.team_id, checked)
                await reject_duplicates(session, person.team_id, store_id, checked)
            if step == 3:
                require_runple(store, checked)
        return checked

    async def save(self, person: Person, store_id: str) -> Store:
        """Save the draft of `person` to the store, or as a new one; `check` then asks TMON.

        Raises AppError if the draft is gone, a name or seller id was taken meanwhile, somebody else saved the store since
        (saving again then overwrites it), or the database is busy.
        """
        try:
            store, conflict = await with_timeout(self._save(person, store_id))
        except IntegrityError:  # a concurrent save was faster: its row is visible now
            draft = await self.drafts.get(person, store_id)
            async with self._db.read() as session:
                if draft is not None:
                    await reject_duplicates(session, person.team_id, store_id, draft[0])
            raise AppError("common.busy") from None
        if conflict:
            raise AppError("setup.changed_meanwhile")
        return store

    async def _save(self, person: Person, store_id: str) -> tuple[Store, bool]:
        now = self._clock()
        async with self._db.write() as session:
            await require_present(session, person.team_id)  # or a store is on that nobody can switch off
            draft = await session.get(Draft, (person.team_id, person.user_id, store_id), with_for_update=True)
            if draft is None:
                raise AppError("setup.draft_gone")
            form = self._sealer.open_as(StoreForm, draft.content, Place.of(draft, "content"))
            await reject_duplicates(session, person.team_id, store_id, form)
            require_vendor(self._vendor_teams, person.team_id, form)
            if not store_id:
                require_runple(None, form)
                store = self._new(person, form, now)
                session.add(store)
                await contact_address.begin(session, store, form.contact_email.casefold(), self._sealer)
                audit.record(session, store, person.user_id, "store.register", now)
                await tell_chosen(session, store, {*form.workers, *form.cs_workers}, person, now)
            else:
                store = await lock(session, person.team_id, store_id)
                if store.updated_at != form.base:
                    rebased = form.model_copy(update={"base": store.updated_at})
                    draft.content = self._sealer.seal(rebased, Place.of(draft, "content"))
                    return store, True
                require_runple(store, form)
                await change(session, store, form, person, self._sealer, now)
            await session.delete(draft)
        return store, False

    def _new(self, person: Person, form: StoreForm, now: datetime) -> Store:
        store = Store(
            team_id=person.team_id,
            id=new_id("st"),
            seller_id=form.seller_id,
            name=form.store_name,
            name_key=name_key(form.store_name),
            confirm_mode=form.confirm_mode,
            channel_id=form.channel,
            registered_by=person.user_id,
            check_due_at=now + RECHECK_AFTER,
            created_at=now,
            updated_at=now,
        )
        store.credentials = self._sealer.seal(form.credentials(None), Place.of(store, "credentials"))
        store.contact = self._sealer.seal(form.contact(), Place.of(store, "contact"))
        form.fill(store, self._sealer)
        return store

    async def check(self, team_id: str, store_id: str, *, saved_by: str | None = None) -> Store:
        """Check at TMON whether it accepts the store, and store the result. Raises AppError if the store was removed.

        Independent of the switches. `saved_by`: the user who has just saved the store, notified as well.
        """
        while True:
            asked = await self.get(team_id, store_id)
            result = await approval.check_key(self._clients, asked, self._clock())
            async with self._db.write() as session:
                store = await lock(session, team_id, store_id)
                if (store.seller_id, store.credentials) != (asked.seller_id, asked.credentials):
                    continue  # edited meanwhile: the result belongs to other credentials
                await approval.apply(session, store, result, self._clock(), saved_by=saved_by)
            return store

    async def recheck_due(self) -> None:
        """Check the stores that are due: TMON did not answer, or rejected a key it accepted before. Called every minute."""
        async with self._db.read() as session:
            due = list(await session.scalars(select(Store).where(*self._check_is_due())))
        slots = asyncio.Semaphore(_CONCURRENT_CHECKS)

        async def one(store: Store) -> None:
            async with slots:
                try:
                    if await self._take_check(store):
                        await self.check(store.team_id, store.id)
                except AppError:
                    pass  # removed meanwhile
                except CannotOpen:
                    log.error("credentials do not open with the configured keys", store=store.id)

        await asyncio.gather(*(one(store) for store in due))

    def _check_is_due(self) -> tuple[ColumnElement[bool], ...]:
        is_rejected = and_(col(Store.state) == StoreState.KEY_REJECTED, col(Store.check_due_at).is_(None))
        due_at = has_come(col(Store.check_due_at), self._clock(), approval.RECHECK_REJECTED_AFTER)
        return col(Store.removed_at).is_(None), is_present(col(Store.team_id)), or_(due_at, is_rejected)

    async def _take_check(self, store: Store) -> bool:
        """Put the next check of a store off, so that of several processes one asks TMON; whatever it answers sets another time."""
        async with self._db.write() as session:
            taken = await session.scalar(
                update(Store)
                .where(col(Store.team_id) == store.team_id, col(Store.id) == store.id, *self._check_is_due())
                .values(check_due_at=self._clock() + approval.RETRY_AFTER)
                .returning(col(Store.id)),
                execution_options={"synchronize_session": False},
            )
        return taken is not None

    async def channel_checked(self, team_id: str, store_id: str, channel_id: str, *, ok: bool) -> None:
        """Store whether a first message reached the store's channel, if that is still its channel."""
        async with self._db.write() as session:
            store = await lock(session, team_id, store_id)
            if store.channel_id == channel_id and store.channel_ok is not ok:
                store.channel_ok, now = ok, self._clock()
                await approval.update_results(session, store, now)
                if ok:
                    for on_mended in self._on_channel_mended:
                        await on_mended(session, store, now)

    async def auto_waiting(self, team_id: str, store_id: str) -> int | None:
        """Return how many pending orders automatic confirmation can include; None before the first collection."""
        async with self._db.read() as session:
            store = require_active(await session.get(Store, (team_id, store_id)))
            if not await auto_confirm.was_collected(session, store):
                return None
            return (await auto_confirm.waiting(session, store))[0]

    async def orders_collected(self, team_id: str, store_id: str) -> None:
        """Draw the messages about a store anew after its first collection. Raises AppError if it was removed."""
        async with self._db.write() as session:
            await approval.update_results(session, await lock(session, team_id, store_id), self._clock())

    async def begin_auto(self, team_id: str, store_id: str) -> None:
        """Start automatic confirmation that was chosen, if nothing waits. Raises AppError if the store was removed."""
        async with self._db.write() as session:
            store = await lock(session, team_id, store_id)
            if await auto_confirm.begin_if_nothing_waits(session, store, self._clock()):
                await approval.update_results(session, store, self._clock())

    async def start_auto(self, person: Person, store_id: str, *, include_waiting: bool) -> int:
        """Start automatic confirmation; return how many pending orders it includes.

        Without `include_waiting` pending orders are left to a person. Raises AppError if the store's mode is manual.
        """
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            taken = await auto_confirm.start(
                session, store, person, self._clock(), include_waiting=include_waiting, hooks=self._on_auto_begun
            )
            await approval.update_results(session, store, self._clock())
            return taken

    async def offer_auto(self) -> None:
        """Offer automatic confirmation, with the number of pending orders, after the first collection. Called every minute."""
        async with self._db.write() as session:
            await auto_confirm.offer(session, self._clock())

    async def open_orders(self, team_id: str, store_id: str) -> int:
        """Return how many orders of a store are still open: its removal requires typing its name then."""
        async with self._db.read() as session:
            return await removal.open_orders(session, team_id, store_id)

    async def remove(self, person: Person, store_id: str, *, typed_name: str = "") -> Store:
        """Remove a store: key, contact, memo and buyers' data are destroyed at once, order facts are kept.

        Raises AppError while orders are open, unless its name was typed.
        """
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            await removal.remove(session, store, person, self._clock(), typed_name=typed_name, hooks=self._on_removed)
        return store

    async def overwrite_removed(self) -> None:
        """Remove what removals destroyed from the database's files; may take seconds."""
        await overwrite(self._db)
