"""Reviews collected: what is stored and told, the digest, and a TMON that offers none."""

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.playground.tmon import REVIEW_CALLS, new_review
from tests.flows.cards import direct, posted, shows, told
from tests.flows.reviews.reviewing import HOUR, REPORT, reviewed, rows, words_of
from tests.flows.stores.registering import click, text_of
from tests.flows.switches import prove
from tests.flows.world import World, at
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import SyncState
from tmon.models.incidents import Incident
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Person
from tmon.reviews.collector import REVIEWS
from tmon.stores.service import StoreService

DAY = timedelta(days=1)
NOT_OFFERED = "티몬 API에서 제공하지 않습니다"


def asked_for(world: World) -> int:
    """How often TMON was asked for reviews, without what it refused because a token had died."""
    return sum(call.status != 401 for call in world.tmon.calls_of("reviews.list"))


async def digest(world: World, moment: Any) -> list[str]:
    """What the digests said once it is `moment`."""
    world.clock.set(moment)
    await world.run_job(REPORT)
    await world.settle()
    return [message.text for message in await posted(world, "review_digest/")]


async def test_low_ratings_of_a_run_are_told_at_once_in_one_message(world: World) -> None:
    store = await world.add_store()
    for score in (5, 2, 1, 3):
        new_review(world.tmon, store.seller_id, score=score, content="연락은 010-1234-5678 로")
    await world.collect(REVIEWS)
    (message,) = await posted(world, "low_ratings/")
    assert "낮은 평점 2건" in message.text
    assert f"<@{world.owner}>" in message.text
    shown = shows(message)
    assert shown.index("★☆☆☆☆") < shown.index("★★☆☆☆"), "the lowest first"
    assert "★★★" not in shown
    assert "010-1234-5678" not in shown
    assert words_of(message.blocks).count("답글 달기") == 2
    kept = await rows(world)
    assert [one.score for one in kept] == [5, 2, 1, 3]
    assert all(one.content is not None and "010" not in one.content for one in kept), "sealed"

    world.clock.advance(HOUR)
    await world.collect(REVIEWS)
    assert len(await posted(world, "low_ratings/")) == 1, "what is known is not told again"
    new_review(world.tmon, store.seller_id, score=4)
    world.clock.advance(HOUR)
    await world.collect(REVIEWS)
    assert len(await posted(world, "low_ratings/")) == 1
    assert len(await rows(world)) == 5


async def test_windows_are_at_most_seven_days_and_include_today(world: World) -> None:
    store = await world.add_store()
    new_review(world.tmon, store.seller_id, score=5)
    await world.collect(REVIEWS)
    new_review(world.tmon, store.seller_id, score=5, written_at=world.clock() + 12 * DAY)
    world.clock.advance(20 * DAY)
    new_review(world.tmon, store.seller_id, score=5)
    await world.collect(REVIEWS)
    assert len(await rows(world)) == 3, "a pause of weeks leaves no gap"
    asked = [
        (call.query["startDate"], call.query["endDate"])
        for call in world.tmon.calls_of("reviews.list")
        if call.status == 200
    ]
    assert asked[0] == ("2026-03-04", "2026-03-10")
    assert asked[1:] == [
        ("2026-03-07", "2026-03-13"),
        ("2026-03-14", "2026-03-20"),
        ("2026-03-21", "2026-03-27"),
        ("2026-03-28", "2026-03-30"),
    ]


async def test_a_digest_comes_once_a_day_with_low_ratings_first(world: World) -> None:
    world.clock.set(at(22, day=9))
    store = await world.add_store()
    new_review(world.tmon, store.seller_id, score=5, content="아주 좋아요")
    new_review(world.tmon, store.seller_id, score=1, content="별로예요", written_at=world.clock() - DAY)
    await world.collect(REVIEWS)
    assert await digest(world, at(8, 59)) == []
    (text,) = await digest(world, at(9))
    assert "새 후기 2건 · 평균 3.0점 · 낮은 평점 1건" in text
    (message,) = await posted(world, "review_digest/")
    shown = shows(message)
    assert shown.index("별로예요") < shown.index("아주 좋아요")
    assert {"목록 보기", "낮은 평점만 보기"} <= {*words_of(message.blocks)}

    world.clock.set(at(9, 30))
    new_review(world.tmon, store.seller_id, score=4)
    await world.collect(REVIEWS)
    assert len(await digest(world, at(23, 59))) == 1, "what came after the digest is for the next one"
    said = await digest(world, at(11, day=11))
    assert "새 후기 1건 · 평균 4.0점" in said[-1], "late, as nothing ran at nine"
    assert len(said) == 2
    assert len(await digest(world, at(9, day=12))) == 2, "a day without reviews is quiet"


