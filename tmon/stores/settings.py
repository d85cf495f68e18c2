"""Editing of a store's settings, one part at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.codes.categories import top_names
from tmon.core import Core
from tmon.due_times import over
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ApiGroup, ConfirmMode, Store
from tmon.outbox import post
from tmon.permissions import Permission, Person
from tmon.presence import require_present
from tmon.scope import StoreKey, scope
from tmon.stores import auto_confirm, change_preview, changes
from tmon.stores.change_preview import ChangePreview
from tmon.stores.changes import OnOffSetting
from tmon.stores.drafts import with_timeout
from tmon.stores.fields import Typed, check_step
from tmon.stores.form import StoreForm, stored_credentials
from tmon.stores.messages import RightRequested
from tmon.stores.repository import lock, reject_duplicates, require_active, require_runple

ASK_AGAIN_AFTER = timedelta(hours=1)
"""So often whoever registered a store is told that a person asks for the same right."""


class Part(IntEnum):
    """A part of the settings: the fields of one step of the setup form."""

    API = 1
    CONTACT = 2
    SETTINGS = 3


class ChangedMeanwhile(Exception):
    """Somebody else saved the store after the form was opened."""


@dataclass(frozen=True)
class Saved:
    """Result of saving."""

    store: Store
    changed: tuple[str, ...]
    """Names of changed fields."""
    included: int = 0
    """Pending orders included in automatic confirmation."""


class StoreSettings:
    """Changes of a store by its managers. Callers check permissions."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._on_auto_begun = core.on_auto_confirm_begun

    async def see_contact(self, person: Person, store_id: str) -> StoreForm:
        """Return the form of a store for `person`, who is about to see its contact; audited."""
        async with self._db.write() as session:
            store = require_active(await session.get(Store, (person.team_id, store_id)))
            audit.record(
                session, StoreKey(person.team_id, store_id), person.user_id, "store.see_contact", self._clock()
            )
        return StoreForm.of(store, self._sealer)

    async def check(self, person: Person, store_id: str, part: Part, typed: Typed) -> StoreForm:
        """Return the store's form with `typed` in the fields of `part`. Raises InvalidFields, AppError for a duplicate."""
        async with self._db.read() as session:
            store = require_active(await session.get(Store, (person.team_id, store_id)))
            form = await self._checked(session, store, part, typed)
            require_runple(store, form)
            if part is Part.API:
                await reject_duplicates(session, person.team_id, store_id, form)
        return form

    async def preview(self, team_id: str, store_id: str, form: StoreForm) -> ChangePreview:
        """Return the effects of saving the settings of `form`. Raises AppError if the store was removed."""
        async with self._db.read() as session:
            store = require_active(await session.get(Store, (team_id, store_id)))
            return await change_preview.preview(session, store, StoreForm.of(store, self._sealer), form)

    async def save(
        self,
        person: Person,
        store_id: str,
        part: Part,
        typed: Typed,
        *,
        base: datetime | None,
        include_waiting: bool | None = None,
    ) -> Saved:
        """Save one part with immediate effect. `base`: `updated_at` of the store that the user saw.

        `include_waiting`: if this turns automatic confirmation on, whether it includes pending orders; None: it is started
        later. Raises InvalidFields, ChangedMeanwhile, and AppError if the store was removed, is a duplicate, or the
        database is busy.
        """
        try:
            return await with_timeout(self._save(person, store_id, part, typed, base, include_waiting))
        except IntegrityError:  # a concurrent save was faster: its row is visible now
            await self.check(person, store_id, part, typed)
            raise AppError("common.busy") from None

    async def _save(
        self,
        person: Person,
        store_id: str,
        part: Part,
        typed: Typed,
        base: datetime | None,
        include_waiting: bool | None,
    ) -> Saved:
        now = self._clock()
        async with self._db.write() as session:
            await require_present(session, person.team_id)
            store = await lock(session, person.team_id, store_id)
            if store.updated_at != base:
                raise ChangedMeanwhile
            form = await self._checked(session, store, part, typed)
            require_runple(store, form)
            await reject_duplicates(session, person.team_id, store_id, form)
            changed = await changes.change(session, store, form, person, self._sealer, now)
            taken = 0
            if (
                "confirm_mode" in changed
                and store.confirm_mode is not ConfirmMode.MANUAL
                and include_waiting is not None
            ):
                taken = await auto_confirm.start(
                    session, store, person, now, include_waiting=include_waiting, hooks=self._on_auto_begun
                )
        return Saved(store, tuple(changed), taken)

    async def ask_for_right(self, person: Person, store_id: str, right: Permission) -> None:
        """Tell the user who registered the store that `person` asks for `right`, at most once an hour."""
        now = self._clock()
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            message = RightRequested(store=store.id, user=person.user_id, right=right)
            mine = f"{RightRequested.kind}/{store.id}/{person.user_id}/{right}/"
            asked_at = await session.scalar(
                select(func.max(col(OutboxMessage.created_at))).where(
                    *scope(OutboxMessage, store), col(OutboxMessage.key).startswith(mine, autoescape=True)
                )
            )
            if asked_at is None or over(asked_at, now, ASK_AGAIN_AFTER):
                await post(session, store, message, key=mine + new_id("rq"), to=store.registered_by, now=now)

    async def turn(self, person: Person, store_id: str, group: ApiGroup | None, *, on: bool) -> Store:
        """Turn a switch (None: 연동설정, the master switch); collections switched on are due at once. Raises AppError."""
        async with self._db.write() as session:
            await require_present(session, person.team_id)
            store = await lock(session, person.team_id, store_id)
            await changes.turn(session, store, group, person, self._clock(), on=on)
        return store

    async def set_on_off(self, person: Person, store_id: str, name: OnOffSetting, *, on: bool) -> bool:
        """Change a setting that is on or off; returns whether that is new. Raises AppError if the store is gone."""
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            return await changes.set_on_off(session, store, person, self._clock(), name, on=on)

    async def mark_runple(self, person: Person, store_id: str, *, on: bool) -> Store:
        """Mark a store as a Runple user, or remove the mark, which switches 런플상품발주 to manual confirmation.

        Marks of its deals are kept. Raises AppError if the store was removed.
        """
        now = self._clock()
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            if store.runple is on:
                return store
            store.runple = on
            audit.record(
                session,
                StoreKey(person.team_id, store_id),
                person.user_id,
                "store.runple_on" if on else "store.runple_off",
                now,
            )
            if not on and store.confirm_mode is ConfirmMode.RUNPLE:
                await changes.switch_to_manual(session, store, person, now)
        return store

    async def _checked(self, session: AsyncSession, store: Store, part: Part, typed: Typed) -> StoreForm:
        form, stored = StoreForm.of(store, self._sealer), stored_credentials(store, self._sealer)
        return check_step(part, form, typed, stored, await top_names(session, store.team_id))
