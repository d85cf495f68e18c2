"""Messages about settlement. Their numbers are read when they are rendered."""

from datetime import date

from tmon.models.outbox import MessageArgs


class MonthlyReport(MessageArgs):
    """월간 정산 리포트: to somebody who manages stores, or to a channel, where amounts stand only if a store wants them there."""

    kind = "monthly_report"

    month: date
    stores: list[str]
    to: str
    """The person or the channel."""
    private: bool
    """To a person."""
    late: bool = False