async def test_hours_of_a_store_hold_runs_and_digest(world: World) -> None:
    world.clock.set(at(17, day=6))
    store = await world.add_store()
    new_review(world.tmon, store.seller_id, score=5)
    await world.collect(REVIEWS)
    async with world.db.write() as session:  # Monday to Friday, 10 to 18
        values = {"hours_days": [0, 1, 2, 3, 4], "hours_from": time(10), "hours_to": time(18)}
        await session.execute(update(Store).values(**values))
    asked = asked_for(world)
    for moment in (at(19, day=6), at(12, day=7), at(12, day=8), at(9, 59, day=9)):
        world.clock.set(moment)
        await world.collect(REVIEWS)
        assert await digest(world, moment) == []
        assert not await world.bot.services[Coordinator].is_standing_still(world.db)
    assert asked_for(world) == asked
    await world.command(world.owner, "collect reviews")
    assert asked_for(world) == asked + 1, "a person's wish is no matter of hours"
    assert len(await digest(world, at(10, day=9))) == 1
    world.clock.set(at(10, 59, day=9))
    await world.collect(REVIEWS)
    assert asked_for(world) == asked + 2


@pytest.mark.parametrize("status", [404, 405])
async def test_a_tmon_without_reviews_is_said_once_and_asked_daily(world: World, status: Any) -> None:
    world.tmon.faults.not_offered = {*REVIEW_CALLS}
    world.tmon.faults.not_offered_status = status
    store = await world.add_store()
    await world.collect(REVIEWS)
    (message,) = await posted(world, "not_offered/")
    assert NOT_OFFERED in message.text
    for _ in range(3):
        world.clock.advance(7 * HOUR)
        await world.collect(REVIEWS)
    assert asked_for(world) == 1
    world.clock.advance(4 * HOUR)
    await world.collect(REVIEWS)
    assert asked_for(world) == 2, "once a day"
    assert len(await posted(world, "not_offered/")) == 1
    async with world.db.read() as session:
        assert await session.scalar(select(Incident)) is None

    await world.command(world.owner, "status")
    status_view = text_of(world.modal(world.owner))
    assert NOT_OFFERED in status_view
    assert "문제" not in status_view, "nobody can mend it"
    await world.command(world.owner, "reviews")
    assert NOT_OFFERED in text_of(world.modal(world.owner))
    await world.command(world.owner, f"stores {store.name}")
    assert NOT_OFFERED in text_of(world.modal(world.owner))
    await click(world, world.owner, "settings.edit#3")
    assert NOT_OFFERED in text_of(world.modal(world.owner)), "beside the switch of CS"

    calls = asked_for(world)
    await world.command(world.owner, "collect 후기")
    assert asked_for(world) == calls + 1, "by hand it is asked at once"
    assert NOT_OFFERED in told(world, world.owner, world.channel("주문").id)[-1]

    world.tmon.faults.not_offered.clear()
    new_review(world.tmon, store.seller_id, score=1)
    await world.command(world.owner, "collect reviews")
    assert "새 후기 1건" in told(world, world.owner, world.channel("주문").id)[-1]
    await world.command(world.owner, "reviews")
    assert NOT_OFFERED not in text_of(world.modal(world.owner))
    world.tmon.faults.not_offered = {*REVIEW_CALLS}
    world.clock.advance(HOUR)
    await world.collect(REVIEWS)
    assert len(await posted(world, "not_offered/")) == 2, "it was offered in between"


async def test_switches_of_cs_hold_it(world: World) -> None:
    store = await world.add_store()

    async def run() -> None:
        world.clock.advance(HOUR)
        await world.collect(REVIEWS)

    for group in (ApiGroup.CS, None):
        await prove(world, store, group, run, calls={"reviews.list"})


async def test_a_record_that_cannot_be_read_stops_no_other(world: World) -> None:
    store = await world.add_store()
    for score in (5, 2):
        new_review(world.tmon, store.seller_id, score=score)

    def broken(document: Any) -> Any:
        document["items"][0]["score"] = 7
        return document

    world.tmon.faults.rewrites["reviews.list"] = broken
    await world.collect(REVIEWS)
    assert [one.score for one in await rows(world)] == [2]
    assert any("구매후기" in text for text in direct(world, world.owner))
    world.tmon.faults.rewrites.clear()
    world.clock.advance(HOUR)
    await world.collect(REVIEWS)
    assert [one.score for one in await rows(world)] == [5, 2]


async def test_of_a_removed_store_nothing_is_stored_or_kept(world: World) -> None:
    store, _ = await reviewed(world)
    person = Person(store.team_id, world.owner, is_admin=True)
    await world.bot.services[StoreService].remove(person, store.id, typed_name=store.name)
    (row,) = await rows(world)
    assert (row.content, row.reply) == (None, None)
    assert row.destroyed_at is not None
    assert await digest(world, at(9, day=11)) == []


async def test_a_failing_collection_opens_an_incident_of_its_own(world: World) -> None:
    await world.add_store()
    world.tmon.faults.mode, world.tmon.faults.only = "error_500", {"reviews.list"}
    for _ in range(4):
        await world.collect(REVIEWS)
        world.clock.advance(HOUR)
    async with world.db.read() as session:
        state = await session.scalar(select(SyncState).where(col(SyncState.kind) == REVIEWS))
        incident = await session.scalar(select(Incident))
    assert state is not None
    assert state.failures >= 3
    assert incident is not None
    await world.settle()
    assert any("후기" in message.text for message in world.posts("주문"))
