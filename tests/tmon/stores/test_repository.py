"""Stores are kept apart from each other."""

import asyncio

import pytest

from tests.tmon.stores.registering import ELSEWHERE, MARKET, OTHER, OWNER, draft, refused, registered, rows
from tmon.database import Database
from tmon.errors import AppError
from tmon.models.stores import Store, StoreState
from tmon.stores.lookup import exactly
from tmon.stores.service import StoreService


async def test_names_and_seller_ids_are_taken_once_a_workspace(stores: StoreService) -> None:
    store = await registered(stores, store_name="Hanbit 리빙")
    with pytest.raises(AppError) as error:
        await draft(stores, OTHER)
    assert refused(error) == ("setup.seller_taken", "seller_id")
    with pytest.raises(AppError) as error:
        await draft(stores, OTHER, seller_id=MARKET.partner_id, store_name="ＨＡＮＢＩＴ  리빙")
    assert refused(error) == ("setup.name_taken", "store_name")
    assert (await registered(stores, ELSEWHERE, store_name="Hanbit 리빙")).state is StoreState.APPROVED
    assert exactly(await stores.all("T1"), " hanbit 리빙") == store
    await stores.remove(OWNER, store.id)
    assert (await registered(stores, store_name="Hanbit 리빙")).id != store.id


async def test_two_who_save_the_same_store_at_once_make_one(stores: StoreService, db: Database) -> None:
    await draft(stores)
    await draft(stores, OTHER)
    results = await asyncio.gather(stores.save(OWNER, ""), stores.save(OTHER, ""), return_exceptions=True)
    assert len(await rows(db, Store)) == 1
    assert {getattr(result, "key", None) for result in results} == {None, "setup.seller_taken"}
