"""What Slack delivers twice, in two processes: one effect, one answer."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text, update

from bot.playground.slack import SlackCall
from bot.playground.slack.demo import JUNHO, MINJI, ORDERS
from bot.playground.slack.model import View
from handlers.guide.ids import GuideView
from handlers.router import LOOK_SECONDS
from tests.flows.home.tab import tab
from tests.flows.stores.registering import api, text_of
from tests.flows.world import PATIENCE_SECONDS, World, until
from tmon.envelopes import Envelopes
from tmon.models.slack import Envelope
from tmon.processes import Process


class Gate:
    """Holds the first call of a method at Slack until it is opened."""

    def __init__(self, world: World, method: str) -> None:
        self._method = method
        self._open = asyncio.Event()
        self.held = asyncio.Event()
        world.slack.on_call = self._heard

    async def _heard(self, call: SlackCall, phase: Any) -> None:
        if call.method == self._method and phase.value == "received" and not self.held.is_set():
            self.held.set()
            await self._open.wait()

    def open(self) -> None:
        """Lets the call go on."""
        self._open.set()


def calls(world: World) -> Counter[str]:
    """Calls of Slack's methods that show something to people."""
    return Counter(call.method for call in world.slack.calls if call.method.startswith(("views.", "chat.post")))


async def rows(world: World) -> int:
    async with world.db.read() as session:
        return await session.scalar(select(func.count()).select_from(Envelope)) or 0


async def shown(world: World, second: World, user: str) -> None:
    """Somebody opens their tab, at one of the two."""
    assert (await world.slack.open_home(user)).ok
    await asyncio.gather(*drained(world, second))
    assert world.slack.home(user) is not None


def drained(*worlds: World) -> Iterator[Any]:
    return (one.bot.guard.drain() for one in worlds)


async def test_an_envelope_that_comes_to_both_and_to_the_first_again_has_one_effect(world: World) -> None:
    second = await world.second()
    await world.slack.slash(MINJI, ORDERS, "/tmon", "guide")
    await asyncio.gather(*drained(world, second))
    before = calls(world)
    for _ in range(3):
        assert (await world.slack.redeliver()).ok
        await asyncio.gather(*drained(world, second))
    assert before["views.open"] == 1
    assert calls(world) == before


async def test_an_envelope_that_comes_to_both_at_once_has_one_effect(world: World) -> None:
    second = await world.second()
    gate = Gate(world, "views.open")
    await world.slack.slash(MINJI, ORDERS, "/tmon", "guide")
    await asyncio.gather(*(world.slack.redeliver() for _ in range(4)))
    await gate.held.wait()
    gate.open()
    await asyncio.gather(*drained(world, second))
    assert calls(world)["views.open"] == 1


async def test_an_envelope_of_before_a_restart_has_no_second_effect(world: World) -> None:
    await world.command(MINJI, "guide")
    await world.restart()
    assert (await world.slack.redeliver()).ok
    await world.settle()
    assert calls(world)["views.open"] == 1


async def form(world: World) -> View:
    await world.slack.slash(MINJI, ORDERS, "/tmon", "setup")
    await until(lambda: bool(world.slack.open_modal(MINJI)))
    await world.settle()
    return world.modal(MINJI)


async def test_a_submission_that_comes_to_the_other_process_gets_the_answer_of_the_first(world: World) -> None:
    second = await world.second()
    view = await form(world)
    first = await world.slack.submit(MINJI, view.id, api())
    await asyncio.gather(*drained(world, second))
    assert first.ok
    assert first.ack
    for _ in range(2):
        assert (await world.slack.redeliver()).ack == first.ack
    async with world.db.read() as session:
        answers = [str(answer) for answer in await session.scalars(text("SELECT answer FROM envelope"))]
    assert api()["api_key"] not in str(answers)
    assert "modal" not in str(answers)  # sealed: a form holds what people type


