"""Conversion of TMON's inquiries to table rows."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import structlog

from tmon.api import (
    CsInquiry,
    CsInquiryDetail,
    NotOffered,
    Question,
    Rejected,
    StoreApi,
    UnexpectedResponse,
    UnreadableAnswer,
)
from tmon.clock import KST
from tmon.inquiries.days import day_of
from tmon.inquiries.reminders import next_reminder
from tmon.models.inquiries import Inquiry, InquiryText, Source
from tmon.models.stores import Store
from tmon.sealing import Place, Sealer

log = structlog.get_logger(__name__)

RemoteInquiry = Question | CsInquiry
InquiryKey = tuple[int, int]
"""Number and part of an inquiry of one source."""


def inquiry_key(remote: RemoteInquiry) -> InquiryKey:
    """Return the key of an inquiry within its source."""
    return (remote.article_no, 0) if isinstance(remote, Question) else (remote.inquiry_no, remote.group_no)


class RowBuilder:
    """Builds the rows of one store's inquiries."""

    def __init__(self, client: StoreApi, sealer: Sealer, store: Store) -> None:
        self._client = client
        self._sealer = sealer
        self._store = store
        self._details: dict[int, CsInquiryDetail | None] = {}

    async def rows(self, remote: Sequence[RemoteInquiry], since: date, now: datetime) -> list[dict[str, Any]]:
        """Build the rows of new inquiries; `since`: the first day of the list query that returned them.

        Text and time of CS inquiries are fetched one by one. Raises TmonError.
        """
        found = [
            self._question(one, since, now) if isinstance(one, Question) else await self._cs_inquiry(one, since, now)
            for one in remote
        ]
        return [{**row, "remind_at": next_reminder(Inquiry(**row))} for row in found]

    def _question(self, remote: Question, since: date, now: datetime) -> dict[str, Any]:
        text = InquiryText(writer=remote.writer, message=remote.content)
        return {
            **self._common_fields(remote, Source.QUESTION, text, now),
            "asked_at": remote.asked_at or datetime.combine(since, time(), KST),
            "listed_from": since if remote.asked_at is None else day_of(remote.asked_at),
            "category": None,
            "category_no": None,
            "urgent": False,
            "heavy": False,
            "files": 0,
        }

    async def _cs_inquiry(self, remote: CsInquiry, since: date, now: datetime) -> dict[str, Any]:
        if remote.inquiry_no not in self._details:
            self._details[remote.inquiry_no] = await self._detail(remote.inquiry_no)
        detail = self._details[remote.inquiry_no]
        text, asked_at = None, None
        if detail is not None:
            group = next((group for group in detail.groups if group.group_no == remote.group_no), None)
            counselor = None if group is None or group.counselor is None else group.counselor.message
            asked_at = None if group is None else group.asked_at
            text = InquiryText(writer=remote.writer, message=detail.customer_message, counselor=counselor)
        return {
            **self._common_fields(remote, Source.CS, text, now),
            "asked_at": asked_at or datetime.combine(since, time(), KST),
            "listed_from": since,
            "category": None if remote.category is None else remote.category.name,
            "category_no": None if remote.category is None else remote.category.no,
            "urgent": remote.emergency or remote.heavy_claim,
            "heavy": remote.heavy_claim,
            "files": 0 if detail is None else detail.files,
        }

    def _common_fields(
        self, remote: RemoteInquiry, source: Source, text: InquiryText | None, now: datetime
    ) -> dict[str, Any]:
        number, part = inquiry_key(remote)
        key = {
            "team_id": self._store.team_id,
            "store_id": self._store.id,
            "source": source,
            "number": number,
            "part": part,
        }
        return {
            **key,
            "deal_no": remote.deal_no,
            "title": remote.deal_title or "",
            "order_no": remote.order_no,
            "content": None if text is None else self._sealer.seal(text, Place.at(Inquiry, "content", key)),
            "first_seen_at": now,
        }

    async def _detail(self, inquiry_no: int) -> CsInquiryDetail | None:
        """Fetch the details, or None if TMON does not return them: the inquiry is unanswered nevertheless."""
        try:
            return await self._client.inquiries.cs_inquiry(inquiry_no)
        except UnreadableAnswer:  # no word about this inquiry: the same request may be answered well next time
            raise
        except (Rejected, UnexpectedResponse, NotOffered) as error:
            log.info("inquiry details not read", store=self._store.id, inquiry=inquiry_no, error=type(error).__name__)
            return None
