"""Manifest of the vacation mode."""

from tmon.feature import DomainFeature, Job
from tmon.vacation.runner import SECONDS, VacationRunner
from tmon.vacation.service import VacationService

FEATURE = DomainFeature(
    name="vacation",
    services=lambda core: (VacationService(core), VacationRunner(core)),
    jobs=(Job("carry out vacations", SECONDS, lambda services: services[VacationRunner]()),),
)
