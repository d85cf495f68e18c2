"""Ready-made texts for answers (답변 문구): each store has its own. Rights are the caller's to check."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.models.inquiries import AnswerPhrase
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.scope import StoreKey, scope

LONGEST_NAME = 40
LONGEST = 2000
"""Characters of a ready-made text; an answer may be as long."""
MOST = 99
"""Texts of a store: they are chosen from one menu of Slack's, which holds 100."""


async def phrases_of(session: AsyncSession, team_id: str, store_id: str) -> Sequence[AnswerPhrase]:
    """Return the texts of a store by name."""
    found = await session.scalars(
        select(AnswerPhrase)
        .where(*scope(AnswerPhrase, StoreKey(team_id, store_id)))
        .order_by(col(AnswerPhrase.name), col(AnswerPhrase.id))
        .limit(MOST)
    )
    return list(found)


async def forget_phrases(session: AsyncSession, store: Store) -> None:
    """Delete the texts of a store that is being removed."""
    await session.execute(delete(AnswerPhrase).where(*scope(AnswerPhrase, StoreKey(store.team_id, store.id))))


class PhraseService:
    """The ready-made texts of stores."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def all(self, team_id: str, store_id: str) -> Sequence[AnswerPhrase]:
        """Return the texts of a store by name."""
        async with self._db.read() as session:
            return await phrases_of(session, team_id, store_id)

    async def save(
        self, person: Person, store_id: str, phrase_id: str | None, *, name: str, content: str
    ) -> AnswerPhrase:
        """Save a text, a new one without `phrase_id`. Raises AppError at the field that is to be mended."""
        name, content = " ".join(name.split()), content.strip()
        if not name:
            raise AppError("inquiries.phrase_name_missing", field="name")
        if len(name) > LONGEST_NAME:
            raise AppError("inquiries.phrase_name_long", field="name", n=LONGEST_NAME)
        if not content:
            raise AppError("inquiries.phrase_missing", field="content")
        if len(content) > LONGEST:
            raise AppError("inquiries.phrase_long", field="content", n=LONGEST)
        store = StoreKey(person.team_id, store_id)
        now = self._clock()
        async with self._db.write() as session:
            await session.get(Store, store, with_for_update=True)  # two of one name must not be saved at once
            others = await session.scalars(
                select(col(AnswerPhrase.id)).where(*scope(AnswerPhrase, store), col(AnswerPhrase.name) == name)
            )
            if set(others) - {phrase_id}:
                raise AppError("inquiries.phrase_name_used", field="name", name=name)
            if phrase_id is None:
                await self._require_room(session, store)
                phrase = AnswerPhrase(
                    team_id=store.team_id,
                    store_id=store_id,
                    id=new_id("ph"),
                    name=name,
                    content=content,
                    updated_by=person.user_id,
                    updated_at=now,
                )
                session.add(phrase)
            else:
                known = await session.get(AnswerPhrase, (*store, phrase_id), with_for_update=True)
                if known is None:
                    raise AppError("inquiries.phrase_gone")
                phrase = known
                phrase.name, phrase.content = name, content
                phrase.updated_by, phrase.updated_at = person.user_id, now
            audit.record(session, store, person.user_id, "inquiry.phrase_save", now, subject=phrase.id)
        return phrase

    async def delete(self, person: Person, store_id: str, phrase_id: str) -> None:
        """Delete a text; one that is gone already stays so."""
        store = StoreKey(person.team_id, store_id)
        async with self._db.write() as session:
            known = await session.get(AnswerPhrase, (*store, phrase_id), with_for_update=True)
            if known is None:
                return
            await session.delete(known)
            audit.record(session, store, person.user_id, "inquiry.phrase_delete", self._clock(), subject=phrase_id)

    async def _require_room(self, session: AsyncSession, store: StoreKey) -> None:
        count = await session.scalar(select(func.count()).select_from(AnswerPhrase).where(*scope(AnswerPhrase, store)))
        if (count or 0) >= MOST:
            raise AppError("inquiries.phrases_full", n=MOST)
