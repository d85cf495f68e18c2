"""Sale periods against the sandbox: previewed in the evening, extended at dawn, once, and reported."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.playground.slack.demo import MINJI, ORDERS, SEOYEON
from bot.playground.slack.model import Message
from bot.playground.tmon import LoggedCall
from bot.playground.tmon.call_log import CallPhase
from bot.playground.tmon.deal_listings import NO_END, Listing
from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.playground.tmon.seed_shop import open_shop
from handlers.products.ids import ProductAction
from tests.flows.cards import told as whispered
from tests.flows.switches import turn
from tests.flows.world import World, at
from tmon.clock import KST
from tmon.errors import AppError
from tmon.models.audit import Audit
from tmon.models.products import Deal, ExtensionState, SalePeriodExtension
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Person
from tmon.products.catalog import CatalogService
from tmon.products.repository import insert_seen
from tmon.products.sale_period.service import SalePeriodService
from tmon.stores.service import StoreService

LENGTH = timedelta(days=30)


async def shop(world: World, **over: Any) -> Store:
    """A store that chose a length, whose deals are known and read; the schedule has begun on Tuesday, 10:00."""
    open_shop(world.tmon, world.tmon.partners[DEMO_PARTNERS[0].partner_id])
    store = await world.add_store(**{"extend_days": LENGTH.days, "registered_by": MINJI, **over})
    await know(world, store)
    await tick(world)
    return store


async def know(world: World, store: Store) -> None:
    """Every deal of the shop is known and read."""
    async with world.db.write() as session:
        seen = [{"deal_no": deal.deal_no, "title": deal.title} for deal in listings(world)]
        await insert_seen(session, store, seen, world.clock())
    await world.bot.services[CatalogService].read_due()


async def tick(world: World) -> None:
    """What is due is done, and told."""
    await world.bot.services[SalePeriodService].tick()
    await world.settle()


async def go(world: World, moment: datetime) -> None:
    """It becomes `moment`, and the job runs."""
    world.clock.set(moment)
    await tick(world)


async def evening_and_dawn(world: World) -> None:
    """The preview of Tuesday evening, and the run of Wednesday."""
    await go(world, at(20))
    await go(world, at(3, day=11))


async def change(world: World, store: Store, **values: Any) -> None:
    """Somebody changes the store's settings."""
    async with world.db.write() as session:
        await session.execute(update(Store).where(col(Store.id) == store.id).values(**values))


def listings(world: World) -> list[Listing]:
    """The shop's deals."""
    return list(world.tmon.deals.values())


def ends(world: World) -> dict[int, datetime]:
    """When each deal's sale ends."""
    return {deal.deal_no: deal.sales_end for deal in listings(world)}


def due(world: World) -> list[Listing]:
    """Deals on sale that end within seven days of Wednesday's dawn, the earliest first."""
    dawn = at(3, day=11)
    found = [
        deal
        for deal in listings(world)
        if dawn < deal.sales_end < dawn + timedelta(days=7) and deal.sales_status(dawn) == "ON_SALE"
    ]
    return sorted(found, key=lambda deal: (deal.sales_end, deal.deal_no))


def writes(world: World) -> list[LoggedCall]:
    """Changes of sale periods that reached TMON."""
    return list(world.tmon.calls_of("deals.sales_period"))


def told(world: World, words: str) -> list[Message]:
    """Messages in the store's channel with these words."""
    return [message for message in world.posts(ORDERS) if words in str(message.blocks)]


async def rows(world: World) -> list[SalePeriodExtension]:
    async with world.db.read() as session:
        return list(await session.scalars(select(SalePeriodExtension).order_by(col(SalePeriodExtension.old_end))))


async def states(world: World) -> list[ExtensionState]:
    return [row.state for row in await rows(world)]


async def press(world: World, message: Message, action: str, deal: Listing, user: str = MINJI) -> None:
    """Presses the button of one deal in a message."""
    action_id = f"{action}#{deal.deal_no}"
    await world.slack.click(user, channel=message.channel, ts=message.ts, action_id=action_id)
    await world.settle()


