"""런플 marks: which deals may be confirmed automatically under 런플상품발주. Which stores use it is a store setting."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.database import upsert
from tmon.errors import AppError
from tmon.models.products import Deal
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.scope import scope
from tmon.stores.repository import lock

_LAST_NUMBER = 2**63 - 1
_QUOTED = 5
"""Number of invalid entries quoted in the error message."""


@dataclass(frozen=True)
class MarkResult:
    """Result of marking a list of deals."""

    changed: int
    same: int
    """Already marked, or unmarked, before."""
    new: int
    """Of `changed`: deals unknown until now, stored only with their number."""


class RunpleService:
    """Marks deals. The caller checks that the user is an admin of the workspace."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def counts(self, team_id: str) -> dict[str, int]:
        """Return the number of marked deals, by store id."""
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Deal.store_id), func.count())
                .where(col(Deal.team_id) == team_id, col(Deal.runple))
                .group_by(col(Deal.store_id))
            )
            return dict(list(rows))

    async def mark_deals(self, person: Person, store_id: str, deal_nos: Sequence[int], *, on: bool) -> MarkResult:
        """Mark or unmark deals; an unknown deal is stored with its number when it is marked.

        Orders already left to a person stay so. Raises AppError if the store was removed or is not marked itself.
        """
        now = self._clock()
        numbers = sorted(set(deal_nos))  # the same order everywhere, so that concurrent writers never deadlock
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            if not store.runple:
                raise AppError("admin.store_not_runple", store=store.name)
            known = await _marks(session, store, numbers)
            new = [number for number in numbers if number not in known] if on else []
            rows = [
                {
                    "team_id": store.team_id,
                    "store_id": store.id,
                    "deal_no": number,
                    "title": "",
                    "title_key": "",
                    "runple": False,
                    "known_since": now,
                }
                for number in new
            ]
            await upsert(session, Deal.__table__, rows, update=[])  # type: ignore[attr-defined]
            changed = [number for number in numbers if known.get(number, False) is not on]
            await session.execute(
                update(Deal).where(*scope(Deal, store), col(Deal.deal_no).in_(changed)).values(runple=on)
            )
            if changed:
                audit.record(
                    session,
                    store,
                    person.user_id,
                    "product.runple_on" if on else "product.runple_off",
                    now,
                    subject=changed[0] if len(changed) == 1 else None,
                    deals=changed,
                )
        return MarkResult(len(changed), len(numbers) - len(changed), len(new))


async def _marks(session: AsyncSession, store: Store, deal_nos: Sequence[int]) -> dict[int, bool]:
    rows = await session.execute(
        select(col(Deal.deal_no), col(Deal.runple)).where(*scope(Deal, store), col(Deal.deal_no).in_(deal_nos))
    )
    return dict(list(rows))


def deal_numbers(text: str) -> list[int]:
    """Parse a list of deal numbers, separated by commas, semicolons, blanks or lines, without duplicates.

    Raises AppError for the field `numbers` if it is empty or any entry is not a number.
    """
    parts = re.split(r"[\s,;]+", unicodedata.normalize("NFKC", text).strip(" \t\r\n,;"))
    wrong = [part for part in parts if not _is_number(part)]
    if parts == [""]:
        raise AppError("admin.numbers_empty", field="numbers")
    if wrong:
        named = ", ".join(part[:30] for part in wrong[:_QUOTED])
        raise AppError("admin.numbers_wrong", field="numbers", wrong=named, n=len(wrong))
    return list(dict.fromkeys(int(part) for part in parts))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19 and 0 < int(text) <= _LAST_NUMBER
