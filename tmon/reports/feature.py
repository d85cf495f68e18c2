"""Manifest of reports: their schedule, and the figures of any period."""

from tmon.feature import MINUTE, DomainFeature, Job
from tmon.reports.export import ReportExport
from tmon.reports.schedule import ReportSchedule
from tmon.reports.service import ReportService

FEATURE = DomainFeature(
    name="reports",
    services=lambda core: (ReportService(core), ReportSchedule(core), ReportExport(core)),
    jobs=(Job("post reports", MINUTE, lambda services: services[ReportSchedule]()),),
)
