"""Manifest of reports: their schedule, and the figures of any period."""

from tmon.feature import DomainFeature, Job
from tmon.reports.export import ReportExport
from tmon.reports.schedule import ReportSchedule
from tmon.reports.service import ReportService

_SECONDS = 10.0
"""A look that finds nothing to do is two queries; the first report of a new store is planned by the next one."""

FEATURE = DomainFeature(
    name="reports",
    services=lambda core: (ReportService(core), ReportSchedule(core), ReportExport(core)),
    jobs=(Job("post reports", _SECONDS, lambda services: services[ReportSchedule]()),),
)
