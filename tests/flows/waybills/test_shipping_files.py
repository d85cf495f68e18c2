"""배송용 파일: who gets it, what stands in it, and that nothing of it stays."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack import SlackCall
from bot.playground.slack.demo import DANIEL, JUNHO, MINJI, SEOYEON
from bot.playground.slack.model import SlackCallPhase
from handlers.waybills.ids import BulkAction, BulkView
from tests.flows.waybills.shipping import (
    files_of,
    left_at_slack,
    make_file,
    open_file_form,
    open_waiting,
    opened,
    password_in,
    shown,
    to_ship,
    told,
)
from tests.flows.world import World
from tmon.models.audit import Audit
from tmon.models.claims import Claim, ClaimKind
from tmon.models.orders import Order
from tmon.models.shipping_files import ShippingFile
from tmon.models.stores import Store
from tmon.privacy import looks
from tmon.waybills.shipping_files import TELL_AFTER, UNSEEN

HOUR = timedelta(hours=1)


async def files(world: World) -> list[ShippingFile]:
    """The files that may be at Slack."""
    async with world.db.read() as session:
        return list(await session.scalars(select(ShippingFile)))


async def audits(world: World, action: str) -> list[Audit]:
    """The records of an action."""
    async with world.db.read() as session:
        return list(await session.scalars(select(Audit).where(col(Audit.action) == action)))


async def delete_due(world: World, after: timedelta = timedelta(0)) -> None:
    """The job, when that much time has passed."""
    world.clock.advance(after)
    await world.run_job("delete shipping files")
    await world.settle()


async def asks_to_cancel(world: World, store: Store, order_no: int) -> None:
    """The buyer of an order has asked to cancel it."""
    now = world.clock()
    async with world.db.write() as session:
        session.add(
            Claim(
                team_id=store.team_id,
                store_id=store.id,
                kind=ClaimKind.CANCEL,
                claim_no=order_no,
                order_no=order_no,
                status="C1",
                requested_at=now,
                first_seen_at=now,
                read_at=now,
                updated_at=now,
            )
        )


async def test_what_waits_is_counted_for_each_store_on_which_a_person_works(world: World) -> None:
    mine, orders = await to_ship(world, 3, store=await world.add_store(worker_ids=[JUNHO]))
    other, _ = await to_ship(world, 1, store=await world.add_store(partner=1))
    await asks_to_cancel(world, mine, orders[0].order_no)
    view = await open_waiting(world, MINJI)
    assert f"*{mine.name}* · 발송 대기 2건" in shown(view)
    assert "취소 요청으로 제외 1건" in shown(view)
    assert f"*{other.name}* · 발송 대기 1건" in shown(view)
    view = await open_waiting(world, JUNHO)
    assert other.name not in shown(view)
    view = await open_waiting(world, MINJI, other.name)
    assert mine.name not in shown(view)


async def test_nothing_waits(world: World) -> None:
    await world.add_store()
    view = await open_waiting(world, MINJI)
    assert "발송을 기다리는 주문이 없습니다." in shown(view)
    assert BulkAction.SHIPPING_FILE not in shown(view)


async def test_who_does_not_work_on_a_store_gets_nothing(world: World) -> None:
    await to_ship(world, 1)
    await world.command(SEOYEON, "송장")
    assert world.slack.open_modal(SEOYEON) == []
    assert "발주확인 담당자" in world.posts("주문", SEOYEON)[-1].text


async def test_a_file_with_its_columns_comes_to_the_person_and_opens_with_the_password(world: World) -> None:
    _, orders = await to_ship(world, 3, deals=2)
    view = await make_file(world, MINJI)
    (file,) = files_of(world, MINJI)
    header, *rows = opened(file.content, password_in(view))
    assert header == [
        *(
            "주문번호",
            "배송번호",
            "딜번호",
            "상품명",
            "옵션",
            "수량",
            "받는 분",
            "연락처",
            "우편번호",
            "주소",
            "배송메모",
            "통관고유부호",
        ),
    ]
    expected = {
        (str(order.order_no), deal.delivery_no, str(deal.deal_no)): order for order in orders for deal in order.deals
    }
    assert {tuple(row[:3]) for row in rows} == set(expected)
    for row in rows:
        order = expected[tuple(row[:3])]
        assert row[6:9] == [order.receiver_name, order.receiver_phone, order.address.zip_code]
        assert row[9].startswith(order.address.street or order.address.lot or "")
    assert str(file.name).startswith("배송용_")
    said = json.dumps([call.args for call in world.slack.calls if call.method.startswith("chat.")], ensure_ascii=False)
    assert password_in(view) not in said


async def test_each_recipient_is_a_look_and_the_reason_is_kept(world: World) -> None:
    store, orders = await to_ship(world, 4)
    await make_file(world, MINJI, "김연아 010-1234-5678 문의로 확인")
    (made,) = await audits(world, "order.shipping_file")
    assert (made.user_id, made.store_id, made.details["orders"]) == (MINJI, store.id, 4)
    assert "문의로 확인" in made.details["reason"]
    assert "1234" not in made.details["reason"]
    seen = await audits(world, looks.IN_FILE)
    assert {row.subject for row in seen} == {str(order.order_no) for order in orders}


async def test_a_big_file_of_somebody_who_never_made_one_is_unusual(world: World) -> None:
    await to_ship(world, looks.SOME + 1)
    await make_file(world, MINJI)
    await looks.watch(world.db, world.clock, world.slack.team_id)
    assert len(await audits(world, "privacy.unusual")) == 1


async def test_a_file_is_deleted_when_its_time_is_over(world: World) -> None:
    await to_ship(world, 1)
    await make_file(world, MINJI)
    await delete_due(world, HOUR - timedelta(minutes=1))
    assert len(files_of(world, MINJI)) == 1
    await delete_due(world, timedelta(minutes=1))
    assert files_of(world, MINJI) == []
    assert await files(world) == []
    assert told(world, MINJI)[-1] == "배송용 파일을 지웠습니다."
    assert len(await audits(world, "order.delete_shipping_file")) == 1


@pytest.mark.parametrize("reason", ["", "급함", "    급    함    ", "가" * 101])
async def test_a_reason_has_five_to_a_hundred_characters(world: World, reason: str) -> None:
    await to_ship(world, 1)
    form = await open_file_form(world, MINJI)
    acted = await world.slack.submit(MINJI, form.id, {"reason": reason})
    assert not acted.ok
    assert await files(world) == []


async def test_orders_with_a_cancel_request_and_without_a_recipient_are_left_out_and_said(world: World) -> None:
    store, orders = await to_ship(world, 3)
    await asks_to_cancel(world, store, orders[0].order_no)
    async with world.db.write() as session:
        (await session.get_one(Order, (store.team_id, store.id, orders[1].order_no))).buyer = None
    view = await make_file(world, MINJI)
    assert "취소 요청으로 제외한 주문: 1건" in shown(view)
    assert "받는 분의 정보를 읽을 수 없어 제외한 주문: 1건" in shown(view)
    (file,) = files_of(world, MINJI)
    assert [row[0] for row in opened(file.content, password_in(view))[1:]] == [str(orders[2].order_no)]


async def test_what_would_be_a_formula_stays_text(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    order.delivery_memo = '=HYPERLINK("http://a.example","눌러")'
    world.tmon.move_to(order.order_no, "D2")
    await world.collect()
    view = await make_file(world, MINJI)
    (file,) = files_of(world, MINJI)
    assert opened(file.content, password_in(view))[1][10] == order.delivery_memo


async def test_who_closes_the_view_gets_no_file_and_no_password(world: World) -> None:
    await to_ship(world, 1)
    form = await open_file_form(world, MINJI)

    async def close(call: SlackCall, phase: SlackCallPhase) -> None:
        if call.method == "files.completeUploadExternal" and phase is SlackCallPhase.ANSWERED:
            await world.slack.close(MINJI, form.id)

    world.slack.on_call = close
    assert (await world.slack.submit(MINJI, form.id, {"reason": "오전 출고분"})).ok
    await world.settle()
    assert files_of(world, MINJI) == []
    assert await files(world) == []
    assert left_at_slack(world) == []
    assert "창이 닫혀 비밀번호를 보여 드리지 못했습니다" in told(world, MINJI)[-1]
    # and it can be made anew from there
    direct = world.slack.conversations.direct(world.slack.people[MINJI])
    last = world.slack.messages(direct.id, MINJI)[-1]
    world.slack.on_call = None
    await world.slack.click(MINJI, channel=direct.id, ts=last.ts, action_id=BulkAction.SHIPPING_FILE)
    await world.settle()
    assert world.modal(MINJI).callback_id == BulkView.SHIPPING_FILE


@pytest.mark.parametrize(
    "method", ["chat.postMessage", "files.getUploadURLExternal", "files.completeUploadExternal", "views.update"]
)
async def test_a_refusal_at_any_step_leaves_no_file(world: World, method: str) -> None:
    await to_ship(world, 1)
    form = await open_file_form(world, MINJI)
    world.slack.faults.refuse(method, "fatal_error")
    assert (await world.slack.submit(MINJI, form.id, {"reason": "오전 출고분"})).ok
    await world.settle()
    assert left_at_slack(world) == []
    assert await files(world) == []


async def test_an_answer_lost_after_the_file_was_shared_leaves_none(world: World) -> None:
    await to_ship(world, 1)
    form = await open_file_form(world, MINJI)
    world.slack.faults.drop("files.completeUploadExternal", after_effect=True, times=3)
    assert (await world.slack.submit(MINJI, form.id, {"reason": "오전 출고분"})).ok
    await world.settle()
    await delete_due(world, UNSEEN)
    assert left_at_slack(world) == []
    assert await files(world) == []


async def test_without_the_scope_the_person_is_told_and_everything_else_works(world: World) -> None:
    await to_ship(world, 1)
    world.slack.scopes -= {"files:write"}
    view = await make_file(world, MINJI)
    assert "files:write" in shown(view)
    assert await files(world) == []
    assert (await world.command(MINJI, "송장")).ok


@pytest.mark.parametrize("code", ["file_not_found", "file_deleted"])
async def test_a_file_that_is_gone_already_is_gone(world: World, code: str) -> None:
    await to_ship(world, 1)
    await make_file(world, MINJI)
    world.slack.faults.refuse("files.delete", code)
    await delete_due(world, HOUR)
    assert await files(world) == []


async def test_deletion_is_tried_until_slack_says_that_it_is_gone(world: World) -> None:
    await to_ship(world, 1)
    await make_file(world, MINJI)
    world.slack.faults.refuse("files.delete", "internal_error", times=3)
    await delete_due(world, HOUR)
    for _ in range(3):
        assert len(files_of(world, MINJI)) == 1
        await delete_due(world, timedelta(minutes=10))
    assert files_of(world, MINJI) == []
    assert await files(world) == []
    assert world.mail.messages == []


@pytest.mark.parametrize("code", ["token_revoked", "missing_scope", "cant_delete_file"])
async def test_the_operator_is_told_once_when_the_bot_may_not_delete(world: World, code: str) -> None:
    await to_ship(world, 1)
    await make_file(world, MINJI)
    (file,) = await files(world)
    world.slack.faults.refuse("files.delete", code, times=3)
    for _ in range(3):
        await delete_due(world, HOUR)
    (mail,) = world.mail.messages
    assert "배송용 파일" in str(mail.subject)
    assert file.file_id is not None
    assert file.file_id in mail.text
    assert code in mail.text
    await delete_due(world, HOUR)
    assert await files(world) == []


async def test_the_operator_is_told_of_a_file_that_stays_for_an_hour(world: World) -> None:
    await to_ship(world, 1)
    await make_file(world, MINJI)
    world.slack.faults.refuse("files.delete", "internal_error", times=TELL_AFTER)
    for _ in range(TELL_AFTER):
        assert world.mail.messages == []
        await delete_due(world, HOUR)
    assert len(world.mail.messages) == 1


async def test_a_file_of_another_workspace_is_the_operators(world: World) -> None:
    await to_ship(world, 1)
    await make_file(world, MINJI)
    async with world.db.write() as session:
        (file,) = await session.scalars(select(ShippingFile))
        session.add(ShippingFile(**{**file.model_dump(), "team_id": "T0OLD", "id": "sf_old", "file_id": "F0OLD"}))
    await delete_due(world, HOUR)
    assert [file.file_id for file in await files(world)] == ["F0OLD"]
    assert "F0OLD" in world.mail.messages[0].text


async def test_english_speakers_get_english(world: World) -> None:
    await to_ship(world, 1, store=await world.add_store(worker_ids=[DANIEL]))
    view = await make_file(world, DANIEL, "parcels of the morning")
    assert "Password" in shown(view)
