"""개인정보 기록 of `/tmon admin`, through real sockets."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.playground.slack.demo import JUNHO, MINJI, SEOYEON
from bot.playground.slack.model import Message
from tests.flows.stores.registering import click, private, text_of
from tests.flows.stores.test_setup import buttons
from tests.flows.world import World
from tmon.audit import record
from tmon.models.audit import Audit
from tmon.models.stores import Store
from tmon.privacy import chain, decryptions, looks, review
from tmon.privacy.review import AUTOMATIC


async def looked(world: World, store: Store, user: str, times: int) -> None:
    async with world.db.write() as session:
        for number in range(times):
            record(session, store, user, "inquiry.see", world.clock(), subject=number)


async def audited(world: World, action: str) -> list[Audit]:
    async with world.db.read() as session:
        return list(await session.scalars(select(Audit).where(col(Audit.action) == action)))


def direct(world: World, user: str) -> list[Message]:
    channel = world.slack.conversations.direct(world.slack.people[user])
    return [message for message in world.slack.messages(channel.id, user) if not message.ephemeral_for]


async def remind(world: World) -> None:
    core = world.bot.services.core
    await review.remind(world.db, world.clock, core.options.zone, world.slack.team_id)
    await world.settle()


async def watch(world: World) -> None:
    await looks.watch(world.db, world.clock, world.slack.team_id)
    await world.settle()


async def check_chain(world: World) -> None:
    await chain.check(world.db, world.clock, world.slack.team_id)


async def records(world: World, user: str = MINJI) -> str:
    await world.command(user, "admin")
    await click(world, user, "admin.privacy")
    return text_of(world.modal(user))


def rows_of(message: Message) -> list[list[str]]:
    (file,) = message.files
    return list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))


async def test_a_month_is_reminded_of_once_and_reviewed_once(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO)
    await looked(world, store, JUNHO, 3)
    await remind(world)
    assert direct(world, MINJI) == []  # the store came this month
    world.clock.advance(timedelta(days=32))
    await remind(world)
    await remind(world)
    (told,) = direct(world, MINJI)
    assert "접속기록을 점검해 주세요" in told.text
    await world.slack.click(MINJI, channel=told.channel, ts=told.ts, action_id="admin.review")
    await world.settle()
    view = text_of(world.modal(MINJI))
    assert "열람하거나 내려받음 *3건*" in view
    assert "감사 기록 3건이 온전합니다" in view
    await click(world, MINJI, "admin.access_done")
    assert "점검했습니다" in text_of(world.modal(MINJI))
    assert "점검 완료" not in buttons(world.modal(MINJI))
    await world.settle()
    assert "점검 완료" in direct(world, MINJI)[-1].text
    assert len(direct(world, MINJI)) == 1  # the reminder was edited
    assert len(await audited(world, "privacy.review")) == 1


async def test_unusually_many_looks_are_told_to_an_admin_once_a_day(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO)
    await looked(world, store, SEOYEON, looks.SOME - 1)
    await watch(world)
    assert direct(world, MINJI) == []
    await looked(world, store, SEOYEON, 1)  # ten within an hour, of somebody who never looks
    await watch(world)
    await watch(world)
    (told,) = direct(world, MINJI)
    assert "평소보다 많습니다" in told.text
    assert direct(world, SEOYEON) == []
    world.clock.advance(timedelta(days=2))
    await looked(world, store, SEOYEON, looks.MANY)
    await watch(world)
    assert len(direct(world, MINJI)) == 2


async def test_somebody_who_looks_every_day_is_usual(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO)
    for _ in range(29):
        await looked(world, store, SEOYEON, 5)
        world.clock.advance(timedelta(days=1))
    await looked(world, store, SEOYEON, looks.SOME)
    await watch(world)
    assert direct(world, MINJI) == []


async def test_the_records_open_at_the_month_that_waits_for_its_review(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO)
    assert "2026년 3월 접속기록" in await records(world)
    await looked(world, store, JUNHO, 1)
    world.clock.advance(timedelta(days=32))
    assert "2026년 3월 접속기록" in await records(world)
    await click(world, MINJI, "admin.access_done")
    assert "2026년 4월 접속기록" in await records(world)


async def test_decryptions_of_the_bot_are_one_row_an_hour(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO)
    world.tmon.new_order(store.seller_id)
    world.tmon.new_order(store.seller_id)
    await world.collect()
    core = world.bot.services.core
    core.sealer.take_opened()
    await world.collect()
    for order in await world.orders():
        async with world.db.read() as session:
            row = await session.merge(order, load=False)
        assert row.buyer is not None
    await decryptions.record(core)
    before = len(await audited(world, AUTOMATIC))
    await decryptions.record(core)
    assert len(await audited(world, AUTOMATIC)) == before <= 1  # nothing opened, nothing written


async def test_access_records_and_holdings_are_sent_as_files_and_recorded(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO)
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    await looked(world, store, SEOYEON, 1)
    assert "이번 달의 기록입니다" in await records(world)  # nothing waits for a review
    await click(world, MINJI, "admin.access_export")
    rows = rows_of(direct(world, MINJI)[-1])
    assert rows[0] == ["일시", "계정", "접속지", "수행업무", "스토어", "대상", "건수"]
    assert [SEOYEON, "Slack"] in [row[1:3] for row in rows]
    await records(world)
    await world.slack.click(MINJI, view_id=world.modal(MINJI).id, action_id="admin.holdings", value=store.id)
    await world.settle()
    sent = direct(world, MINJI)[-1]
    assert rows_of(sent)[1][:2] == ["주문", str(order.order_no)]
    content = sent.files[0].content.decode("utf-8-sig")
    assert order.receiver_name not in content
    assert order.receiver_phone not in content
    assert len(await audited(world, "privacy.export")) == len(await audited(world, "privacy.export_access")) == 1


async def test_the_name_of_a_store_is_no_markup_beside_its_file(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO, name="<!channel> <https://example.com|여기>")
    await records(world)
    await world.slack.click(MINJI, view_id=world.modal(MINJI).id, action_id="admin.holdings", value=store.id)
    await world.settle()
    texts = [message.text for message in direct(world, MINJI)]
    assert any("&lt;!channel&gt;" in text for text in texts)
    assert not any("<!channel>" in text or "<https" in text for text in texts)


async def test_the_certificate_says_when_how_many_and_how(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO)
    assert "아직 확인하지 않았습니다" in await records(world)
    await check_chain(world)
    assert "온전합니다" in await records(world)
    await click(world, MINJI, "admin.destructions")
    assert "아직 파기한 개인정보가 없습니다" in text_of(world.modal(MINJI))
    async with world.db.write() as session:
        record(session, store, "system", "buyer.destroy", world.clock(), orders=1234)
    await click(world, MINJI, "admin.privacy")
    await click(world, MINJI, "admin.destructions")
    shown = text_of(world.modal(MINJI))
    assert "구매자 정보 1,234건" in shown
    assert "덮어씁니다" in shown


async def test_a_changed_record_is_said(world: World) -> None:
    store = await world.add_store(registered_by=JUNHO)
    await looked(world, store, SEOYEON, 3)
    await check_chain(world)
    async with world.db.write() as session:
        await session.execute(update(Audit).where(col(Audit.chain_no) == 2).values(user_id=MINJI))
    await check_chain(world)
    assert "2번부터 내용이 바뀌었거나 빠졌습니다" in await records(world)


@pytest.mark.parametrize("action", ["admin.access_export", "admin.privacy#before", "admin.destructions"])
async def test_only_admins_see_the_records(world: World, action: str) -> None:
    await world.add_store(registered_by=JUNHO)
    await records(world)
    world.slack.people[MINJI] = replace(world.slack.people[MINJI], is_admin=False, is_owner=False)
    await world.slack.click(MINJI, view_id=world.modal(MINJI).id, action_id=action)
    await world.settle()
    assert "소유자나 관리자만" in "".join([*private(world, MINJI), text_of(world.modal(MINJI))])
    assert await audited(world, "privacy.export_access") == []
    assert direct(world, MINJI) == []
