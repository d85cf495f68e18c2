"""Manifest of the workspaces."""

from tmon.core import Services
from tmon.feature import MINUTE, DomainFeature, Job
from tmon.workspaces.destruction import destroy_due


async def _destroy_due(services: Services) -> None:
    await destroy_due(services.core)


FEATURE = DomainFeature(
    name="workspaces",
    jobs=(Job("destroy what departed workspaces left", 60 * MINUTE, _destroy_due),),
)
