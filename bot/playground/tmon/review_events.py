"""Reviews that buyers write: events outside of the API. Phone numbers in them are not real (see `buyers`)."""

from datetime import datetime
from random import Random

from bot.playground.tmon.buyers import BuyerGenerator
from bot.playground.tmon.deal_listings import sellable_listings
from bot.playground.tmon.models import BuyerReview
from bot.playground.tmon.state import Sandbox

_FIRST_REVIEW = 7700101
_WORDS = (
    (2, "포장이 터져서 왔어요. {phone} 으로 연락 주세요."),
    (5, "배송도 빠르고 품질도 좋아요. 재구매 의사 있습니다."),
    (1, "사진이랑 색이 너무 달라요. 실망입니다."),
    (4, "가격 대비 만족합니다. 포장만 조금 더 신경 써 주세요."),
    (5, "선물했는데 좋아하셨어요!"),
    (3, "보통이에요. 생각보다 작습니다."),
)


def new_review(
    sandbox: Sandbox,
    partner_id: str,
    *,
    score: int | None = None,
    content: str | None = None,
    written_at: datetime | None = None,
) -> BuyerReview:
    """Add a review of one of the partner's deals; `written_at` defaults to now, words and score to the next of a few."""
    number = len(sandbox.reviews)
    rng = Random(f"review {number}")
    deal = rng.choice(sellable_listings(sandbox.partners[partner_id], sandbox.deals, sandbox.clock()))
    usual_score, words = _WORDS[number % len(_WORDS)]
    buyers, orders = BuyerGenerator(rng), sandbox.partners[partner_id].orders
    review = BuyerReview(
        review_no=_FIRST_REVIEW + number,
        partner_id=partner_id,
        deal_no=deal.deal_no,
        deal_title=deal.title,
        writer=buyers.buyer().user_id[:3] + "***",
        score=score or usual_score,
        content=content or words.format(phone=buyers.mobile()),
        written_at=written_at or sandbox.clock(),
        image_count=rng.choice((0, 0, 1, 3)),
        order_no=rng.choice(orders).order_no if orders and rng.random() < 0.5 else None,
    )
    sandbox.reviews[review.review_no] = review
    return review