async def test_previewed_in_the_evening_extended_at_dawn_and_reported_once(world: World) -> None:
    await shop(world)
    before, wanted = ends(world), due(world)
    assert len(wanted) >= 3
    await go(world, at(19, 59))
    assert told(world, "판매기간을 30일 연장합니다") == []
    await go(world, at(20))
    (preview,) = told(world, "판매기간을 30일 연장합니다")
    assert all(deal.title[:10] in str(preview.blocks) for deal in wanted)
    await go(world, at(2, 59, day=11))
    assert writes(world) == []
    await go(world, at(3, day=11))
    extended = {deal.deal_no: LENGTH for deal in wanted}
    assert ends(world) == {no: end + extended.get(no, timedelta()) for no, end in before.items()}
    (report,) = told(world, "판매기간 연장: ")
    assert f"연장 {len(wanted)}개" in report.text
    for hour in (4, 12, 23):
        await go(world, at(hour, day=11))
    await go(world, at(3, day=12))
    assert len(writes(world)) == len(wanted)
    assert len(told(world, "판매기간 연장: ")) == 1
    async with world.db.read() as session:
        audited = await session.scalars(select(Audit).where(col(Audit.action) == "product.extend"))
        assert len(audited.all()) == len(wanted)


async def test_what_is_excluded_stays_this_time_and_is_shown_again_the_next_evening(world: World) -> None:
    await shop(world)
    first, *others = due(world)
    end = first.sales_end
    await go(world, at(20))
    (preview,) = told(world, "연장합니다")
    await press(world, preview, ProductAction.EXCLUDE, first)
    (preview,) = told(world, "연장합니다")
    assert f"<@{MINJI}>" in str(preview.blocks)
    await press(world, preview, ProductAction.INCLUDE, first)
    await press(world, told(world, "연장합니다")[0], ProductAction.EXCLUDE, first)
    stale = told(world, "연장합니다")[0]
    await go(world, at(3, day=11))
    assert first.sales_end == end
    assert len(writes(world)) == len(others)
    assert "더는 제외할 수 없습니다" in str(next(m for m in world.posts(ORDERS) if m.ts == stale.ts).blocks)
    with pytest.raises(AppError, match="too_late"):
        await world.bot.services[SalePeriodService].exclude(
            person(world), (await rows(world))[0].store_id, first.deal_no, date(2026, 3, 11), excluded=False
        )
    await go(world, at(20, day=11))
    again = told(world, "연장합니다")[-1]
    assert first.title[:10] in str(again.blocks)
    await go(world, at(3, day=12))
    assert first.sales_end == end + LENGTH


def person(world: World) -> Person:
    """Somebody who manages the store."""
    return Person(world.slack.team_id, MINJI, is_admin=True)


async def test_who_does_not_work_for_the_store_cannot_exclude(world: World) -> None:
    await shop(world)
    await go(world, at(20))
    (preview,) = told(world, "연장합니다")
    await press(world, preview, ProductAction.EXCLUDE, due(world)[0], user=world.person("이준호").id)
    assert ExtensionState.EXCLUDED not in await states(world)


async def test_two_people_exclude_one_deal_and_it_is_done_once(world: World) -> None:
    await shop(world)
    await go(world, at(20))
    (preview,) = told(world, "연장합니다")
    first = due(world)[0]
    world.slack.people[SEOYEON].is_admin = True
    pressed = (press(world, preview, ProductAction.EXCLUDE, first, user) for user in (MINJI, SEOYEON))
    await asyncio.gather(*pressed)
    (excluded,) = [row for row in await rows(world) if row.state is ExtensionState.EXCLUDED]
    assert excluded.deal_no == first.deal_no
    assert [text for user in (MINJI, SEOYEON) for text in whispered(world, user, preview.channel)] == []
    async with world.db.read() as session:
        audited = await session.scalars(select(Audit).where(col(Audit.action) == "product.exclude"))
        assert len(audited.all()) == 1


@pytest.mark.parametrize("group", [ApiGroup.PRODUCT, None], ids=["product", "master"])
async def test_the_buttons_refuse_while_the_switch_is_off_and_offer_to_turn_it_on(
    world: World, group: ApiGroup | None
) -> None:
    store = await shop(world)
    await go(world, at(20))
    (preview,) = told(world, "연장합니다")
    await turn(world, store, group, on=False)
    first = due(world)[0]
    await press(world, preview, ProductAction.EXCLUDE, first)
    assert ExtensionState.EXCLUDED not in await states(world)
    offer = next(m for m in world.slack.messages(preview.channel, MINJI) if m.ephemeral_for == MINJI)
    assert ("상품 API" if group else "연동이 중지") in offer.text
    await world.slack.click(MINJI, channel=preview.channel, ts=offer.ts, action_id="switches.turn_on")
    await world.settle()
    await press(world, preview, ProductAction.EXCLUDE, first)
    assert ExtensionState.EXCLUDED in await states(world)


