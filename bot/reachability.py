"""Whether a process can be of use to anybody: what its settings lack for that, as a sentence for the operator."""

from bot.installations import Installations
from bot.settings import BotSettings

NOBODY = (
    "no workspace has installed the app, and none can: set SLACK_BOT_TOKEN for one workspace, or SLACK_CLIENT_ID,"
    " SLACK_CLIENT_SECRET and PUBLIC_URL, with which workspaces install it by themselves"
)
UNATTENDED = (
    "workspaces have installed the app, and SLACK_CLIENT_ID is not set: tokens that expire are not renewed here, and nobody"
    " looks after uninstallations; set it with SLACK_CLIENT_SECRET and PUBLIC_URL for every process"
)


async def lacking(settings: BotSettings, installations: Installations) -> str | None:
    """Return what is missing so that workspaces can be served, and stay so; None if nothing is."""
    if settings.slack_client_id is not None:
        return None
    found = await installations.all()
    if any(not one.by_operator for one in found):
        return UNATTENDED
    return NOBODY if not found and settings.slack_bot_token is None else None
