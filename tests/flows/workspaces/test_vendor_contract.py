"""VENDOR_TEAMS: who may not use the operator's vendor contract any more, also for stores that were saved before."""

from datetime import timedelta

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.playground.slack.demo import MINJI
from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.reachability import CONTRACT_OF_ALL
from tests.flows.stores.registering import private
from tests.flows.world import World
from tmon.incidents.service import IncidentService
from tmon.models.stores import Credentials


async def allow(world: World, *teams: str) -> None:
    """Start the bot with another list; none: all may."""
    world.settings = world.settings.model_copy(update={"vendor_teams": teams or None})
    await world.restart()


async def test_what_was_saved_before_uses_the_contract_no_longer(world: World) -> None:
    store = await world.add_store()
    await world.collect()
    await allow(world, "T_OTHER")
    asked = len(world.tmon.calls)
    world.clock.advance(timedelta(minutes=6))
    await world.collect()
    await world.command(MINJI, "collect orders")
    assert any("기본 연동 업체 정보를 쓸 수 없어" in text for text in private(world, MINJI))
    assert len(world.tmon.calls) == asked, "TMON is not asked with a contract that the store may not use"
    [summary] = await world.bot.services[IncidentService].open_and_recent(store.team_id)
    assert (summary.incident.subject, summary.incident.error) == (f"key:{store.id}", "vendor_missing")
    assert any("네 칸을 모두 채우거나" in str(post.blocks) for post in world.posts(store.channel_id))
    await allow(world, "T_OTHER", store.team_id)
    world.clock.advance(timedelta(hours=2))
    await world.collect()
    [summary] = await world.bot.services[IncidentService].open_and_recent(store.team_id)
    assert summary.incident.closed_at is not None


async def test_a_contract_of_the_stores_own_needs_no_permission(world: World) -> None:
    own = Credentials(
        api_key=DEMO_PARTNERS[0].token,
        access_key=world.settings.tmon_client_id,
        secret_key=world.settings.tmon_client_secret.get_secret_value(),
        personal_data_key=world.settings.tmon_personal_data_key.get_secret_value(),
    )
    await world.add_store(credentials=own)
    await allow(world, "T_OTHER")
    asked = len(world.tmon.calls)
    await world.collect()
    assert len(world.tmon.calls) > asked


@pytest.mark.parametrize("teams", [None, ("T1",)])
async def test_a_start_warns_that_every_workspace_that_installs_the_app_may_use_the_contract(
    world: World, teams: tuple[str, ...] | None
) -> None:
    app = {"slack_client_id": "1.2", "slack_client_secret": SecretStr("s"), "public_url": "https://bot.example.com"}
    with capture_logs() as logs:
        world.settings = world.settings.model_copy(update={**app, "vendor_teams": teams})
        await world.restart()
    assert [one["event"] for one in logs if one["event"] == CONTRACT_OF_ALL] == ([] if teams else [CONTRACT_OF_ALL])
