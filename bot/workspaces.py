"""`tmon-bot workspaces`: lists the workspaces that have installed the app, and forgets one."""

from collections.abc import Awaitable, Callable

from bot.db import create_database
from bot.installations import Installations
from bot.manifest import BOT_SCOPES
from bot.services import build_core
from bot.settings import BotSettings, DatabaseSettings
from tmon.database import Database
from tmon.workspaces.destruction import destroy_now
from tmon.workspaces.service import WorkspaceInfo, all_workspaces

Say = Callable[[str], object]
Ask = Callable[[str], Awaitable[str]]


async def list_workspaces(settings: DatabaseSettings, say: Say) -> int:
    """Print a line per workspace: id, name, stores, and how it has the app installed. Returns the exit code."""
    db = create_database(settings.database_url)
    try:
        found = await all_workspaces(db)
    finally:
        await db.engine.dispose()
    for one in found:
        say(f"{one.workspace.team_id}  {one.workspace.name}: {_stores(one)}, {_state(one)}")
    if not found:
        say("no workspace has installed the app yet")
    return 0


async def forget_workspace(settings: BotSettings, team_id: str, ask: Ask, say: Say) -> int:
    """End an installation and destroy the data of the workspace, asked twice. Returns the exit code."""
    db = create_database(settings.database_url)
    try:
        found = next((one for one in await all_workspaces(db) if one.workspace.team_id == team_id), None)
        if found is None:
            say(f"there is no workspace {team_id}: `tmon-bot workspaces` lists them")
            return 1
        say(f"{team_id}  {found.workspace.name}: {_stores(found)}, {_state(found)}")
        say(
            "Its token, its stores' keys and contacts, and all buyers' data will be destroyed. The facts of orders are kept."
        )
        if (await ask("Type its id to go on: ")).strip() != team_id:
            say("nothing was changed")
            return 1
        if (await ask("This cannot be undone. Type yes to destroy it: ")).strip() != "yes":
            say("nothing was changed")
            return 1
        await _forget(settings, db, team_id)
    finally:
        await db.engine.dispose()
    say("destroyed. If SLACK_BOT_TOKEN belongs to it, take it out of the settings: a start installs it again")
    return 0


async def _forget(settings: BotSettings, db: Database, team_id: str) -> None:
    core = build_core(settings, db)
    await Installations(core, settings.slack_api_url).forget(team_id)
    await destroy_now(core, team_id)


def _stores(one: WorkspaceInfo) -> str:
    return f"{one.stores} store" if one.stores == 1 else f"{one.stores} stores"


def _state(one: WorkspaceInfo) -> str:
    workspace, installation = one.workspace, one.installation
    if workspace.gone_at is None:
        said = f"installed {workspace.installed_at:%Y-%m-%d}"
        if installation is not None and installation.app_id:
            said += f" as the app {installation.app_id}"
        # what the token of the settings may do is not stored: `doctor` asks Slack
        if installation is not None and installation.scopes:
            missing = sorted(set(BOT_SCOPES).difference(installation.scopes.split(",")))
            said += f", without {', '.join(missing)}: to be installed again" if missing else ""
        return said
    gone = f"gone since {workspace.gone_at:%Y-%m-%d}"
    if workspace.gone_why is not None:
        gone += f" ({workspace.gone_why.value})"
    if workspace.destroyed_at is not None:
        return f"{gone}, its data destroyed {workspace.destroyed_at:%Y-%m-%d}"
    return f"{gone}, its data kept"