async def test_a_store_that_was_removed_meanwhile(world: World) -> None:
    store = await shop(world)
    await go(world, at(20))
    (preview,) = told(world, "연장합니다")
    await world.bot.services[StoreService].remove(person(world), store.id)
    await press(world, preview, ProductAction.EXCLUDE, due(world)[0])
    assert ExtensionState.EXCLUDED not in await states(world)
    await go(world, at(3, day=11))
    assert writes(world) == []


async def test_a_run_that_was_missed_is_done_at_the_start(world: World) -> None:
    await shop(world)
    wanted = due(world)
    await go(world, at(20))
    await press(world, told(world, "연장합니다")[0], ProductAction.EXCLUDE, wanted[0])
    world.clock.set(at(9, 30, day=11))
    await world.restart()
    await tick(world)
    assert len(writes(world)) == len(wanted) - 1
    await go(world, at(9, 31, day=11))
    assert len(writes(world)) == len(wanted) - 1


async def test_what_was_turned_on_after_the_evening_waits_for_the_next(world: World) -> None:
    store = await shop(world, extend_days=0)
    await change(world, store, extend_days=7)
    await go(world, at(22))
    await go(world, at(3, day=11))
    assert writes(world) == []
    await go(world, at(20, day=11))
    assert len(told(world, "판매기간을 7일 연장합니다")) == 1
    await go(world, at(3, day=12))
    assert writes(world) != []


async def test_turned_off_after_the_preview(world: World) -> None:
    store = await shop(world)
    await go(world, at(20))
    await change(world, store, extend_days=0)
    await go(world, at(3, day=11))
    assert writes(world) == []
    assert len(told(world, "사용하지 않아 연장하지 않습니다")) == 1


async def test_another_length_after_the_preview_is_shown_in_it(world: World) -> None:
    store = await shop(world)
    await go(world, at(20))
    first = due(world)[0]
    end = first.sales_end
    await change(world, store, extend_days=60)
    await go(world, at(20, 1))
    assert len(told(world, "판매기간을 60일 연장합니다")) == 1
    assert all(row.target == row.old_end + timedelta(days=60) for row in await rows(world))
    edits = len(world.slack.calls_of("chat.update"))
    await go(world, at(20, 2))
    assert len(world.slack.calls_of("chat.update")) == edits
    await go(world, at(3, day=11))
    assert first.sales_end == end + timedelta(days=60)


@pytest.mark.parametrize("switch", ["sync_on", "product_on"])
async def test_nothing_leaves_while_a_switch_is_off(world: World, switch: str) -> None:
    store = await shop(world)
    wanted = due(world)
    await go(world, at(20))
    await change(world, store, **{switch: False})
    calls = len(world.tmon.calls)
    await go(world, at(3, day=11))
    assert len(world.tmon.calls) == calls
    await change(world, store, **{switch: True})
    await go(world, at(9, day=11))
    assert len(writes(world)) == len(wanted)


