"""A process that dies at any moment, from the press to the last call: what was accepted is carried out once, nothing else."""

from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.playground.tmon import Listing
from tests.databases import SqliteDatabases
from tests.tmon.listings.desk import CREATE, UPDATE
from tests.tmon.listings.goods import change_of
from tests.tmon.listings.mortal_desk import MortalDesk
from tmon.clock import KST
from tmon.listings.documents import Sale, SheetOption, Wanted
from tmon.models.listings import ChangeState, ProductUpload, UploadState

PERIOD, PAUSE, RESUME = "deals.sales_period", "deals.pause", "deals.resume"
END = datetime(2026, 12, 31, 23, 59, 59, tzinfo=KST)
MOST = 150
"""More moments than there are."""


@pytest.fixture
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """On one kind of database: there are many moments."""
    return sqlite_databases


async def at_any_moment(
    desk: MortalDesk, begin: Callable[[int], Coroutine[Any, Any, Any]], expected: Callable[[], Counter[str]]
) -> dict[int, bool]:
    """Let the process die at one event after the other, until it survives. Returns by event whether it was accepted before.

    Events come in pairs: before a commit and after it, a call that arrives at TMON and its answer. But for the press itself
    the second ones will do: each leaves what the first of the next pair leaves.

    `begin`: lets it die at the event with that number from now on, and somebody presses; `expected`: what TMON carries out then.
    """
    accepted = dict[int, bool]()
    for number in (1, *range(2, MOST, 2)):
        desk.tmon.calls.clear()
        rows = len(await desk.rows())
        survived = await desk.survives(begin(number))
        accepted[number] = len(await desk.rows()) > rows
        await desk.settle()
        effects = Counter(call.name for call in desk.tmon.calls if call.took_effect)
        assert effects == (expected() if accepted[number] else Counter()), number
        assert all((one.state, one.note) == (ChangeState.DONE, None) for one in await desk.rows())
        if survived:
            assert not accepted.pop(1)
            assert all(accepted.values())
            return accepted
    raise AssertionError(accepted)


def told(deal: Listing) -> tuple[str, datetime, int]:
    return deal.title, deal.sales_end, next(iter(deal.options.values())).price


async def test_a_sheet_is_carried_out_once(mortal: MortalDesk) -> None:
    await mortal.send(mortal.goods())

    async def upload(number: int) -> None:
        price = SheetOption(line=2, number="A-1-L", price=16000 + 10 * number)
        sheet = change_of(price, title=f"이름 {number}", end=END + timedelta(days=number))
        row = await mortal.preview(sheet)
        mortal.life.ends_in(number)  # a preview is no affair of TMON's
        await mortal.uploads.accept(mortal.person, row.id)

    accepted = await at_any_moment(mortal, upload, lambda: Counter({UPDATE: 1, PERIOD: 1}))
    number = max(accepted)
    assert told(mortal.deal()) == (f"이름 {number}", END + timedelta(days=number), 16000 + 10 * number)
    states = Counter(one.state for one in await mortal.rows(ProductUpload))
    assert states == {UploadState.PREVIEWED: 1, UploadState.SENT: 1 + len(accepted)}


async def test_a_sale_is_paused_and_resumed_once(mortal: MortalDesk) -> None:
    await mortal.send(mortal.goods())
    deal = mortal.deal()
    wanted = list[Sale]()

    async def press(number: int) -> None:
        wanted.append(Sale.RESUME if deal.paused else Sale.PAUSE)
        mortal.life.ends_in(number)
        await mortal.changes.submit(mortal.person, mortal.store.id, "a-1", Wanted(sale=wanted[-1]))

    await at_any_moment(mortal, press, lambda: Counter([RESUME if wanted[-1] is Sale.RESUME else PAUSE]))
    assert {*wanted} == {Sale.PAUSE, Sale.RESUME}


async def test_a_product_is_registered_once(mortal: MortalDesk) -> None:
    async def upload(number: int) -> None:
        row = await mortal.preview(mortal.goods(number=f"A-{number}"))
        mortal.life.ends_in(number)
        await mortal.uploads.accept(mortal.person, row.id)

    accepted = await at_any_moment(mortal, upload, lambda: Counter({CREATE: 1}))
    assert not mortal.has("A-1")  # whose press was lost
    assert all(mortal.has(f"A-{number}") for number in accepted)
