"""Messages of reports. Their numbers are read when they are rendered."""

from datetime import date, datetime

from tmon.models.outbox import MessageArgs
from tmon.models.reports import ReportKind


class ChannelReport(MessageArgs):
    """일일 리포트 or 주간 리포트: all stores of a channel in one message."""

    kind = "channel_report"

    channel: str
    report: ReportKind
    first: date
    last: date
    late: bool = False


class PostedReport(MessageArgs):
    """A report that a person has posted to a channel, with the amounts that they see."""

    kind = "posted_report"

    stores: list[str]
    first: date
    last: date
    who: str


class ReportsLate(MessageArgs):
    """Email to the operator: reports came late, or not at all."""

    kind = "reports_late"

    since: datetime
    """When the first of them should have come."""
    late: int
    """Posted after all."""
    given_up: int
    """More than a day late, and not posted."""
