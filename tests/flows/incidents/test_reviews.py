"""The review of open incidents every minute."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from tests.flows.world import World
from tmon.incidents.service import IncidentService
from tmon.models.incidents import Cause, Incident


async def test_a_record_that_cannot_be_read_stops_the_review_of_no_other_workspace(world: World) -> None:
    teams, opened_at = ("T1", "T2", "T3"), world.clock() - timedelta(hours=1)
    async with world.db.write() as session:
        session.add_all(
            Incident(
                team_id=team_id,
                id=f"in_{team_id}",
                subject="area:st_gone:orders",
                cause=Cause.AREA,
                area="orders",
                failing_since=opened_at,
                opened_at=opened_at,
                refreshed_at=opened_at,
                error="unavailable",
            )
            for team_id in teams
        )
        await session.flush()
        await session.execute(text("UPDATE incident SET cause = 'of a later version' WHERE team_id = 'T2'"))
    with pytest.raises(ValueError, match="of a later version"):
        await world.bot.services[IncidentService].tick()
    async with world.db.read() as session:
        still_open = await session.scalars(select(col(Incident.team_id)).where(col(Incident.closed_at).is_(None)))
        assert list(still_open) == ["T2"]
