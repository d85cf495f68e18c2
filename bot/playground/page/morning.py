"""The button "하루": a busy morning of one shop in a minute, for the bot to live through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.playground.tmon import NothingOnSale, Sandbox, buyer_cancels, new_cs_inquiry, new_question


@dataclass(frozen=True)
class Event:
    """What happens `after` seconds, at the time of day that the morning pretends."""

    after: float
    told: str
    """The line in the panel."""
    happen: Callable[[Sandbox, str], None]


def _orders(count: int) -> Callable[[Sandbox, str], None]:
    def happen(sandbox: Sandbox, partner_id: str) -> None:
        for _ in range(count):
            try:
                sandbox.new_order(partner_id)
            except NothingOnSale:
                return

    return happen


def _buyer_cancels(sandbox: Sandbox, partner_id: str) -> None:
    buyer_cancels(sandbox, partner_id=partner_id)


def _question(sandbox: Sandbox, partner_id: str) -> None:
    new_question(sandbox, partner_id)


def _urgent_inquiry(sandbox: Sandbox, partner_id: str) -> None:
    new_cs_inquiry(sandbox, partner_id, emergency=True)


def _down(sandbox: Sandbox, _: str) -> None:
    sandbox.faults.mode = "down"
    sandbox.faults.only = None


def _up(sandbox: Sandbox, _: str) -> None:
    if sandbox.faults.mode == "down":
        sandbox.faults.mode = None


MORNING: Sequence[Event] = (
    Event(0, "오전 8:00 밤사이 들어온 주문 12건", _orders(12)),
    Event(4, "오전 8:20 상품문의 1건", _question),
    Event(7, "오전 8:40 새 주문 3건", _orders(3)),
    Event(10, "오전 9:00 구매자가 취소를 요청", _buyer_cancels),
    Event(13, "오전 9:10 긴급 CS문의 1건", _urgent_inquiry),
    Event(17, "오전 9:30 새 주문 5건", _orders(5)),
    Event(22, "오전 9:40 티몬 API 중단", _down),  # long enough for the bot to tell of it
    Event(56, "오전 10:20 티몬 API 복구", _up),
    Event(58, "오전 10:30 중단된 동안의 주문 4건", _orders(4)),
    Event(60, "오전 11:00 상품문의 1건", _question),
)


class Morning:
    """Plays `events` for one shop at a time."""

    def __init__(
        self, sandbox: Sandbox, changed: Callable[[], None], events: Sequence[Event] = MORNING, *, pace: float = 1.0
    ) -> None:
        """`changed` is called after each event; `pace` stretches the waits (below 1: faster)."""
        self._sandbox = sandbox
        self._changed = changed
        self._events = events
        self._pace = pace
        self._task: asyncio.Task[None] | None = None
        self.told = ""
        """What happened last; empty before the first morning."""

    @property
    def playing(self) -> bool:
        """Whether a morning is being played."""
        return self._task is not None and not self._task.done()

    def start(self, partner_id: str) -> None:
        """Begin a morning of this shop, unless one is being played."""
        if not self.playing:
            self._task = asyncio.create_task(self._play(partner_id))

    def stop(self) -> None:
        """End the morning; an outage of it ends, too."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self.told:
            self.told = "하루를 멈췄습니다."

    async def end(self) -> None:
        """Wait until the morning that is being played ends."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _play(self, partner_id: str) -> None:
        before = 0.0
        try:
            for event in self._events:
                await asyncio.sleep((event.after - before) * self._pace)
                before = event.after
                event.happen(self._sandbox, partner_id)
                self.told = event.told
                self._changed()
        finally:
            _up(self._sandbox, partner_id)
        self.told = "하루가 끝났습니다. 채널의 카드와 스레드를 보세요."
        self._changed()
