"""Decryptions of personal data by the bot are recorded, once each."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from tests.clock import MovableClock
from tests.core import make_core
from tmon.database import Database
from tmon.models.audit import Audit
from tmon.models.orders import Order
from tmon.privacy import decryptions
from tmon.privacy.review import AUTOMATIC
from tmon.sealing import Place

TEAM = "T1"


async def recorded(db: Database) -> list[dict[str, int]]:
    async with db.read() as session:
        return list(await session.scalars(select(col(Audit.details)).where(col(Audit.action) == AUTOMATIC)))


async def test_what_could_not_be_recorded_is_recorded_the_next_time(db: Database, clock: MovableClock) -> None:
    core = make_core(db, clock)
    place = Place.at(Order, "buyer", {"team_id": TEAM, "store_id": "st_1", "order_no": 1})
    token = core.sealer.seal("김서연", place)
    core.sealer.open(token, place)
    async with db.write() as session:
        await session.execute(text("ALTER TABLE audit RENAME TO gone"))
    with pytest.raises(DBAPIError):
        await decryptions.record(core)
    async with db.write() as session:
        await session.execute(text("ALTER TABLE gone RENAME TO audit"))
    core.sealer.open(token, place)
    await decryptions.record(core)
    await decryptions.record(core)
    assert await recorded(db) == [{"orders.buyer": 2}]
