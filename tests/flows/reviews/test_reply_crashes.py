"""kill -9 around a reply to a review: at most one public reply, and nothing that was typed is lost."""

import asyncio
from datetime import timedelta

import pytest

from bot.playground.tmon import BuyerReview, new_review
from tests.flows.process import Moment, Outside
from tests.flows.reviews.reviewing import REPLY, action_of, rows
from tests.flows.world import until
from tmon.models.inquiries import AnswerState
from tmon.sealing import Place, Sealer

pytestmark = pytest.mark.timeout(600)

LATER = timedelta(minutes=6)
STARTED_SECONDS = 60


async def _command(outside: Outside, text: str) -> None:
    await outside.slack.slash(outside.owner, outside.channel("주문").id, "/tmon", text)
    await outside.rest()


def _shows(outside: Outside, words: str) -> bool:
    return bool(outside.slack.open_modal(outside.owner)) and words in str(outside.modal(outside.owner).blocks)


async def _collect(outside: Outside, review: BuyerReview) -> None:
    await _command(outside, "collect reviews")
    async with asyncio.timeout(STARTED_SECONDS):
        while all(one.review_no != review.review_no for one in await rows(outside)):  # noqa: ASYNC110 - told by no event
            await asyncio.sleep(0.1)


async def _press(outside: Outside, words: str) -> None:
    for view in reversed(outside.slack.open_modal(outside.owner)):
        await outside.slack.close(outside.owner, view.id)
    await _command(outside, "reviews")
    await until(lambda: _shows(outside, words), STARTED_SECONDS)
    view = outside.modal(outside.owner)
    await outside.slack.click(outside.owner, view_id=view.id, action_id=action_of(view.blocks, words))
    await outside.rest()


async def _reply(outside: Outside) -> None:
    await _press(outside, "답글 달기")
    await until(lambda: len(outside.slack.open_modal(outside.owner)) == 2, STARTED_SECONDS)
    await outside.slack.submit(outside.owner, outside.modal(outside.owner).id, {"reply": REPLY})
    await outside.rest()


async def _state(outside: Outside, review: BuyerReview) -> AnswerState:
    return next(one.reply_state for one in await rows(outside) if one.review_no == review.review_no)


async def test_no_reply_is_posted_twice(outside: Outside, subtests: pytest.Subtests) -> None:
    store = await outside.add_store()
    outside.child = await outside.start()
    await outside.rest()
    for phase in ("received", "answered"):
        with subtests.test(phase):
            review: BuyerReview = new_review(outside.tmon, store.seller_id, score=5)
            outside.clock.advance(timedelta(minutes=1))
            await _collect(outside, review)
            outside.watch(Moment("reviews.reply", 1, phase))
            await _reply(outside)
            child = outside.child
            await until(lambda: child.returncode is not None, STARTED_SECONDS)  # noqa: B023 - awaited here
            assert child.returncode == -9, "it was not hit"
            outside.watch()
            await outside.restart(LATER)
            await outside.writes_settled()
            posted = len(review.replies)
            assert posted <= 1
            row = next(one for one in await rows(outside) if one.review_no == review.review_no)
            assert row.reply_state is AnswerState.UNSENT, "nobody can tell, so a person decides"
            sealer = Sealer(outside.settings.fernet_keys())
            assert row.reply is not None
            assert sealer.open(row.reply, Place.of(row, "reply")) == REPLY
            await _press(outside, "답글 완료로 표시" if posted else "다시 보내기")
            async with asyncio.timeout(STARTED_SECONDS):
                while await _state(outside, review) is not AnswerState.DONE:  # noqa: ASYNC110 - told by no event
                    await asyncio.sleep(0.1)
            assert review.replies == [REPLY]
