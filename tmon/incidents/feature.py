"""Manifest of incidents. The service itself is part of `Core`, because every collection reports to it."""

from tmon.feature import MINUTE, DomainFeature, Job
from tmon.incidents.service import IncidentService

FEATURE = DomainFeature(
    name="incidents",
    jobs=(Job("review incidents", MINUTE, lambda services: services[IncidentService].tick()),),
)
