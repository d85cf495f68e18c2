"""Manifest of the records of personal data."""

from datetime import timedelta

from tmon.core import Core, Services
from tmon.feature import MINUTE, DomainFeature, Job
from tmon.outbox import DEPLOYMENT
from tmon.presence import each, present_workspaces
from tmon.privacy import chain, decryptions, looks, review
from tmon.privacy.holdings import Holdings
from tmon.privacy.review import AccessReviews


async def _chain(services: Services) -> None:
    db = services.core.db
    await each(await chain.behind(db), lambda team_id: chain.extend(db, team_id))


async def _check_chain(services: Services) -> None:
    db = services.core.db
    await each(await chain.teams(db), lambda team_id: chain.check(db, services.clock, team_id))


async def _watch(services: Services) -> None:
    core = services.core
    async with core.leases.held(DEPLOYMENT, "looks", timedelta(minutes=1)) as lease:
        if lease is not None:  # else another process tells of them
            await each(await present_workspaces(core.db), lambda team_id: looks.watch(core.db, core.clock, team_id))


async def _remind(services: Services) -> None:
    core = services.core
    await each(
        await present_workspaces(core.db),
        lambda team_id: review.remind(core.db, core.clock, core.options.zone, team_id),
    )


async def _record_decryptions(services: Services) -> None:
    await decryptions.record(services.core)


def _services(core: Core) -> tuple[object, ...]:
    return (Holdings(core), AccessReviews(core))


FEATURE = DomainFeature(
    name="privacy",
    services=_services,
    jobs=(
        Job("record decryptions", 60 * MINUTE, _record_decryptions, in_each_process=True),
        Job("extend the audit chain", MINUTE, _chain),
        Job("verify the audit chain", 60 * MINUTE, _check_chain),
        Job("watch for unusual looks", 5 * MINUTE, _watch),
        Job("remind of the access review", 30 * MINUTE, _remind),
    ),
)
