"""Any order of sheets, lost answers, refusals and crashes ends with TMON as the last accepted sheets want it."""

from collections import defaultdict
from datetime import timedelta
from random import Random
from typing import Any, get_args

import pytest

from bot.playground.tmon.faults import Mode
from tests.tmon.listings.desk import ADD, CREATE, UPDATE
from tests.tmon.listings.goods import change_of
from tests.tmon.listings.mortal_desk import MortalDesk
from tmon.errors import AppError
from tmon.listings.documents import Kind, SheetDeal, SheetOption
from tmon.listings.identity import number_key
from tmon.listings.outcomes import LEFT_AS_IT_WAS
from tmon.models.listings import ChangeState

STEPS = 30
NUMBERS = ("A-1", "B-1")
WIRE = {
    "title": "title",
    "promo": "titleDecoration",
    "most": "maxPurchaseQty",
    "keywords": "keywords",
    "brand": "brandName",
}
"""Names of the sheet's fields at TMON; of the last two its answers tell nothing."""
MODES: tuple[Mode, ...] = (
    "empty",
    "truncated",
    "empty_without_effect",
    "down",
    "throttled",
    "error_500",
    "error_500_json",
)
assert set(MODES) <= set(get_args(Mode))


class Play:
    """One game: what was accepted, by change."""

    def __init__(self, desk: MortalDesk, seed: int) -> None:
        self.desk, self.rng = desk, Random(seed)
        self.wanted: dict[str, dict[str, Any]] = {}
        self.options: defaultdict[str, set[str]] = defaultdict(set)

    async def step(self) -> None:
        """Something happens, and the process may die of it."""
        acts = (self.upload, self.upload, self.upload, self.fault, self.pass_time, self.crash_soon)
        await self.desk.survives(self.rng.choice(acts)())

    async def upload(self) -> None:
        """Somebody uploads a sheet of one product, and accepts it."""
        number, fields = self.rng.choice(NUMBERS), self._fields()
        price = self.rng.randrange(10_000, 11_000, 10)
        known = [one for one in await self.desk.rows() if one.product_key == number_key(number)]
        is_new = not any(one.is_new and one.state is ChangeState.DONE for one in known)
        sheet = self._new(number, fields, price) if is_new else self._change(number, fields, price)
        upload = await self.desk.preview(sheet)
        (judged,) = upload.content.judged
        if judged.kind is Kind.WRONG:  # its registration is being asked about, or it cannot be read now
            return
        before = {one.id for one in await self.desk.rows()}
        try:
            await self.desk.uploads.accept(self.desk.person, upload.id)
        except AppError as error:
            if error.key != "listings.nothing_to_send":
                raise
        finally:  # who pressed may not hear of it any more
            for one in await self.desk.rows():
                if one.id not in before:
                    self.wanted[one.id] = {**fields, "price": price}
        if self.rng.random() < 0.7:
            await self.desk.rest()

    async def fault(self) -> None:
        """TMON behaves badly for a while."""
        faults = self.desk.tmon.faults
        faults.mode, faults.times = self.rng.choice(MODES), self.rng.randrange(1, 4)
        faults.only = self.rng.choice(({CREATE}, {UPDATE}, {ADD}, {CREATE, UPDATE, ADD, "deals.get"}))
        faults.error_text = self.rng.choice(("금칙어가 있습니다", "이미 등록 완료된 딜입니다."))

    async def pass_time(self) -> None:
        """Jobs run."""
        await self.desk.later(timedelta(seconds=self.rng.choice((10, 130, 400))))

    async def crash_soon(self) -> None:
        """The process will be killed, soon."""
        self.desk.life.ends_in(self.rng.randrange(1, 30))

    def _fields(self) -> dict[str, Any]:
        chosen = self.rng.sample(sorted(WIRE), self.rng.randrange(1, 4))
        some = self.rng.randrange(1, 900)
        values: dict[str, Any] = {
            "title": f"이름 {some}" if self.rng.random() < 0.9 else "금칙어",
            "promo": f"홍보 {some}",
            "most": some,
            "keywords": (f"말{some}", "양말"),
            "brand": f"브랜드{some}",
        }
        return {name: values[name] for name in chosen}

    def _new(self, number: str, fields: dict[str, Any], price: int) -> SheetDeal:
        options = [SheetOption(line=2, number=f"{number}-L", sections=("검정", "L"), price=price, stock=5)]
        return self.desk.goods(*options, number=number, **fields)

    def _change(self, number: str, fields: dict[str, Any], price: int) -> SheetDeal:
        options = [SheetOption(line=2, number=f"{number}-L", price=price)]
        if self.rng.random() < 0.4:
            count = len(self.options[number]) + 1
            self.options[number].add(f"{number}-{count}")
            options.append(
                SheetOption(line=3, number=f"{number}-{count}", sections=("하양", f"{count}호"), price=price, stock=1)
            )
        return change_of(*options, number=number, **fields)

    async def check(self) -> None:
        """TMON has what the last change that was done wants of each field, and nothing twice."""
        expected: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for change in sorted(await self.desk.rows(), key=lambda one: one.seq):
            fields = self.wanted.get(change.id, {})
            if change.state is ChangeState.DONE:
                # sent once more, because TMON does not tell whether it has it: it had
                assert change.note in (None, LEFT_AS_IT_WAS)
                expected[change.product_key] |= fields
            elif change.state is ChangeState.FAILED:  # a part of it may have gone through
                for name in fields:
                    expected[change.product_key].pop(name, None)
        for number in NUMBERS:
            if not expected[number_key(number)]:
                continue
            deal = self.desk.deal(number)  # the only one
            for name, value in expected[number_key(number)].items():
                if name == "price":
                    assert self.desk.prices(number)[f"{number}-L"] == value
                else:
                    told = deal.document[WIRE[name]]
                    assert (tuple(told) if isinstance(told, list) else told) == value, name
            keys = [option.vendor_option_no for option in deal.options.values()]
            assert len(keys) == len({*keys})


@pytest.mark.parametrize("seed", range(3))
async def test_tmon_ends_as_the_last_sheets_want_it(mortal: MortalDesk, seed: int) -> None:
    play = Play(mortal, seed)
    for _ in range(STEPS):
        await play.step()
    await mortal.settle()
    await play.check()
    assert any(one.state is ChangeState.DONE for one in await mortal.rows())
