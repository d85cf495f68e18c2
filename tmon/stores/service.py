"""Stores: found, registered and edited from drafts, approved by TMON, paused and removed."""

import asyncio
from datetime import datetime

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.models.stores import Credentials, Draft, Store, StoreState
from tmon.permissions import Person
from tmon.sealing import CannotOpen
from tmon.stores import approval, auto_confirm, removal
from tmon.stores.changes import ASKED_BY, change
from tmon.stores.contact_notice import ContactNoticeService
from tmon.stores.drafts import DraftService, with_timeout
from tmon.stores.fields import Typed, check_step, name_key
from tmon.stores.form import StoreForm
from tmon.stores.repository import lock, reject_duplicates, require_active, require_runple
from tmon.stores.settings import StoreSettings

log = structlog.get_logger(__name__)

_AT_ONCE = 8
"""Stores that are asked about at the same time."""


class StoreService:
    """The stores of all workspaces, and what people do with them. Rights are the caller's to check."""

    def __init__(self, core: Core) -> None:
        self.drafts = DraftService(core)
        self.settings = StoreSettings(core)
        self.notices = ContactNoticeService(core)
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._connections = core.clients
        self._on_removed = core.on_store_removed
        self._on_auto_begun = core.on_auto_confirm_begun

    async def all(self, team_id: str) -> list[Store]:
        """The stores of a workspace, by name."""
        async with self._db.read() as session:
            found = await session.scalars(
                select(Store)
                .where(col(Store.team_id) == team_id, col(Store.removed_at).is_(None))
                .order_by(col(Store.name_key))
            )
            return list(found)

    async def get(self, team_id: str, store_id: str) -> Store:
        """One store. Raises AppError when there is none, or none any more."""
        async with self._db.read() as session:
            return require_active(await session.get(Store, (team_id, store_id)))

    async def by_name(self, team_id: str, name: str) -> Store | None:
        """The store called `name`, however it is written."""
        async with self._db.read() as session:
            found: Store | None = await session.scalar(
                select(Store).where(
                    col(Store.team_id) == team_id,
                    col(Store.name_key) == name_key(name),
                    col(Store.removed_at).is_(None),
                )
            )
            return found

    async def names(self, team_id: str) -> dict[str, str]:
        """Names by id of all stores, removed ones included."""
        async with self._db.read() as session:
            rows = await session.execute(select(col(Store.id), col(Store.name)).where(col(Store.team_id) == team_id))
            return dict(list(rows))

    def form(self, store: Store) -> StoreForm:
        """The form of `store` as it is stored, without secrets; for those who manage it."""
        return StoreForm.of(store, self._sealer)

    async def check_step(self, person: Person, store_id: str, step: int, form: StoreForm, typed: Typed) -> StoreForm:
        """`form` with the fields of `step` checked. Raises InvalidFields, and AppError for a name or seller id in use."""
        async with self._db.read() as session:
            stored, store = None, None
            if store_id:
                store = require_active(await session.get(Store, (person.team_id, store_id)))
                stored = self._credentials(store)
            checked = check_step(step, form, typed, stored)
            if step == 1:
                await reject_duplicates(session, person.team_id, store_id, checked)
            if step == 3:
                require_runple(store, checked)
        return checked

    async def save(self, person: Person, store_id: str) -> Store:
        """Makes the draft of `person` the store, or a new one; what is asked of TMON next is `check`'s.

        Raises AppError: no draft any more, a name or seller id taken meanwhile, a store that somebody else saved since
        (saving again then overwrites it), the database busy.
        """
        try:
            store, conflict = await with_timeout(self._save(person, store_id))
        except IntegrityError:  # somebody was faster by a moment: now the twin can be seen
            kept = await self.drafts.get(person, store_id)
            async with self._db.read() as session:
                if kept is not None:
                    await reject_duplicates(session, person.team_id, store_id, kept[0])
            raise AppError("common.busy") from None
        if conflict:
            raise AppError("setup.changed_meanwhile")
        return store

    async def _save(self, person: Person, store_id: str) -> tuple[Store, bool]:
        now = self._clock()
        async with self._db.write() as session:
            draft = await session.get(Draft, (person.team_id, person.user_id, store_id), with_for_update=True)
            if draft is None:
                raise AppError("setup.draft_gone")
            form = self._sealer.open_as(StoreForm, draft.content)
            await reject_duplicates(session, person.team_id, store_id, form)
            if not store_id:
                require_runple(None, form)
                store = self._new(person, form, now)
                session.add(store)
                audit.record(session, store, person.user_id, "store.register", now)
            else:
                store = await lock(session, person.team_id, store_id)
                if store.updated_at != form.base:
                    draft.content = self._sealer.seal(form.model_copy(update={"base": store.updated_at}))
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
            credentials=self._sealer.seal(form.credentials(None)),
            contact=self._sealer.seal(form.contact()),
            confirm_mode=form.confirm_mode,
            channel_id=form.channel,
            registered_by=person.user_id,
            check_due_at=now + ASKED_BY,
            created_at=now,
            updated_at=now,
        )
        form.fill(store, self._sealer)
        return store

    async def check(self, team_id: str, store_id: str, *, saved_by: str | None = None) -> Store:
        """Asks TMON whether it accepts the store, and keeps what it says. Raises AppError when the store is gone.

        Works whatever the switches say. `saved_by`: who saved the store just now, and is told as well.
        """
        while True:
            asked = await self.get(team_id, store_id)
            verdict = await approval.check_key(self._connections, asked, self._clock())
            async with self._db.write() as session:
                store = await lock(session, team_id, store_id)
                if (store.seller_id, store.credentials) != (asked.seller_id, asked.credentials):
                    continue  # edited meanwhile: the answer was about something else
                await approval.apply(session, store, verdict, self._clock(), saved_by=saved_by)
            return store

    async def recheck_due(self) -> None:
        """Asks about the stores whose time has come: TMON did not answer, or refused a key it knew. Called each minute."""
        async with self._db.read() as session:
            due = list(
                await session.scalars(
                    select(Store).where(
                        col(Store.removed_at).is_(None),
                        or_(
                            col(Store.check_due_at) <= self._clock(),
                            and_(
                                col(Store.state) == StoreState.KEY_REJECTED,
                                col(Store.check_due_at).is_(None),
                            ),
                        ),
                    )
                )
            )
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(store: Store) -> None:
            async with slots:
                try:
                    await self.check(store.team_id, store.id)
                except AppError:
                    pass  # removed meanwhile
                except CannotOpen:
                    log.error("credentials do not open with the configured keys", store=store.id)

        await asyncio.gather(*(one(store) for store in due))

    async def channel_checked(self, team_id: str, store_id: str, channel_id: str, *, ok: bool) -> None:
        """Keeps whether a first message reached the store's channel, if that is still its channel."""
        async with self._db.write() as session:
            store = await lock(session, team_id, store_id)
            if store.channel_id == channel_id and store.channel_ok is not ok:
                store.channel_ok = ok
                await approval.update_results(session, store, self._clock())

    async def auto_waiting(self, team_id: str, store_id: str) -> int | None:
        """How many orders automatic confirmation could take along when it begins; None before the first collection."""
        async with self._db.read() as session:
            store = require_active(await session.get(Store, (team_id, store_id)))
            if not await auto_confirm.was_collected(session, store):
                return None
            return (await auto_confirm.waiting(session, store))[0]

    async def start_auto(self, person: Person, store_id: str, *, include_waiting: bool) -> int:
        """Begins automatic confirmation; returns how many waiting orders it takes along.

        Without `include_waiting` those that wait stay with a person. Raises AppError when the store is not automatic.
        """
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            taken = await auto_confirm.start(
                session, store, person, self._clock(), include_waiting=include_waiting, hooks=self._on_auto_begun
            )
            await approval.update_results(session, store, self._clock())
            return taken

    async def offer_auto(self) -> None:
        """Tells those who chose an automatic mode how many orders wait, once the first collection is through. Called each minute."""
        async with self._db.write() as session:
            await auto_confirm.offer(session, self._clock())

    async def open_orders(self, team_id: str, store_id: str) -> int:
        """How many orders of a store are not settled yet: these guard its removal."""
        async with self._db.read() as session:
            return await removal.open_orders(session, team_id, store_id)

    async def remove(self, person: Person, store_id: str, *, typed_name: str = "") -> Store:
        """Removes a store: key, contact, memo and buyers' data are destroyed at once, the order facts stay.

        While orders are open its name has to be typed. Raises AppError.
        """
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            await removal.remove(session, store, person, self._clock(), typed_name=typed_name, hooks=self._on_removed)
        return store

    def _credentials(self, store: Store) -> Credentials | None:
        return None if store.credentials is None else self._sealer.open_as(Credentials, store.credentials)