async def test_a_submission_that_comes_again_while_it_is_at_work_waits_for_its_answer(world: World) -> None:
    second = await world.second()
    view = await form(world)
    for one in (world, second):
        one.bot.guard._directory._people.clear()
    gate = Gate(world, "users.info")
    first = asyncio.create_task(world.slack.submit(MINJI, view.id, api()))
    await gate.held.wait()
    again = asyncio.create_task(world.slack.redeliver())
    await asyncio.sleep(0.2)
    assert not again.done()
    gate.open()
    assert (await first).ack == (await again).ack
    assert (await first).ack


async def test_a_submission_whose_first_process_died_is_refused_and_keeps_its_values(world: World) -> None:
    view = await form(world)
    second = await world.second()
    second.bot.guard.submission_seconds = world.bot.guard.submission_seconds = 0.5
    gate = Gate(world, "users.info")
    for one in (world, second):
        one.bot.guard._directory._people.clear()
    first = asyncio.create_task(world.slack.submit(MINJI, view.id, api()))
    await gate.held.wait()
    [mine] = [one for one in (world, second) if one.bot.guard._running]
    for task in list(mine.bot.guard._running):
        task.cancel()
    async with world.db.write() as session:
        await session.execute(update(Envelope).values(answer=None))
    acted = await world.slack.redeliver()
    assert "입력한 내용은 그대로" in str(acted.ack)
    gate.open()
    await asyncio.wait({first})


async def test_a_submission_is_answered_in_time_whoever_does_not_answer_before_its_listener(world: World) -> None:
    view = await form(world)
    world.bot.guard.submission_seconds = 1
    world.bot.guard._directory._people.clear()
    gate = Gate(world, "users.info")
    acted = await world.slack.submit(MINJI, view.id, api())
    assert "입력한 내용은 그대로" in str(acted.ack)
    assert gate.held.is_set()
    gate.open()
    await world.bot.guard.drain()
    world.bot.guard.submission_seconds = PATIENCE_SECONDS - 1
    acted = await world.slack.submit(MINJI, view.id, api())
    assert (acted.ok, acted.errors) == (True, {})


async def test_a_second_click_that_reaches_another_process_is_ignored_while_the_first_is_at_work(world: World) -> None:
    await world.add_store()
    second = await world.second()
    await shown(world, second, MINJI)
    gate = Gate(world, "views.open")
    click: dict[str, Any] = {"view_id": tab(world, MINJI).id, "action_id": "home.go#guide"}
    assert (await world.slack.click(MINJI, **click)).ok
    await gate.held.wait()
    for _ in range(3):
        assert (await world.slack.click(MINJI, **click)).ok
    await asyncio.sleep(0.2)
    gate.open()
    await asyncio.gather(*drained(world, second))
    assert calls(world)["views.open"] == 1

    await world.slack.close(MINJI, world.modal(MINJI).id)
    for number in (2, 3):  # one at each of them
        assert (await world.slack.click(MINJI, **click)).ok
        await asyncio.gather(*drained(world, second))
        assert calls(world)["views.open"] == number
        await world.slack.close(MINJI, world.modal(MINJI).id)


async def test_a_button_whose_process_is_gone_can_be_pressed_again(world: World) -> None:
    await world.add_store()
    second = await world.second()
    await shown(world, second, MINJI)
    key = "action:of a process that is killed"
    view = tab(world, MINJI)
    press = [world.slack.team_id, MINJI, view.id, "home.go#guide", "guide"]
    await second.bot.services[Envelopes].take(world.slack.team_id, key, press)
    await second.heart_stop()
    for number in (1, 2):
        assert (await world.slack.click(MINJI, view_id=view.id, action_id="home.go#guide")).ok
        await asyncio.gather(*drained(world, second))
        assert calls(world)["views.open"] == number
        await world.slack.close(MINJI, world.modal(MINJI).id)


