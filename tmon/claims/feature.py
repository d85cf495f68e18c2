"""Manifest of claims: collection, cards, list, acts, retention."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.claims.acts import ClaimActs
from tmon.claims.cards import move_open, redraw_cards
from tmon.claims.claim_list import ClaimLists
from tmon.claims.collector import CLAIMS, UNREAD, ClaimCollector, SeenClaims
from tmon.claims.reminders import ClaimReminders
from tmon.claims.retention import RETENTION, destroy_store
from tmon.claims.service import ClaimService
from tmon.claims.sold_out import CancelSoldOut
from tmon.claims.writes import ActOnClaim
from tmon.core import Core
from tmon.feature import MINUTE, Attention, DomainFeature, FeatureCollector, Job
from tmon.models.claims import Claim
from tmon.models.stores import ApiGroup, Store
from tmon.retention import CHECK_EVERY, destroy
from tmon.scope import scope


def _services(core: Core) -> Iterable[object]:
    return ClaimService(core), ClaimActs(core), ClaimLists(core), ClaimReminders(core), SeenClaims(core.clock)


async def _on_store_removed(session: AsyncSession, store: Store, now: datetime) -> None:
    """Destroy claimants' data. Open cards say that the store was removed."""
    await destroy_store(session, store.team_id, store.id, now)
    open_ones = await session.scalars(select(Claim).where(*scope(Claim, store), col(Claim.ended_at).is_(None)))
    await redraw_cards(session, list(open_ones), now)


FEATURE = DomainFeature(
    name="claims",
    services=_services,
    collectors=(
        FeatureCollector(
            CLAIMS,
            ApiGroup.ORDER,
            lambda options: options.collect_claims,
            lambda services, store, user: ClaimCollector(services.core, store, user, services[SeenClaims]),
            reads_again=tuple(UNREAD.values()),
            remembers=SeenClaims,
        ),
    ),
    jobs=(
        Job("remind of claims", MINUTE, lambda services: services[ClaimReminders]()),
        Job("draw passed deadlines of claims", MINUTE, lambda services: services[ClaimReminders].redraw_passed()),
        Job("destroy claimants' data", CHECK_EVERY, lambda services: destroy(services, RETENTION)),
    ),
    writes=(ActOnClaim, CancelSoldOut),
    retention=RETENTION,
    on_store_removed=_on_store_removed,
    on_channel_mended=move_open,
    attention=(Attention.count("claims", Claim, Claim.deadline, col(Claim.ended_at).is_(None), has_deadline=True),),
)
