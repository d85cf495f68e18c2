"""Ids and parameters of reports. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Day, Id, PageNumber, Payload
from tmon.reports.periods import Span


class ReportAction(StrEnum):
    """Buttons and menus of reports."""

    SPAN = "report.span"
    BACK = "report.back"
    SHARE = "report.share"
    """채널에 올리기: names the amounts first."""
    EXPORT = "report.export_xlsx"
    SETTING = "report.setting"


class ReportView(StrEnum):
    """Modals of reports."""

    REPORT = "report.report_view"
    SHARE = "report.share_view"
    SHARED = "report.shared_view"
    SETTING = "report.setting_form"


class ReportRef(Payload):
    """A period of one store, or of all."""

    span: Span = Span.TODAY
    first: Day | None = None
    """Of a period that a person chooses day by day; and the last day that was shown of any other."""
    last: Day | None = None
    store: Id | None = None
    """None: all stores."""


class ShareRef(ReportRef):
    """A report that is about to be posted."""

    press: Id = ""
    """Tells one wish to post it from the next: each posts it once."""


class SettingRef(Payload):
    """A store whose channel may see 매출, or not."""

    store: Id
    page: PageNumber | None = None
    """The page of the list of stores from which its settings were opened."""