async def test_whoever_presses_again_what_a_killed_process_left_unanswered_is_told(world: World) -> None:
    await world.add_store()
    world.process.alone = False
    await shown(world, world, MINJI)
    killed = Process(world.db)
    await killed.begin(alone=False)
    envelopes = Envelopes(world.db, world.bot.services.core.sealer, killed)
    view = tab(world, MINJI)
    press = [world.slack.team_id, MINJI, view.id, "home.go#guide", "guide"]
    await envelopes.take(world.slack.team_id, "action:of a process that is killed", press)

    async def pressed_again() -> None:
        assert (await world.slack.click(MINJI, view_id=view.id, action_id="home.go#guide")).ok
        await world.bot.guard.drain()

    await pressed_again()
    assert calls(world)["views.open"] == 0, "an impatient second click"
    world.clock.advance(timedelta(seconds=4))  # and nobody knows yet that the process is gone
    await pressed_again()
    assert "앞서 누른 것을 아직 처리하고 있습니다" in await world.notice(MINJI)
    await killed.end()
    await pressed_again()
    assert world.modal(MINJI).callback_id == GuideView.GUIDE


async def test_two_people_press_the_same_button(world: World) -> None:
    await world.add_store()
    second = await world.second()
    for user in (MINJI, JUNHO):
        await shown(world, second, user)
    gate = Gate(world, "views.open")
    for user in (MINJI, JUNHO):
        await world.slack.click(user, view_id=tab(world, user).id, action_id="home.go#guide")
    await gate.held.wait()
    gate.open()
    await asyncio.gather(*drained(world, second))
    assert calls(world)["views.open"] == 2


async def test_a_locked_database_delays_a_process_without_others_for_a_moment_only(world: World) -> None:
    world.bot.guard._envelopes._process.alone = True
    async with world.db.write():  # whoever writes for long, such as a collection
        loop = asyncio.get_running_loop()
        began = loop.time()
        await world.slack.slash(MINJI, ORDERS, "/tmon", "guide")
        await until(lambda: bool(world.slack.open_modal(MINJI)))
        assert loop.time() - began < LOOK_SECONDS + 2
    await world.settle()


async def test_envelopes_are_forgotten_after_an_hour(world: World) -> None:
    await world.command(MINJI, "guide")
    assert await rows(world) == 1
    world.clock.advance(timedelta(minutes=59))
    await world.run_job("forget envelopes")
    assert await rows(world) == 1
    world.clock.advance(timedelta(minutes=2))
    await world.run_job("forget envelopes")
    assert await rows(world) == 0


async def test_a_tab_keeps_its_page_in_whatever_process_its_person_acts(world: World) -> None:
    for number in range(25):
        await world.add_store(name=f"가게 {number:02}", name_key=f"가게{number:02}", seller_id=f"seller{number:02}")
    second = await world.second()
    await shown(world, second, MINJI)
    assert "가게 24" not in text_of(tab(world, MINJI))
    following = next(
        one["action_id"]
        for block in tab(world, MINJI).blocks
        if block["type"] == "actions"
        for one in block["elements"]
        if one["action_id"].startswith("home.page")
    )
    await world.slack.click(MINJI, view_id=tab(world, MINJI).id, action_id=following)
    await asyncio.gather(*drained(world, second))
    assert "가게 24" in text_of(tab(world, MINJI))
    for _ in range(2):
        await world.slack.slash(MINJI, ORDERS, "/tmon", "guide")
        await asyncio.gather(*drained(world, second))
        assert "가게 24" in text_of(tab(world, MINJI))


async def test_an_older_tab_does_not_stay_over_a_newer_one(world: World) -> None:
    store = await world.add_store()
    second = await world.second()
    await shown(world, second, MINJI)
    gate = Gate(world, "views.publish")
    await world.slack.slash(MINJI, ORDERS, "/tmon", "guide")
    await gate.held.wait()  # the one of before is on its way
    async with world.db.write() as session:
        await session.execute(update(type(store)).values(name="새 이름"))
    await world.slack.slash(MINJI, ORDERS, "/tmon", "guide")
    await until(lambda: "새 이름" in text_of(tab(world, MINJI)), PATIENCE_SECONDS)
    gate.open()
    await asyncio.gather(*drained(world, second))
    assert "새 이름" in text_of(tab(world, MINJI))
    published = [call for call in world.slack.calls if call.method == "views.publish"]
    # a client repeats the one that is held for too long, on a machine that is very busy
    assert len(published) >= 4, "opened, the older one, the newer one, and that once more"
