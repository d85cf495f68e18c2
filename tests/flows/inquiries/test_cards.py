"""The one standing card per store."""

from datetime import timedelta

from bot.playground.tmon import answer_oldest, new_cs_inquiry, new_question
from handlers.inquiries.ids import InquiryAction
from handlers.products.ids import ProductAction
from tests.flows.cards import buttons, posted, shows
from tests.flows.inquiries.collecting import DAY, again, cards, inquiries, waiting
from tests.flows.world import World
from tmon.inquiries.collector import INQUIRIES
from tmon.models.inquiries import Source


async def test_the_card_says_what_waits_without_anything_that_leads_to_somebody(world: World) -> None:
    store = await world.add_store()
    question = new_question(
        world.tmon,
        store.seller_id,
        content="M 사이즈 재입고되면 010-1234-5678 이나 buyer@example.com 으로 *꼭* 알려 주세요\n서울시 마포구 가상로 12",
    )
    matter = new_cs_inquiry(world.tmon, store.seller_id, emergency=True)
    await world.collect(INQUIRIES)
    (card,) = await cards(world)
    assert card.text == "[한빛리빙] 답변을 기다리는 문의 2건"
    shown = shows(card)
    for part in (
        question.deal_title,
        matter.deal_title,
        "M 사이즈 재입고되면",
        "상품문의",
        f"CS문의({matter.category})",
    ):
        assert part in shown
    assert "🚨" in shown
    assert "3월 10일(화)" in shown
    for part in ("1234", "5678", "buyer@", "가상로", "*꼭*", question.writer):
        assert part not in str(world.slack.calls)
    assert [found.partition("#")[0] for found in buttons(card.blocks)] == [
        *(InquiryAction.ANSWER, InquiryAction.SEE, ProductAction.OPEN) * 2,
        *(InquiryAction.LIST, InquiryAction.PHRASES),
    ]
    kept = {one.source: one for one in await inquiries(world)}
    assert (kept[Source.QUESTION].number, kept[Source.QUESTION].part) == (question.article_no, 0)
    assert (kept[Source.CS].number, kept[Source.CS].part) == (matter.inquiry_no, matter.groups[0].group_no)
    assert kept[Source.CS].urgent
    assert "재입고" not in str([vars(one) for one in kept.values()])


async def test_a_hundred_questions_are_one_message(world: World) -> None:
    store = await world.add_store()
    for minutes in range(120):
        new_question(world.tmon, store.seller_id, asked_at=world.clock() - timedelta(minutes=minutes))
    posts = len(world.posts("주문"))
    await world.collect(INQUIRIES)
    assert len(world.posts("주문")) == posts + 1
    (card,) = await cards(world)
    assert "120건" in card.text
    assert "외 115건" in shows(card)
    assert len(await waiting(world)) == 120
    assert len(world.tmon.calls_of("qnas.list")) == 3


async def test_a_new_one_beside_others_is_a_message_of_its_own(world: World) -> None:
    store = await world.add_store()
    new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    posts = len(world.posts("주문"))
    question = new_question(world.tmon, store.seller_id, asked_at=world.clock() - timedelta(minutes=1))
    new_cs_inquiry(world.tmon, store.seller_id)
    await again(world)
    assert len(world.posts("주문")) == posts + 1, "one per run: an edit would notify nobody"
    (told,) = await posted(world, "inquiries_arrived/")
    assert "새 문의 2건" in told.text
    assert "상품문의 1건" in told.text
    assert question.deal_title in told.text
    assert "<@" not in told.text
    assert "2건" in shows(told)
    (card,) = await cards(world)
    assert "3건" in card.text
    await again(world)
    assert len(world.posts("주문")) == posts + 1, "it is told once"


async def test_an_urgent_one_mentions_those_in_charge(world: World) -> None:
    staff = world.person("이준호").id
    store = await world.add_store(worker_ids=[staff])
    new_cs_inquiry(world.tmon, store.seller_id, emergency=True)
    await world.collect(INQUIRIES)
    (card,) = await cards(world)
    assert f"🚨 <@{staff}>" in shows(card)
    new_cs_inquiry(world.tmon, store.seller_id, emergency=True)
    await again(world)
    (told,) = await posted(world, "inquiries_arrived/")
    assert told.text.startswith(f"🚨 <@{staff}>")
    assert "긴급 문의 1건" in told.text


async def test_the_first_one_and_one_that_is_asked_again_are_told_by_the_card_itself(world: World) -> None:
    store = await world.add_store()
    question = new_question(world.tmon, store.seller_id)
    new_cs_inquiry(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    assert len(await cards(world)) == 1
    assert await posted(world, "inquiries_arrived/") == []
    question.answered = True
    await again(world)
    question.answered = False
    posts = len(world.posts("주문"))
    await again(world)
    assert len(world.posts("주문")) == posts + 1
    assert "2건" in (await cards(world))[-1].text


async def test_a_new_one_beside_others_edits_the_card_and_after_none_posts_it_anew(world: World) -> None:
    store = await world.add_store()
    new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    new_question(world.tmon, store.seller_id)
    await again(world)
    (card,) = await cards(world)
    assert "2건" in card.text
    while answer_oldest(world.tmon, store.seller_id):
        pass
    await again(world)
    new_question(world.tmon, store.seller_id)
    await again(world)
    old, card = await cards(world)
    assert "1건" in card.text
    assert "지난 문의 카드" in shows(old)
    assert buttons(old.blocks) == []


async def test_a_new_day_begins_a_new_card_with_the_first_new_question(world: World) -> None:
    store = await world.add_store()
    new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    await again(world, DAY)
    assert len(await cards(world)) == 1, "nothing came, so nobody is disturbed"
    new_question(world.tmon, store.seller_id)
    await again(world)
    old, card = await cards(world)
    assert "2건" in card.text
    assert "지난 문의 카드" in shows(old)