async def test_turned_off_between_reading_and_writing(world: World) -> None:
    store = await shop(world)

    async def turn_off(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "deals.get" and phase is CallPhase.ANSWERED:
            await change(world, store, product_on=False)

    world.clock.set(at(3, day=11))
    world.tmon.on_call = turn_off
    await tick(world)
    world.tmon.on_call = None
    assert writes(world) == []
    assert set(await states(world)) == {ExtensionState.PLANNED}


async def test_ended_unending_and_paused_deals_are_never_extended(world: World) -> None:
    """Whatever we knew in the evening: TMON's word at dawn counts."""
    await shop(world)
    first, second, third, *others = due(world)
    await go(world, at(20))
    first.sales_end = at(1, day=11)
    second.sales_end = NO_END
    third.paused = True
    await go(world, at(3, day=11))
    assert len(writes(world)) == len(others)
    (report,) = told(world, "판매기간 연장: ")
    for words in ("판매가 끝나", "종료일이 이미 바뀌어", "판매 중이 아니어서"):
        assert words in str(report.blocks)


async def test_another_end_by_dawn_is_the_old_end(world: World) -> None:
    await shop(world)
    first = due(world)[0]
    await go(world, at(20))
    first.sales_end = at(12, day=15)
    await go(world, at(3, day=11))
    assert first.sales_end == at(12, day=15) + LENGTH


async def test_failures_are_reported_per_deal_with_tmons_sentence(world: World) -> None:
    await shop(world)
    wanted = due(world)
    sentence = "판매기간을 변경할 수 없는 상품입니다."
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times, faults.error_text = "error_500_json", {"deals.sales_period"}, 1, sentence
    await evening_and_dawn(world)
    (report,) = told(world, "판매기간 연장: ")
    assert f"연장 {len(wanted) - 1}개, 실패 1개" in report.text
    assert sentence in str(report.blocks)
    await go(world, at(3, day=12))
    assert len(told(world, "판매기간 연장: ")) == 2, "the next run tries again"
    assert all(deal.sales_end > at(0, day=1, month=4) for deal in wanted)


async def test_what_tmon_does_not_offer_is_told_once_and_asked_again_once_a_day(world: World) -> None:
    await shop(world)
    world.tmon.faults.not_offered = {"deals.sales_period"}
    await evening_and_dawn(world)
    assert len(writes(world)) == 1
    await go(world, at(20, day=11))
    await go(world, at(3, day=12))
    assert len(writes(world)) == 2
    assert len(told(world, "티몬에서 제공하지 않음")) == 1
    assert told(world, "판매기간 연장: ") == []
    assert told(world, "판매기간을 30일 연장합니다") == [], "no preview of what cannot be"
    world.tmon.faults.not_offered = set()
    await go(world, at(3, day=13))
    assert due(world) == [], "and once it is offered it goes on"
    assert len(told(world, "판매기간 연장: ")) == 1


async def test_too_many_requests_wait(world: World) -> None:
    await shop(world)
    wanted = due(world)
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times, faults.retry_after = "throttled", {"deals.sales_period"}, 1, 900
    await evening_and_dawn(world)
    assert len(writes(world)) == 1
    await go(world, at(3, 1, day=11))
    assert len(writes(world)) == len(wanted), "the others do not wait with it"
    assert told(world, "판매기간 연장: ") == []
    await go(world, at(3, 15, day=11))
    assert f"연장 {len(wanted)}개" in told(world, "판매기간 연장: ")[0].text


async def test_ten_changes_in_twenty_minutes_are_never_reached(world: World) -> None:
    """Whatever is tried again every minute for an hour."""
    await shop(world)
    first = due(world)[0]
    await go(world, at(20))
    world.tmon.faults.mode, world.tmon.faults.only = "down", {"deals.sales_period"}
    for minute in range(60):
        await go(world, at(3, minute, day=11))
    times = [call.at for call in writes(world) if str(first.deal_no) in call.path]
    assert len(times) > 10
    assert all(later - early > timedelta(minutes=20) for early, later in zip(times, times[10:], strict=False))


async def test_an_answer_that_is_lost_is_asked_for(world: World) -> None:
    await shop(world)
    wanted = due(world)
    world.tmon.faults.mode, world.tmon.faults.only = "truncated", {"deals.sales_period"}
    await evening_and_dawn(world)
    world.tmon.faults.clear()
    assert set(await states(world)) <= {ExtensionState.UNKNOWN, ExtensionState.DONE}
    await go(world, at(3, 5, day=11))
    assert set(await states(world)) == {ExtensionState.DONE}
    assert len(writes(world)) == len(wanted)
    assert f"연장 {len(wanted)}개" in told(world, "판매기간 연장: ")[0].text


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("error_500_json", "ResourceAccessException: I/O error"),
        ("error_500_json", "CannotCreateTransactionException"),
        ("error_500_json", "PersistenceException"),
        ("error_500_json", "502 Bad Gateway from upstream"),
        ("html_502", ""),
        ("html_503", ""),
    ],
)
async def test_trouble_inside_tmon_is_asked_about_and_then_tried_again(world: World, mode: Any, sentence: str) -> None:
    """Every row of the docs/tmon-api.md, ch. 13.2, that says `retry later`."""
    await shop(world)
    wanted = due(world)
    before = ends(world)
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times, faults.error_text = mode, {"deals.sales_period"}, 1, sentence
    await evening_and_dawn(world)
    assert (await states(world)).count(ExtensionState.UNKNOWN) == 1
    await go(world, at(3, 5, day=11))
    assert len(writes(world)) == len(wanted) + 1
    assert all(deal.sales_end == before[deal.deal_no] + LENGTH for deal in wanted)


