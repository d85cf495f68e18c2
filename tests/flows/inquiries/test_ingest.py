"""What is kept of what TMON tells."""

from bot.playground.slack.demo import SEOYEON
from bot.playground.tmon import CallPhase, LoggedCall, answer_oldest, ask_again, new_cs_inquiry, new_question
from tests.flows.cards import shows
from tests.flows.inquiries.collecting import again, cards, inquiries, waiting
from tests.flows.stores.registering import text_of
from tests.flows.world import World
from tmon.inquiries.collector import INQUIRIES
from tmon.permissions import Person
from tmon.stores.service import StoreService


async def test_each_message_of_a_counsellor_waits_by_itself(world: World) -> None:
    store = await world.add_store()
    matter = new_cs_inquiry(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    answer_oldest(world.tmon, store.seller_id)
    await again(world)
    assert await waiting(world) == []
    group = ask_again(world.tmon, matter, "다시 확인 부탁드립니다.")
    await again(world)
    assert await waiting(world) == [matter.inquiry_no]
    assert [one.part for one in await inquiries(world) if one.answered_at is None] == [group.group_no]


async def test_words_that_tmon_does_not_tell_do_not_hold_up_the_rest(world: World) -> None:
    store = await world.add_store(worker_ids=[SEOYEON])
    matter = new_cs_inquiry(world.tmon, store.seller_id)
    new_question(world.tmon, store.seller_id)
    world.tmon.faults.mode, world.tmon.faults.only = "error_500_json", {"cs_inquiries.get"}
    await world.collect(INQUIRIES)
    (card,) = await cards(world)
    assert "티몬이 내용을 알려 주지 않았습니다" in shows(card)
    assert matter.inquiry_no in await waiting(world)
    world.tmon.faults.clear()
    await world.command(SEOYEON, "cs")
    assert text_of(world.modal(SEOYEON)).count('"text": "전체 보기"') == 1
    for _ in range(3):
        await again(world)
    assert len(await waiting(world)) == 2, "where no time is told, it is still found again"


async def test_a_store_that_is_removed_meanwhile_takes_in_nobodys_words(world: World) -> None:
    store = await world.add_store()
    new_cs_inquiry(world.tmon, store.seller_id)

    async def remove(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "cs_inquiries.get" and phase is CallPhase.RECEIVED:
            await world.bot.services[StoreService].remove(Person(store.team_id, world.owner, is_admin=True), store.id)

    world.tmon.on_call = remove
    await world.collect(INQUIRIES)
    assert await inquiries(world) == []
    assert await cards(world) == []
