"""Messages about workspaces."""

from tmon.models.outbox import MessageArgs


class ReinstallNeeded(MessageArgs):
    """Email to the operator: Slack does not renew the token of a workspace any more."""

    kind = "reinstall_needed"

    workspace: str
    """Its name."""
    link: str
    """Where its people install the app again."""
