"""Reviews by buyers (구매후기) and the seller's replies to them (docs/tmon-api.md, ch. 17).

No known integration calls either: both are proposed, and a client lives with `NotOffered`.
"""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from tmon.api import endpoints
from tmon.api.session import ApiSession
from tmon.api.wire import (
    ApiModel,
    Label,
    MaybeMoment,
    MaybeNumber,
    Number,
    OrZero,
    Prose,
    Records,
    discard,
    read,
    read_each,
)

PER_PAGE = 50
"""Items per page, as known integrations use for questions (docs/tmon-api.md, ch. 3)."""
LOWEST, HIGHEST = 1, 5


class Review(ApiModel):
    """구매후기: what a buyer wrote about a deal. Whether it has a reply is not told."""

    review_no: Number
    written_at: MaybeMoment = Field(default=None, validation_alias="createDate")
    deal_no: MaybeNumber = Field(default=None, validation_alias="tmonDealNo")
    deal_title: Label = None
    order_no: MaybeNumber = Field(default=None, validation_alias="tmonOrderNo")
    score: Annotated[Number, Field(ge=LOWEST, le=HIGHEST)]
    pictures: Annotated[OrZero, Field(ge=0, le=10_000)] = Field(default=0, validation_alias="imageCount")
    writer: Label = Field(default=None, repr=False)
    content: Prose = Field(default=None, repr=False)


def _read_reviews(data: Any) -> Records[Review]:
    return read_each(data, lambda item: read(Review, item), "reviewNo")


class Reviews:
    """A store's reviews."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    def written(self, start: date, end: date) -> AsyncIterator[Records[Review]]:
        """Yield reviews written on these days (Korea), both included, at most 7 days; one list per page.

        Raises NotOffered where TMON has no such call.
        """
        query = {"startDate": start.isoformat(), "endDate": end.isoformat(), "per": str(PER_PAGE)}
        return self._session.pages(endpoints.REVIEWS, _read_reviews, query=query)

    async def reply(self, review_no: int, content: str) -> None:
        """Reply to a review: public, and never repeated, because a second call would be a second reply.

        Any 200 is a success, as for answers to questions. Raises UnknownOutcome if it was sent without a conclusive answer,
        NotOffered, and Rejected with TMON's sentence.
        """
        await self._session.write(endpoints.REVIEW_REPLY, discard, {"content": content}, review_no=review_no)