@pytest.mark.parametrize("sentence", ["해당 딜(8812345678)가 없습니다", "삭제된 딜입니다.(8812345678)"])
async def test_a_deal_that_goes_between_reading_and_writing_is_forgotten(world: World, sentence: str) -> None:
    await shop(world)
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times, faults.error_text = "error_500_json", {"deals.sales_period"}, 1, sentence
    await evening_and_dawn(world)
    (report,) = told(world, "판매기간 연장: ")
    assert "티몬에 없는 상품입니다" in str(report.blocks)
    async with world.db.read() as session:
        gone = (await session.scalars(select(Deal).where(col(Deal.deleted_at).is_not(None)))).all()
    assert len(gone) == 1


async def test_a_dead_token_is_renewed_at_dawn(world: World) -> None:
    await shop(world)
    wanted = due(world)
    await go(world, at(20))
    world.tmon.faults.expire_tokens()
    await go(world, at(3, day=11))
    assert set(await states(world)) == {ExtensionState.DONE}
    assert len({call.path for call in writes(world) if call.status == 200}) == len(wanted)


async def test_a_write_that_never_arrived_is_sent_again(world: World) -> None:
    await shop(world)
    wanted = due(world)
    before = ends(world)
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times = "down", {"deals.sales_period"}, 1
    await evening_and_dawn(world)
    await go(world, at(3, 5, day=11))
    assert len(writes(world)) == len(wanted) + 1
    assert all(deal.sales_end == before[deal.deal_no] + LENGTH for deal in wanted)


async def test_tmon_is_down_all_morning(world: World) -> None:
    await shop(world)
    wanted = due(world)
    await go(world, at(20))
    world.tmon.faults.mode = "html_503"
    for hour in range(3, 10):
        await go(world, at(hour, day=11))
    (report,) = told(world, "판매기간 연장: ")
    assert f"실패 {len(wanted)}개" in report.text
    world.tmon.faults.clear()
    await go(world, at(12, day=11))
    assert writes(world) == []
    await go(world, at(3, day=12))
    assert len(writes(world)) == len(wanted)


@pytest.mark.parametrize("day", [date(2026, 12, 30), date(2026, 12, 31), date(2028, 2, 28), date(2028, 2, 29)])
async def test_the_end_of_the_year_and_leap_days(world: World, day: date) -> None:
    def on(days: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute, second), tzinfo=KST) + timedelta(days=days)

    world.clock.set(on(0, 10))
    store = await shop(world)
    first, second, third = [deal for deal in listings(world) if deal.sales_status(on(0, 10)) == "ON_SALE"][:3]
    first.sales_end, second.sales_end, third.sales_end = on(1, 23, 59, 59), on(8, 2, 59, 59), on(8, 3)
    world.clock.advance(timedelta(days=1))
    await know(world, store)
    world.clock.set(on(0, 20))
    await tick(world)
    await go(world, on(1, 3))
    assert first.sales_end == on(1, 23, 59, 59) + LENGTH
    assert second.sales_end == on(8, 2, 59, 59) + LENGTH, "a second less than seven days is left"
    assert third.sales_end == on(8, 3), "seven days are left"


async def test_many_are_paged_in_a_modal(world: World) -> None:
    await shop(world)
    for number in range(25):
        listing = due(world)[0]
        copy = Listing(
            partner_id=listing.partner_id,
            goods=listing.goods,
            title=f"귤 {number:02}",
            template_no=None,
            sales_start=listing.sales_start,
            sales_end=listing.sales_end,
            options=listing.options,
        )
        world.tmon.deals[8800000000 + number] = copy
    total = len(due(world))
    async with world.db.write() as session:
        kept = (await session.scalars(select(Deal).where(col(Deal.deal_no) == due(world)[0].goods.deal_no))).one()
        values = kept.model_dump()
        for number in range(25):
            session.add(Deal(**{**values, "deal_no": 8800000000 + number, "title": f"귤 {number:02}"}))
    await go(world, at(20))
    (preview,) = told(world, "연장합니다")
    assert f"상품 *{total}개*" in preview.text
    acted = await world.slack.click(MINJI, channel=preview.channel, ts=preview.ts, action_id=ProductAction.DAY)
    await world.settle()
    assert acted.ok
    modal = world.modal(MINJI)
    excluded = next(b["accessory"] for b in modal.blocks if "accessory" in b)
    await world.slack.click(MINJI, view_id=modal.id, action_id=excluded["action_id"])
    await world.settle()
    await world.slack.click(MINJI, view_id=modal.id, action_id=f"{ProductAction.DAY}#after")
    await world.settle()
    assert "2/" in str(world.modal(MINJI).blocks)
    assert f"상품 *{total - 1}개*" in told(world, "연장합니다")[0].text
