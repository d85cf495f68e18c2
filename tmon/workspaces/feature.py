"""Manifest of the workspaces."""

from tmon.core import Services
from tmon.feature import MINUTE, DomainFeature, Job
from tmon.workspaces.destruction import destroy_due
from tmon.workspaces.languages import WorkspaceLanguages


async def _destroy_due(services: Services) -> None:
    await destroy_due(services.core)


FEATURE = DomainFeature(
    name="workspaces",
    services=lambda core: (WorkspaceLanguages(core),),
    jobs=(Job("destroy what departed workspaces left", 60 * MINUTE, _destroy_due),),
)
