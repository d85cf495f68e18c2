"""Conversion of TMON's inquiries to table rows."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import structlog

from tmon.api import CsInquiry, CsInquiryDetail, NotOffered, Question, Rejected, StoreApi, UnexpectedResponse
from tmon.clock import KST
from tmon.inquiries.days import day_of
from tmon.models.inquiries import InquiryText, Source
from tmon.models.stores import Store
from tmon.sealing import Sealer

log = structlog.get_logger(__name__)

Told = Question | CsInquiry
Place = tuple[int, int]
"""Number and part of an inquiry of one source."""


def place(told: Told) -> Place:
    """Return the key of an inquiry within its source."""
    return (told.article_no, 0) if isinstance(told, Question) else (told.inquiry_no, told.group_no)


class SourceReader:
    """Builds the rows of one store's inquiries."""

    def __init__(self, client: StoreApi, sealer: Sealer, store: Store) -> None:
        self._client = client
        self._sealer = sealer
        self._store = store
        self._details: dict[int, CsInquiryDetail | None] = {}

    async def rows(self, told: Sequence[Told], since: date, now: datetime) -> list[dict[str, Any]]:
        """Build the rows of new inquiries; `since`: the first day of the list query that returned them.

        Text and time of CS inquiries are fetched one by one. Raises TmonError.
        """
        return [
            self._question(one, now) if isinstance(one, Question) else await self._cs_inquiry(one, since, now)
            for one in told
        ]

    def _question(self, told: Question, now: datetime) -> dict[str, Any]:
        text = InquiryText(writer=told.writer, message=told.content)
        return {
            **self._facts(told, text, now),
            "source": Source.QUESTION,
            "asked_at": told.asked_at,
            "listed_from": day_of(told.asked_at),
            "category": None,
            "urgent": False,
        }

    async def _cs_inquiry(self, told: CsInquiry, since: date, now: datetime) -> dict[str, Any]:
        if told.inquiry_no not in self._details:
            self._details[told.inquiry_no] = await self._detail(told.inquiry_no)
        detail = self._details[told.inquiry_no]
        text, asked_at = None, None
        if detail is not None:
            group = next((group for group in detail.groups if group.group_no == told.group_no), None)
            counselor = None if group is None or group.counselor is None else group.counselor.message
            asked_at = None if group is None else group.asked_at
            text = InquiryText(writer=told.writer, message=detail.customer_message, counselor=counselor)
        return {
            **self._facts(told, text, now),
            "source": Source.CS,
            "asked_at": asked_at or datetime.combine(since, time(), KST),
            "listed_from": since,
            "category": None if told.category is None else told.category.name,
            "urgent": told.emergency or told.heavy_claim,
        }

    def _facts(self, told: Told, text: InquiryText | None, now: datetime) -> dict[str, Any]:
        number, part = place(told)
        return {
            "team_id": self._store.team_id,
            "store_id": self._store.id,
            "number": number,
            "part": part,
            "deal_no": told.deal_no,
            "title": told.deal_title or "",
            "order_no": told.order_no,
            "content": None if text is None else self._sealer.seal(text),
            "first_seen_at": now,
        }

    async def _detail(self, inquiry_no: int) -> CsInquiryDetail | None:
        """Fetch the details, or None if TMON does not return them: the inquiry is unanswered nevertheless."""
        try:
            return await self._client.inquiries.cs_inquiry(inquiry_no)
        except (Rejected, UnexpectedResponse, NotOffered) as error:
            log.info("inquiry not told", store=self._store.id, inquiry=inquiry_no, error=type(error).__name__)
            return None
