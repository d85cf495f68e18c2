"""Forms under way."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from tests.clock import MovableClock
from tests.tmon.stores.registering import ELSEWHERE, LIVING, MARKET, OTHER, OWNER, draft, refused, registered, rows
from tmon.database import Database
from tmon.errors import AppError
from tmon.models.stores import Draft, Store
from tmon.stores.drafts import RETENTION
from tmon.stores.service import StoreService


async def test_drafts_are_one_per_person_and_store_and_end(
    stores: StoreService, db: Database, clock: MovableClock
) -> None:
    await draft(stores, store_name="첫 이름")
    await draft(stores, store_name="둘째 이름")
    await draft(stores, OTHER, store_name="남의 것", seller_id="other")
    (mine,) = await stores.drafts.of(OWNER)
    assert (mine.store_id, mine.name, mine.step) == ("", "둘째 이름", 3)
    kept = await stores.drafts.get(OWNER, "")
    assert kept is not None
    assert kept[0].api_key == LIVING.token
    assert await stores.drafts.get(ELSEWHERE, "") is None
    clock.advance(RETENTION)
    assert await stores.drafts.get(OWNER, "") is None
    assert await stores.drafts.of(OWNER) == []
    assert await stores.drafts.expire() == 2
    assert await rows(db, Draft) == []


async def test_a_double_name_in_a_draft_is_found_when_it_is_saved(stores: StoreService, db: Database) -> None:
    await draft(stores)
    await registered(stores, OTHER, seller_id=MARKET.partner_id, api_key=MARKET.token)
    with pytest.raises(AppError) as error:
        await stores.save(OWNER, "")
    assert refused(error) == ("setup.name_taken", "store_name")
    assert await stores.drafts.get(OWNER, "") is not None
    async with db.read() as session:
        assert len(list(await session.scalars(select(Store).where(col(Store.name) == "한빛리빙")))) == 1
