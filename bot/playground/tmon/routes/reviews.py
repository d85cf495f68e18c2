"""Reviews (구매후기) and replies to them; both calls are proposed (docs/tmon-api.md, ch. 17)."""

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.models import BuyerReview
from bot.playground.tmon.routes.bodies import fields_of, text
from bot.playground.tmon.routes.queries import days, page_of, page_size, path_number
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import moment, without_absent
from tmon.clock import KST


def written(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /reviews`: by the date of the review. Whether it has a reply is not told."""
    start, end = days(request)
    found = [
        review
        for review in sandbox.reviews.values()
        if review.partner_id == request.partner.partner_id and start <= review.written_at.astimezone(KST).date() <= end
    ]
    found.sort(key=lambda review: (review.written_at, review.review_no))
    return page_of(request, [_review(review) for review in found], page_size(request))


def reply(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`POST /reviews/{reviewNo}/replies`: each call is one more public reply. Answers with its bare number."""
    review = sandbox.reviews.get(path_number(request, "reviewNo"))
    content = text(fields_of(request.body), "content")
    if review is None or review.partner_id != request.partner.partner_id:
        raise ApiError(500, "존재하지 않는 구매후기입니다.")
    if sandbox.has_forbidden_word(content):
        raise ApiError(500, "금칙어가 포함되어 있어 답글을 등록할 수 없습니다.")
    review.replies.append(content)
    return review.review_no * 100 + len(review.replies)


def _review(review: BuyerReview) -> dict[str, object]:
    return without_absent(
        reviewNo=review.review_no,
        createDate=moment(review.written_at),
        tmonDealNo=review.deal_no,
        dealTitle=review.deal_title,
        writer=review.writer,
        score=review.score,
        content=review.content,
        imageCount=review.image_count,
        tmonOrderNo=review.order_no,
    )


ROUTES = (
    Route("reviews.list", "GET", "/reviews", written, proposed=True),
    Route("reviews.reply", "POST", "/reviews/{reviewNo}/replies", reply, proposed=True),
)
REVIEW_CALLS = frozenset(route.name for route in ROUTES)
"""Names of the calls that a TMON without reviews does not have."""
