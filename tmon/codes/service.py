"""Carriers and reasons of a store. What TMON last told serves while it is silent; where it told nothing, what is known."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.codes.reasons import (
    ALREADY_SHIPPED,
    EXCHANGE_RUNNING,
    MEANINGS,
    NO_STOCK,
    NOT_RETURNED,
    SELLERS_CANCEL,
    Family,
)
from tmon.codes.tables import OWN, Carrier, Groups, Reason, find_carriers, find_meaning, find_reasons, is_carrier_code
from tmon.core import Core
from tmon.database import upsert
from tmon.errors import AppError
from tmon.models.codes import CarrierUse, CodeTable
from tmon.models.stores import Store
from tmon.scope import OfStore, StoreKey, scope

_KNOWN = {
    Family.RCD: SELLERS_CANCEL,
    Family.JCD: (ALREADY_SHIPPED,),
    Family.JRD: (NOT_RETURNED,),
    Family.JXD: (NO_STOCK,),
    Family.HXD: (EXCHANGE_RUNNING,),
}
"""The codes of each family that were seen in use: they serve where `/codes` has none (docs/tmon-api.md, ch. 12.5)."""


class CodeTables:
    """Looks codes up; never asks TMON (`reader.CodeReader` does, once a day)."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def carriers(self, team_id: str, store_id: str) -> tuple[Carrier, ...]:
        """Return the carriers, last used first. Own delivery is always among them; where none is known, it is the only one."""
        async with self._db.read() as session:
            groups = await _groups(session, team_id, store_id)
            rows = await session.scalars(
                select(CarrierUse)
                .where(*scope(CarrierUse, StoreKey(team_id, store_id)))
                .order_by(col(CarrierUse.used_at).desc(), col(CarrierUse.code))
            )
            used = [use.code for use in rows]
        known = {carrier.code: carrier for carrier in (*find_carriers(groups), OWN)}
        # a code that was typed by hand is offered again, too
        first = [known.pop(code, Carrier(code, code)) for code in used]
        return (*first, *known.values())

    async def carrier_name(self, team_id: str, store_id: str, code: str) -> str:
        """Return the name of a carrier; its code where TMON does not name it."""
        return next((one.name for one in await self.carriers(team_id, store_id) if one.code == code), code)

    async def reasons(self, team_id: str, store_id: str, family: Family) -> tuple[Reason, ...]:
        """Return the reasons of a family; where TMON names none, those that were seen in use. May be empty (`has_family`)."""
        async with self._db.read() as session:
            found = find_reasons(await _groups(session, team_id, store_id), family)
        return found or tuple(Reason(code, MEANINGS[code]) for code in _KNOWN.get(family, ()))

    async def has_family(self, team_id: str, store_id: str, family: Family) -> bool:
        """Return whether a reason of the family is known: without one, the act belongs to the partner centre."""
        return bool(await self.reasons(team_id, store_id, family))

    async def meanings(self, team_id: str, store_id: str, codes: Iterable[str]) -> dict[str, str]:
        """Return what codes of reasons mean: TMON's words, else those of the table; the code itself where nobody says."""
        async with self._db.read() as session:
            groups = await _groups(session, team_id, store_id)
        return {code: find_meaning(groups, code) for code in codes}

    async def used(self, session: AsyncSession, store: OfStore, code: str) -> None:
        """Note that a carrier was used, in the transaction of the fact: it is offered first from now on."""
        await note_used(session, store, code, self._clock())

    async def last_used(self, team_id: str, store_id: str) -> Carrier | None:
        """Return the carrier that was used last: a form begins with it. None: none was used yet."""
        async with self._db.read() as session:
            code = await session.scalar(
                select(col(CarrierUse.code))
                .where(*scope(CarrierUse, StoreKey(team_id, store_id)))
                .order_by(col(CarrierUse.used_at).desc(), col(CarrierUse.code))
                .limit(1)
            )
        if code is None:
            return None
        return next(one for one in await self.carriers(team_id, store_id) if one.code == code)


async def note_used(session: AsyncSession, store: OfStore, code: str, now: datetime) -> None:
    """Note that a carrier was used: for writes, which know no services (`CodeTables.used`)."""
    row = {"team_id": store.team_id, "store_id": store.store_id, "code": code, "used_at": now}
    await upsert(session, CarrierUse.__table__, [row], update=["used_at"])  # type: ignore[attr-defined]


def check_carrier(code: str, *, field: str = "carrier") -> str:
    """Return the code of a carrier that a person chose or typed. Raises AppError unless it is five digits."""
    if not code:
        raise AppError("codes.no_carrier", field=field)
    if not is_carrier_code(code):
        raise AppError("codes.five_digits", field=field)
    return code


async def delete_of_store(session: AsyncSession, store: Store, now: datetime) -> None:
    """Delete what is stored for a removed store."""
    for table in (CodeTable, CarrierUse):
        for row in await session.scalars(select(table).where(*scope(table, store))):
            await session.delete(row)


async def _groups(session: AsyncSession, team_id: str, store_id: str) -> Groups:
    stored = await session.get(CodeTable, (team_id, store_id))
    return {} if stored is None else stored.groups
