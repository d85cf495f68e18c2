"""Samples of reviews: the messages, the list, the whole text, the form of a reply and how it ended."""

from collections.abc import Iterator
from typing import Any

from handlers.feature import Sample
from handlers.reviews import views
from handlers.reviews.ids import ReviewRef, ReviewsRef
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, store
from handlers.samples.messages import message
from handlers.texts import Texts, escape
from tmon.models.inquiries import AnswerState
from tmon.models.reviews import Review, ReviewText
from tmon.models.writes import WriteStep
from tmon.pages import Page
from tmon.permissions import Person
from tmon.reviews.service import IN_MESSAGE, PAGE, ReplyResult, ReviewFacts, ReviewReport, ReviewSummary
from tmon.writes.remote_write import Outcome

_STATES = tuple(AnswerState)


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view and message about reviews."""
    usual = _summary()
    worst = tuple(_worst(number) for number in range(max(PAGE, IN_MESSAGE)))
    reports = {
        "usual": ReviewReport(usual.store, 1, 0, 5.0, (usual,)),
        "worst": ReviewReport(worst[0].store, HUGE, HUGE, 1.96, worst[:IN_MESSAGE]),
        "removed": ReviewReport(store(NASTY, removed_at=MOMENT), 1, 1, 1.0, worst[:1]),
    }
    for name, found in reports.items():
        for kind, text in (
            ("review digest", views.digest_text(t, found)),
            ("low ratings", views.low_ratings_text(t, found)),
        ):
            yield f"{kind} {name}", message(text, views.report(t, text, found))
    yield from _lists(t, usual, worst)
    for name, facts in {"usual": _facts(usual), "worst": _facts(worst[0], LONG * 5, "답" * 2000)}.items():
        ref = ReviewRef(store="s" * 20, number=HUGE, under="V" * 60, list=ReviewsRef(store="s" * 20, page=HUGE))
        yield f"review {name}", views.whole(t, facts, ref)
        yield f"review reply form {name}", views.reply_form(t, facts, ref)
        yield (
            f"review reply form {name}, refused",
            views.reply_form(t, facts, ref, typed="답" * 2000, problem=escape(NASTY)),
        )
        for done in (True, False):
            text = views.ended_text(t, facts, done=done)
            yield f"review reply ended {name}, {done}", message(text, views.ended(t, facts, text))
        for outcome in (
            Outcome[bool](WriteStep.DONE, True),
            Outcome[bool](WriteStep.UNKNOWN),
            Outcome[bool](WriteStep.FAILED, settled=True),
            Outcome[bool](WriteStep.FAILED),
        ):
            said = views.result_text(t, ReplyResult(facts, outcome))
            yield (
                f"review reply {outcome.state} {name}, settled {outcome.settled}",
                views.result(t, said, partner_center=True),
            )
    yield "review reply working", views.working(t)


def _lists(t: Texts, usual: ReviewSummary, worst: tuple[ReviewSummary, ...]) -> Iterator[Sample]:
    many = [store(NASTY, id=f"st_{n}", cs_on=n % 2 == 0) for n in range(40)]
    missing = frozenset(one.id for one in many)
    pages = {
        "usual": (Page((usual,), 0, 1, 1), [usual.store], frozenset[str]()),
        "empty": (Page[ReviewSummary]((), 0, 1, 0), [usual.store], frozenset[str]()),
        "not offered": (Page[ReviewSummary]((), 0, 1, 0), [usual.store], frozenset({usual.store.id})),
        "worst": (Page(worst[:PAGE], 1, HUGE, HUGE), many, missing),
    }
    for name, (page, stores, not_offered) in pages.items():
        for low in (False, True):
            ref = ReviewsRef(store="s" * 20, low=low)
            yield (
                f"review list {name}, low {low}",
                views.review_list(t, Person("T1", "U0MINJI001", is_admin=True), page, stores, ref, not_offered),
            )


def _summary(name: str = "한빛리빙", text: str = "배송도 빠르고 좋아요.", **over: Any) -> ReviewSummary:
    about = store(name)
    values = {
        "team_id": about.team_id,
        "store_id": about.id,
        "review_no": 7700101,
        "title": "귤 5kg",
        "score": 5,
        "written_at": MOMENT,
        "first_seen_at": MOMENT,
        "content": "sealed",
        **over,
    }
    return ReviewSummary(about, Review(**values), text)


def _worst(number: int) -> ReviewSummary:
    return _summary(
        NASTY,
        f"{NASTY} {LONG}",
        review_no=HUGE - number,
        order_no=HUGE,
        title=LONG,
        score=1 + number % 2,
        pictures=9999,
        reply_state=_STATES[(3 + number) % len(_STATES)],
        reply_error=LONG,
    )


def _facts(one: ReviewSummary, text: str = "배송도 빠르고 좋아요.", reply: str = "") -> ReviewFacts:
    return ReviewFacts(one.store, one.review, ReviewText(writer=NASTY if reply else "han***", content=text), reply)
