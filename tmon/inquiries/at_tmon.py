"""What TMON says of one inquiry: whether it waits or is answered, and which message of a CS inquiry is the newest."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from tmon.api import (
    CsInquiry,
    NotOffered,
    Question,
    Records,
    Rejected,
    StoreApi,
    UnexpectedResponse,
    UnreadableAnswer,
    unread_of,
)
from tmon.inquiries.days import MAX_WINDOW, day_of
from tmon.inquiries.ingest import RemoteInquiry, inquiry_key
from tmon.models.inquiries import Inquiry, Source

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Waiting:
    """How an inquiry stands in the list of those that wait for an answer."""

    part: int
    """The newest message of a CS inquiry; 0 for questions."""
    listed: RemoteInquiry | None
    """The item of that message; None: it is not listed, or cannot be read."""
    unreadable: bool = False
    """An item with its number is listed that cannot be read."""

    @property
    def waits(self) -> bool:
        """Whether it waits for an answer."""
        return self.listed is not None or self.unreadable


async def look(api: StoreApi, inquiry: Inquiry, now: datetime) -> Waiting:
    """Read how an inquiry stands. Raises TmonError."""
    newest: int | None = 0
    if inquiry.source is Source.CS:
        newest = await _newest_part(api, inquiry)
    found: dict[int, RemoteInquiry] = {}
    unreadable = False
    async for page in _pages(api, inquiry, now, answered=False):
        found |= {inquiry_key(one)[1]: one for one in page if inquiry_key(one)[0] == inquiry.number}
        unreadable = unreadable or any(item.number == str(inquiry.number) for item in unread_of(page))
    if newest is None:
        newest = max(found, default=inquiry.part)
    return Waiting(newest, found.get(newest), unreadable)


async def is_answered(api: StoreApi, inquiry: Inquiry, now: datetime) -> bool:
    """Return whether TMON lists an inquiry as answered. Raises TmonError.

    False also where TMON does not offer that list, which was never observed (docs/tmon-api.md, ch. 17).
    """
    key = (inquiry.number, inquiry.part)
    try:
        async for page in _pages(api, inquiry, now, answered=True):
            if any(inquiry_key(one) == key for one in page):
                return True
    except (Rejected, NotOffered) as error:
        log.info("answered inquiries not listed", store=inquiry.store_id, error=type(error).__name__)
    return False


async def _newest_part(api: StoreApi, inquiry: Inquiry) -> int | None:
    """Return the number of the newest message; None where TMON does not return the inquiry."""
    try:
        newest = (await api.inquiries.cs_inquiry(inquiry.number)).newest
    except UnreadableAnswer:
        raise
    except (Rejected, UnexpectedResponse, NotOffered) as error:
        log.info("inquiry not read", store=inquiry.store_id, inquiry=inquiry.number, error=type(error).__name__)
        return None
    return None if newest is None else newest.group_no


def _pages(
    api: StoreApi, inquiry: Inquiry, now: datetime, *, answered: bool
) -> AsyncIterator[Records[Question] | Records[CsInquiry]]:
    """Lists over the days from which TMON lists an inquiry (`Inquiry.listed_from`), never beyond today."""
    today = day_of(now)
    start = min(inquiry.listed_from, today)
    end = min(start + MAX_WINDOW, today)
    if inquiry.source is Source.QUESTION:
        return api.inquiries.questions(start, end, answered=answered)
    return api.inquiries.cs_inquiries(start, end, answered=answered)
