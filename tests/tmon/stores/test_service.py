"""Stores from the draft to the removal, on a real database and against the sandbox over HTTP."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import make_url, select

from bot.playground.tmon import Sandbox
from handlers.samples.fixtures import KINDS
from tests.clock import MovableClock
from tests.core import make_core
from tests.tmon.stores.registering import ELSEWHERE, LIVING, OTHER, OWNER, draft, refused, registered, rows
from tmon.core import Options
from tmon.database import Database
from tmon.errors import AppError
from tmon.models.audit import Audit
from tmon.models.collection import SyncState
from tmon.models.metadata import METADATA
from tmon.models.stores import Store, StoreState
from tmon.sealing import Sealer
from tmon.stores import drafts
from tmon.stores.drafts import TIMEOUT
from tmon.stores.service import StoreService


async def test_nothing_secret_lies_in_the_open(stores: StoreService, db: Database, database_url: str) -> None:
    store = await registered(stores, memo="비밀 메모")
    await draft(stores, store_id=store.id)
    async with db.read() as session:
        found = [
            list(await session.execute(select(*METADATA.tables[table].c)))
            for table in ("store", "draft", "message", "audit")
        ]
    for secret in (LIVING.token, "김민지", "minji@example.com", "010-1234-5678", "비밀 메모"):
        assert secret not in repr(found)


async def test_saving_an_approved_store_unchanged_while_tmon_is_down_leaves_it_approved(
    stores: StoreService, sandbox: Sandbox
) -> None:
    store = await registered(stores)
    sandbox.faults.mode = "html_502"
    await draft(stores, store_id=store.id, contact_title="대표")
    await stores.save(OWNER, store.id)
    assert (await stores.check("T1", store.id, saved_by="U1")).state is StoreState.APPROVED
    sandbox.faults.mode = None
    sandbox.faults.reject_partners = {LIVING.partner_id}
    assert (await stores.check("T1", store.id)).state is StoreState.KEY_REJECTED


async def test_saving_twice_makes_one(stores: StoreService, db: Database) -> None:
    await draft(stores)
    results = await asyncio.gather(stores.save(OWNER, ""), stores.save(OWNER, ""), return_exceptions=True)
    assert {getattr(result, "key", None) for result in results} == {None, "setup.draft_gone"}
    assert len(await rows(db, Store)) == 1


async def test_who_saves_second_hears_of_the_first_and_may_overwrite(stores: StoreService, clock: MovableClock) -> None:
    store = await registered(stores)
    await draft(stores, OWNER, store.id, store_name="하나")
    await draft(stores, OTHER, store.id, store_name="둘")
    clock.advance(timedelta(minutes=1))
    await stores.save(OWNER, store.id)
    with pytest.raises(AppError) as error:
        await stores.save(OTHER, store.id)
    assert error.value.key == "setup.changed_meanwhile"
    assert (await stores.get("T1", store.id)).name == "하나"
    await stores.save(OTHER, store.id)
    assert (await stores.get("T1", store.id)).name == "둘"


async def test_a_channel_has_to_be_reached_anew_when_it_changes(stores: StoreService) -> None:
    store = await registered(stores)
    await stores.channel_checked("T1", store.id, "C0123456789", ok=True)
    await stores.channel_checked("T1", store.id, "C-OTHER", ok=False)
    assert (await stores.get("T1", store.id)).channel_ok
    await draft(stores, store_id=store.id, channel="C2")
    assert not (await stores.save(OWNER, store.id)).channel_ok


async def test_the_master_switch_pauses_and_resumes(stores: StoreService, db: Database, clock: MovableClock) -> None:
    store = await registered(stores)
    async with db.write() as session:
        later = clock() + timedelta(hours=1)
        session.add_all(SyncState(team_id="T1", store_id=store.id, kind=kind, due_at=later) for kind in KINDS)
    assert not (await stores.settings.turn(OTHER, store.id, None, on=False)).active
    clock.advance(timedelta(minutes=1))
    assert (await stores.settings.turn(OTHER, store.id, None, on=True)).active
    assert {(one.kind, one.due_at) for one in await rows(db, SyncState)} == {(kind, clock()) for kind in KINDS}
    await stores.settings.turn(OTHER, store.id, None, on=True)
    assert [row.action for row in await rows(db, Audit)] == ["store.register", "store.pause", "store.resume"]
    with pytest.raises(AppError) as error:
        await stores.settings.turn(ELSEWHERE, store.id, None, on=False)
    assert error.value.key == "common.store_gone"


@asynccontextmanager
async def locked_by_another(database_url: str) -> AsyncIterator[None]:
    """Another process writes to the SQLite file and does not come to an end."""
    file = make_url(database_url).database
    assert file is not None
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_locked_database_is_said_within_the_acknowledgements_time(
    stores: StoreService, db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await draft(stores)
    monkeypatch.setattr(drafts, "TIMEOUT", TIMEOUT)
    loop = asyncio.get_running_loop()
    async with locked_by_another(database_url):
        for write in (lambda: stores.drafts.save(OWNER, "", form, step=2), lambda: stores.save(OWNER, "")):
            begun = loop.time()
            with pytest.raises(AppError) as error:
                await write()
            assert error.value.key == "common.busy"
            assert loop.time() - begun < 3
    for _ in range(50):  # what was left behind rolls back when the lock is gone
        kept = await stores.drafts.get(OWNER, "")
        assert kept is not None
        assert kept[1] == 3
        await asyncio.sleep(0.01)
    assert await rows(db, Store) == []
    await stores.save(OWNER, "")


async def test_a_workspace_without_the_right_to_the_vendor_contract_brings_its_own(
    db: Database, sealer: Sealer, clock: MovableClock
) -> None:
    core = make_core(db, clock, sealer, options=Options(vendor_teams=frozenset({"T1"})))
    service = StoreService(core)
    await draft(service, OWNER)
    with pytest.raises(AppError) as error:
        await draft(service, ELSEWHERE)
    assert refused(error) == ("setup.vendor_needed", "vendor_code")
    own = {"vendor_code": "V1", "access_key": "a", "secret_key": "s", "personal_data_key": "0123456789abcdef"}
    await draft(service, ELSEWHERE, **own)
    store = await service.save(ELSEWHERE, "")
    with pytest.raises(AppError) as error:
        await draft(service, ELSEWHERE, store_id=store.id, vendor_code="")
    assert refused(error) == ("setup.vendor_needed", "vendor_code")
