"""An outage that concerns several workspaces: each tells its own people in its language, the operator hears of it once."""

from dataclasses import replace
from datetime import timedelta

from bot.playground.slack.model import Channel
from bot.playground.tmon.demo import DEMO_PARTNERS
from tests.flows.incidents.messages import fail_runs
from tests.flows.world import World
from tmon.incidents.service import IncidentService
from tmon.permissions import Person
from tmon.workspaces.languages import WorkspaceLanguages


async def test_tmon_down_for_several_workspaces_is_one_mail_to_the_operator(world: World) -> None:
    teams = [world.slack.team_id, "T0SECOND", "T0THIRD"]
    await world.install(*teams[1:])
    channels = []
    for number, team in enumerate(teams):
        partner = replace(DEMO_PARTNERS[0], partner_id=f"shop{number}", partner_no=60_000 + number, orders=[])
        world.tmon.partners[partner.partner_id] = partner
        channel = Channel(f"C0SHOP{number}", f"shop-{number}", bot_is_member=True)
        channels.append(world.slack.channels.setdefault(channel.id, channel))
        await world.add_store(team_id=team, seller_id=partner.partner_id, channel=channel.name, contact=None)
    await world.bot.services[WorkspaceLanguages].choose(Person(teams[2], world.owner, is_admin=True), "en")
    await world.collect()
    world.tmon.faults.mode = "error_500"
    await fail_runs(world, 3)
    told = [[m.text for m in world.posts(channel.name)] for channel in channels]
    assert [len(texts) for texts in told] == [1, 1, 1]
    assert ["주문" in texts[0] for texts in told] == [True, True, False]
    [mail] = world.mail.messages
    assert mail.recipients == ("operator@example.com",)
    assert mail.subject == "[티몬] 워크스페이스 3곳, 스토어 3곳 티몬 장애"
    for team in teams:
        [listed] = await world.bot.services[IncidentService].open_and_recent(team)
        assert len(listed.stores) == 1, "nobody sees the stores of others"
    world.tmon.faults.clear()
    await fail_runs(world, 1)
    world.clock.advance(timedelta(minutes=1))
    await world.settle()
    assert [m.subject for m in world.mail.messages[1:]] == ["[티몬] 워크스페이스 3곳, 스토어 3곳 티몬 장애 해결"]
