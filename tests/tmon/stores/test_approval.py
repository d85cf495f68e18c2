"""TMON's word on a store's credentials, and when it is asked again."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.playground.tmon import Sandbox
from tests.clock import MovableClock
from tests.tmon.stores.registering import LIVING, OWNER, draft, registered, rows
from tmon.database import Database
from tmon.models.audit import Audit
from tmon.models.collection import SyncState
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Contact, Credentials, PendingReason, Store, StoreState
from tmon.sealing import Sealer
from tmon.stores.messages import StoreResult
from tmon.stores.service import StoreService

WRONG_KEY = "wrong-key-7c1f"


async def test_a_right_key_is_approved_and_orders_are_due_at_once(
    stores: StoreService, db: Database, clock: MovableClock, sandbox: Sandbox, sealer: Sealer
) -> None:
    store = await registered(stores, memo="창고는 김포")
    assert (store.state, store.pending_reason, store.check_due_at) == (StoreState.APPROVED, None, None)
    assert store.approved_at == clock()
    assert store.credentials is not None
    assert sealer.open_as(Credentials, store.credentials).api_key == LIVING.token
    assert store.contact is not None
    assert sealer.open_as(Contact, store.contact).mobile == "010-1234-5678"
    assert await rows(db, SyncState) == []  # a kind that never ran is due
    (told,) = [row for row in await rows(db, OutboxMessage) if row.kind == StoreResult.kind]
    assert (told.kind, told.destination, told.key) == ("store_result", "U1", f"store/{store.id}/result/U1")
    assert [row.action for row in await rows(db, Audit)] == ["store.register"]
    assert await stores.drafts.get(OWNER, "") is None
    (asked,) = [call for call in sandbox.calls if call.partner_id == LIVING.partner_id]
    assert asked.query["deliveryStatus"] == "D1"
    assert not await stores.all("T2")


SAYS = {"mode": "error_500_json", "only": {"orders.list"}}
"""TMON refuses with a sentence."""


@pytest.mark.parametrize(
    ("fault", "reason", "asked_again"),
    [
        ({"reject_partners": {LIVING.partner_id}}, PendingReason.KEY_REFUSED, None),
        ({"reject_vendor": True}, PendingReason.VENDOR_REFUSED, 10),
        ({"mode": "html_502"}, PendingReason.TMON_DOWN, 10),
        ({"mode": "down"}, PendingReason.TMON_DOWN, 10),
        ({"mode": "throttled"}, PendingReason.THROTTLED, 10),
        ({"mode": "truncated", "only": {"orders.list"}}, PendingReason.UNREADABLE, 10),
        ({**SAYS, "error_text": "허용되지 않은 IP 입니다. (10.0.0.1)"}, PendingReason.IP_REFUSED, 60),
        ({**SAYS, "error_text": "API 사용 승인 대기 중인 판매자입니다."}, PendingReason.NOT_APPROVED, 60),
        ({**SAYS, "error_text": "승인되지 않은 파트너입니다."}, PendingReason.NOT_APPROVED, 60),
        ({**SAYS, "error_text": "조회할 수 없는 기간입니다."}, PendingReason.REFUSED, 60),
    ],
)
async def test_a_store_waits_for_approval_with_the_reason(
    stores: StoreService,
    sandbox: Sandbox,
    clock: MovableClock,
    fault: dict[str, Any],
    reason: PendingReason,
    asked_again: int | None,
) -> None:
    for name, value in fault.items():
        setattr(sandbox.faults, name, value)
    store = await registered(stores)
    assert (store.state, store.pending_reason) == (StoreState.PENDING, reason)
    assert store.check_due_at == (None if asked_again is None else clock() + timedelta(minutes=asked_again))


async def test_a_refused_key_waits_for_the_person_who_then_corrects_it(
    stores: StoreService, db: Database, clock: MovableClock, sandbox: Sandbox
) -> None:
    store = await registered(stores, api_key=WRONG_KEY)
    assert store.pending_reason is PendingReason.KEY_REFUSED
    asked = len(sandbox.calls)
    clock.advance(timedelta(days=1))
    await stores.recheck_due()
    assert len(sandbox.calls) == asked

    await draft(stores, store_id=store.id, api_key=LIVING.token)
    store = await stores.save(OWNER, store.id)
    assert store.state is StoreState.PENDING
    store = await stores.check("T1", store.id, saved_by="U1")
    assert store.state is StoreState.APPROVED
    (told,) = [row for row in await rows(db, OutboxMessage) if row.kind == "store_result"]
    assert told.version > 1
    (edit,) = [row for row in await rows(db, Audit) if row.action == "store.edit"]
    assert WRONG_KEY not in repr(edit.details)
    assert edit.details["fields"] == ["api_key"]


async def test_tmon_down_is_asked_again_by_itself_and_the_registrant_hears(
    stores: StoreService, db: Database, clock: MovableClock, sandbox: Sandbox
) -> None:
    sandbox.faults.mode = "html_503"
    store = await registered(stores)
    (told,) = [row for row in await rows(db, OutboxMessage) if row.kind == StoreResult.kind]
    wanted = told.version
    clock.advance(timedelta(minutes=10))
    await stores.recheck_due()
    (told,) = [row for row in await rows(db, OutboxMessage) if row.kind == StoreResult.kind]
    assert told.version == wanted  # the same reason again is no news

    sandbox.faults.mode = None
    await stores.recheck_due()
    assert (await stores.get("T1", store.id)).state is StoreState.PENDING  # not due yet
    clock.advance(timedelta(minutes=10))
    await stores.recheck_due()
    assert (await stores.get("T1", store.id)).state is StoreState.APPROVED
    reply = next(row for row in await rows(db, OutboxMessage) if row.kind == "store_approved")
    assert (reply.thread_key, reply.destination) == (told.key, "U1")


async def test_a_key_that_was_accepted_once_is_asked_about_every_hour(
    stores: StoreService, db: Database, clock: MovableClock, sandbox: Sandbox
) -> None:
    store = await registered(stores)
    async with db.write() as session:
        (await session.get_one(Store, ("T1", store.id))).state = StoreState.KEY_REJECTED
    sandbox.faults.reject_partners = {LIVING.partner_id}
    await stores.recheck_due()
    store = await stores.get("T1", store.id)
    assert (store.state, store.check_due_at) == (StoreState.KEY_REJECTED, clock() + timedelta(hours=1))
    sandbox.faults.reject_partners = set()
    clock.advance(timedelta(hours=1))
    await stores.recheck_due()
    assert (await stores.get("T1", store.id)).state is StoreState.APPROVED


async def test_an_answer_about_a_key_that_was_changed_meanwhile_does_not_count(
    stores: StoreService, sandbox: Sandbox, db: Database
) -> None:
    store = await registered(stores, api_key=WRONG_KEY)
    await draft(stores, store_id=store.id, api_key=LIVING.token)
    asked = asyncio.Event()
    sandbox.faults.slow_seconds = 0.3

    async def note(*_: object) -> None:
        asked.set()

    sandbox.on_call = note
    check = asyncio.create_task(stores.check("T1", store.id))
    await asked.wait()
    await stores.save(OWNER, store.id)
    assert (await check).state is StoreState.APPROVED
