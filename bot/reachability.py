"""What the settings lack for whom a deployment is to serve, as sentences for the operator."""

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
CONTRACT_OF_ALL = (
    "VENDOR_TEAMS is not set: stores of every workspace that installs the app may sell through this deployment's vendor"
    " contract; set it to the ids of the workspaces that may"
)


def open_contract(settings: BotSettings) -> str | None:
    """Return that the deployment's vendor contract is everybody's; None if it is not, or nobody can install the app."""
    return CONTRACT_OF_ALL if settings.slack_client_id is not None and settings.vendor_teams is None else None


async def lacking(settings: BotSettings, installations: Installations) -> str | None:
    """Return what is missing so that workspaces can be served, and stay so; None if nothing is."""
    if settings.slack_client_id is not None:
        return None
    found = await installations.all()
    if any(not one.by_operator for one in found):
        return UNATTENDED
    return NOBODY if not found and settings.slack_bot_token is None else None
