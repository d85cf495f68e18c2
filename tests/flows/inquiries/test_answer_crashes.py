"""kill -9 around each answer: TMON hears of each at most once, and nothing that was sent off is lost."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from bot.playground.slack.model import Message
from bot.playground.tmon import BuyerQuestion, CsCase, new_cs_inquiry, new_question
from handlers.inquiries.ids import InquiryAction, InquiryView
from tests.flows.cards import buttons, posted
from tests.flows.inquiries.answering import CS_ANSWER, REPLY, close_all, drafts, fields, row
from tests.flows.process import Moment, Outside
from tests.flows.world import until
from tmon.models.inquiries import AnswerState, AnswerText, Inquiry
from tmon.models.stores import Store
from tmon.sealing import Place, Sealer

pytestmark = pytest.mark.timeout(900)

LATER = timedelta(minutes=6)
"""Long enough for an answer that TMON does not list to be known as not sent."""
STARTED_SECONDS = 60
"""Real seconds in which a bot that was started on a busy machine has settled what it left."""
Asked = BuyerQuestion | CsCase


def number_of(asked: Asked) -> int:
    return asked.article_no if isinstance(asked, BuyerQuestion) else asked.inquiry_no


async def button(outside: Outside, asked: Asked, wanted: str) -> tuple[Message, str] | None:
    """The card, and the id of a button about an inquiry on it."""
    found = await posted(outside, "inquiries/")
    ids = [one for one in buttons(found[-1].blocks) if one.startswith(f"{wanted}#")] if found else []
    return next(((found[-1], one) for one in ids if f"-{number_of(asked)}-" in one), None)


async def collected(outside: Outside, store: Store, asked: Asked) -> None:
    """It stands on the card."""
    outside.clock.advance(timedelta(minutes=1))
    await outside.slack.slash(outside.owner, outside.channel("주문").id, "/tmon", "collect cs")
    async with asyncio.timeout(STARTED_SECONDS):
        while await button(outside, asked, InquiryAction.ANSWER) is None:
            await outside.rest()


async def press(outside: Outside, asked: Asked, wanted: str) -> None:
    """Presses a button of the card, once it is there."""
    async with asyncio.timeout(STARTED_SECONDS):
        while (found := await button(outside, asked, wanted)) is None:
            await outside.rest()
    message, action_id = found
    await outside.slack.click(outside.owner, channel=message.channel, ts=message.ts, action_id=action_id)


async def answer(outside: Outside, asked: Asked, words: str) -> None:
    """Opens the form on the card, and sends it; a bot that dies of it acknowledges nothing."""
    await close_all(outside, outside.owner)
    await press(outside, asked, InquiryAction.ANSWER)
    await until(lambda: outside.slack.open_modal(outside.owner), STARTED_SECONDS)
    view = outside.modal(outside.owner)
    assert view.callback_id == InquiryView.ANSWER
    names = fields(view)
    values = {"content": words, **({"possible": "yes"} if "possible" in names else {})}
    await outside.slack.submit(outside.owner, view.id, {names[name]: value for name, value in values.items()})
    await outside.rest()


def heard(asked: Asked) -> list[str]:
    """The answers that everybody sees."""
    return (
        list(asked.replies) if isinstance(asked, BuyerQuestion) else [one.message for one in asked.groups[-1].answers]
    )


async def stored(outside: Outside, asked: Asked) -> Inquiry:
    if isinstance(asked, BuyerQuestion):
        return await row(outside, asked.article_no)
    return await row(outside, asked.inquiry_no, asked.groups[-1].group_no)


async def kept(outside: Outside, found: Inquiry) -> list[str]:
    """What is kept of the answer, as draft or as what was to be sent."""
    sealer = Sealer(outside.settings.fernet_keys())
    texts = [sealer.open_as(AnswerText, one.content, Place.of(one, "content")) for one in await drafts(outside)]
    if found.answer is not None:
        texts.append(sealer.open_as(AnswerText, found.answer, Place.of(found, "answer")))
    return [one.content for one in texts]


async def test_no_answer_is_public_twice_and_nothing_typed_is_lost(
    outside: Outside, on_postgres: bool, subtests: pytest.Subtests
) -> None:
    store = await outside.add_store()
    outside.child = await outside.start()
    await outside.rest()
    calls = [(REPLY, 1), (CS_ANSWER, 1)]
    if not on_postgres:
        calls = [("qnas.list", 1), (REPLY, 1), ("cs_inquiries.get", 1), ("cs_inquiries.list", 1), (CS_ANSWER, 1)]
    moments = [Moment(call, number, phase) for call, number in calls for phase in ("received", "answered")]
    for turn, fatal in enumerate(moments):
        with subtests.test(fatal=str(fatal)):
            words = f"{turn}번째 답변입니다."
            is_question = fatal.call.startswith("qnas")
            asked: Asked = (
                new_question(outside.tmon, store.seller_id)
                if is_question
                else new_cs_inquiry(outside.tmon, store.seller_id, category_no=2)
            )
            await collected(outside, store, asked)
            outside.watch(fatal)
            await answer(outside, asked, words)
            assert outside.child is not None
            assert outside.child.returncode == -9, "it was not hit"
            outside.watch()
            await outside.restart(LATER)
            await outside.writes_settled()
            found = await stored(outside, asked)
            assert len(heard(asked)) <= 1
            assert words in await kept(outside, found), "nothing typed is lost"
            if heard(asked):
                assert found.answer_state is AnswerState.DONE
            else:
                assert found.answered_at is None
                assert found.answer_state in (AnswerState.NONE, AnswerState.UNSENT)
                again = InquiryAction.RESEND if found.answer_state is AnswerState.UNSENT else InquiryAction.ANSWER
                if again is InquiryAction.RESEND:
                    await press(outside, asked, again)
                    await outside.rest(after=partial(heard, asked))
                else:
                    await answer(outside, asked, words)
            assert heard(asked) == [words]
            assert (await stored(outside, asked)).answer_state is AnswerState.DONE
            await close_all(outside, outside.owner)
