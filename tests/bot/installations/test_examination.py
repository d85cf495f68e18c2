"""What the doctor says about installations."""

from bot.doctor import run_checks
from bot.installations import Grant, Installations
from bot.reachability import CONTRACT_OF_ALL, NOBODY, UNATTENDED
from bot.settings import ExplicitSettings
from tests.bot.examination import SAMPLES, FarSides
from tests.clock import MovableClock
from tests.core import make_core
from tmon.database import Database
from tmon.sealing import Sealer
from tmon.workspaces.service import Arrival


async def test_installations_that_do_not_work_are_named_without_their_tokens(
    far_sides: FarSides, db: Database, clock: MovableClock, sealer: Sealer
) -> None:
    settings = ExplicitSettings(**far_sides.settings).model_copy(update={"slack_client_id": "1.2"})
    installations = Installations(make_core(db, clock, sealer), settings.slack_api_url)
    lines: list[str] = []

    async def said() -> str:
        lines.clear()
        await run_checks(settings, lines.append, SAMPLES)
        return next(line for line in lines if "installations" in line)

    works = Grant(Arrival("T1", "두리상회", clock(), installed_by="U1"), "UBOT", far_sides.slack.workspace.bot_token)
    await installations.store(works)
    assert await said() == "ok    installations: 1 stored, all work"
    await installations.store(Grant(Arrival("T2", "세리상회", clock(), installed_by="U1"), "UBOT", "xoxb-2-dead"))
    assert await said() == "FAIL  installations: these do not work: T2 (Slack says invalid_auth)"
    assert "xoxb" not in "\n".join(lines)


async def test_what_lacks_for_a_workspace_to_be_served_is_said(
    far_sides: FarSides, db: Database, clock: MovableClock, sealer: Sealer
) -> None:
    settings = ExplicitSettings(**far_sides.settings).model_copy(update={"slack_bot_token": None})
    installations = Installations(make_core(db, clock, sealer), settings.slack_api_url)
    lines: list[str] = []

    async def said() -> str:
        lines.clear()
        await run_checks(settings, lines.append, SAMPLES)
        return next(line for line in lines if "installations" in line)

    assert await said() == f"FAIL  installations: {NOBODY}"
    works = Grant(Arrival("T1", "두리상회", clock(), installed_by="U1"), "UBOT", far_sides.slack.workspace.bot_token)
    await installations.store(works)
    assert await said() == f"warn  installations: {UNATTENDED}"
    settings = settings.model_copy(update={"slack_client_id": "1.2"})
    assert await said() == "ok    installations: 1 stored, all work"


async def test_a_vendor_contract_that_every_workspace_may_use_is_warned_of(far_sides: FarSides) -> None:
    async def said(**changes: object) -> list[str]:
        settings = ExplicitSettings(**far_sides.settings).model_copy(update=changes)
        lines: list[str] = []
        await run_checks(settings, lines.append, SAMPLES)
        return [line for line in lines if "vendor contract" in line]

    assert await said() == [], "nobody can install the app"
    assert await said(slack_client_id="1.2") == [f"warn  vendor contract: {CONTRACT_OF_ALL}"]
    assert await said(slack_client_id="1.2", vendor_teams=("T1", "T2")) == [
        "ok    vendor contract: for 2 workspaces; stores of others bring their own"
    ]
