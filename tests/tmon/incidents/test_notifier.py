"""Who hears of an incident, and when: quiet nights, and what breaks them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock import MovableClock
from tests.tmon.incidents.failures import KEY, MINUTE, VENDOR, World
from tmon.clock import KST
from tmon.database import Database
from tmon.incidents.notifier import after_quiet_hours
from tmon.outbox import OPERATOR
from tmon.sealing import Place, Sealer


def seoul(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-03-10 21:59:59", "2026-03-10 21:59:59"),
        ("2026-03-10 22:00:00", "2026-03-11 08:00:00"),
        ("2026-03-10 23:59:59", "2026-03-11 08:00:00"),
        ("2026-03-11 00:00:00", "2026-03-11 08:00:00"),
        ("2026-03-11 07:59:59", "2026-03-11 08:00:00"),
        ("2026-03-11 08:00:00", "2026-03-11 08:00:00"),
        ("2026-12-31 23:30:00", "2027-01-01 08:00:00"),
        ("2027-01-01 00:30:00", "2027-01-01 08:00:00"),
    ],
)
def test_the_night_in_seoul(at: str, told: str) -> None:
    assert after_quiet_hours(seoul(at)) == seoul(told)


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 1, 1), timezones=st.just(UTC)))
def test_nobody_is_woken_and_nothing_waits_longer_than_a_night(now: datetime) -> None:
    told = after_quiet_hours(now)
    assert now <= told <= now + timedelta(hours=10)
    assert 8 <= told.astimezone(KST).hour < 22
    assert told.tzinfo is UTC


async def test_in_the_playground_the_night_is_not_quiet(world: World, clock: MovableClock) -> None:
    awake = World(world.db, world.sealer, clock, quiet_nights=False)
    store = await awake.store()
    clock.set(seoul("2026-12-31 23:00"))
    await awake.fails(store, times=3)
    assert f"contact/{store.id}" in await awake.delivered()


async def test_what_is_not_serious_waits_for_the_morning(world: World, clock: MovableClock) -> None:
    store, other = await world.store(), await world.store("다른")
    await world.succeeds(other)
    clock.set(seoul("2026-12-31 23:00"))
    await world.fails(store, times=3)
    assert await world.delivered() == []
    clock.advance(30 * MINUTE)
    await world.incidents.tick()
    assert await world.delivered() == []
    # two hours without collection: it wakes
    clock.set(seoul("2027-01-01 01:00"))
    await world.incidents.tick()
    assert (await world.only()).incident.serious
    assert await world.delivered() == ["channel/C_ORDERS", f"contact/{store.id}", f"mail/{store.id}"]
    clock.advance(MINUTE)
    await world.incidents.tick()
    assert await world.delivered() == []
    await world.succeeds(store)
    assert len([key for key in await world.delivered() if key.endswith("/resolved")]) == 3


async def test_what_mended_itself_in_the_night_is_not_announced_as_over(world: World, clock: MovableClock) -> None:
    store, other = await world.store(), await world.store("다른")
    await world.succeeds(other)
    clock.set(seoul("2026-03-10 22:30"))
    await world.fails(store, times=3)
    await world.succeeds(store)
    rows = await world.messages()
    assert len(rows) == 3
    assert all(row.delivered_at is None and not row.key.endswith("/resolved") for row in rows)


async def test_the_operator_hears_at_night_too(world: World, clock: MovableClock) -> None:
    clock.set(seoul("2026-03-10 03:00"))
    await world.fails(await world.store(), VENDOR)
    assert await world.delivered() == ["operator"]
    [row] = [row for row in await world.messages() if row.destination == OPERATOR]
    assert row.store_id is None


async def test_a_refused_key_wakes(world: World, clock: MovableClock) -> None:
    clock.set(seoul("2026-03-10 03:00"))
    await world.fails(await world.store(), KEY)
    assert len(await world.delivered()) == 3


async def test_told_in_the_evening_over_in_the_night(world: World, clock: MovableClock) -> None:
    store, other = await world.store(), await world.store("다른")
    await world.succeeds(other)
    clock.set(seoul("2026-03-10 21:45"))
    await world.fails(store, times=3)
    assert len(await world.delivered()) == 3
    clock.set(seoul("2026-03-10 22:10"))
    await world.succeeds(store)
    assert await world.delivered() == ["channel/C_ORDERS", f"contact/{store.id}"]  # the edits, that nobody hears
    clock.set(seoul("2026-03-11 08:00"))
    assert len(await world.delivered()) == 3


class CountingSealer(Sealer):
    """Counts the contacts that it has opened."""

    contacts = 0

    def open(self, token: str, place: Place | None = None) -> Any:
        self.contacts += place is not None and place.column == "contact"
        return super().open(token, place)


async def test_however_many_stores_join_each_contact_is_opened_once_and_told_once(
    db: Database, encryption_key: str, clock: MovableClock
) -> None:
    sealer = CountingSealer([encryption_key])
    world = World(db, sealer, clock)
    people = 5
    stores = [
        await world.store(f"가게{n}", user=None, email=f"{'Person' if n % 2 else 'person'}{n % people}@example.com")
        for n in range(4 * people)
    ]
    for store in stores:
        await world.fails(store, VENDOR)
    told = await world.delivered()
    assert [key for key in told if key.startswith("mail/")] == [f"mail/st_가게{n}" for n in range(people)]
    assert sealer.contacts == len(stores)
