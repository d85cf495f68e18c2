"""Tables of the workspaces that have installed the app, and of their installations."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from tmon.database import Choice
from tmon.sealing import Sealed


class GoneWhy(StrEnum):
    """How it became known that a workspace has no installation any more."""

    UNINSTALLED = "uninstalled"
    """Slack said that the app was uninstalled."""
    REVOKED = "revoked"
    """Slack said that its token was revoked, or refused the token."""
    FORGOTTEN = "forgotten"
    """The operator removed it (`tmon-bot workspaces forget`)."""


class Workspace(SQLModel, table=True):
    """A workspace that has, or once had, the app installed."""

    __tablename__ = "workspace"

    team_id: str = Field(primary_key=True, max_length=20)
    enterprise_id: str | None = Field(default=None, max_length=20)
    """The Enterprise Grid organization that it belongs to."""
    name: str = Field(max_length=255)
    language: str | None = Field(default=None, max_length=5)
    """`ko` or `en`, of its channel messages and mails; NULL: its admins have not chosen, so it is the deployment's."""
    installed_at: datetime
    """When the installation that it has now was made, by Slack's clock."""
    gone_at: datetime | None = Field(default=None, index=True)
    """Since when it has no installation: nothing is collected for it and nothing is sent to it. NULL: it has one."""
    gone_why: GoneWhy | None = Field(default=None, sa_type=Choice(GoneWhy))
    """For the operator."""
    removal_at: datetime | None = None
    """When the destruction of what it left began: its stores are removed, and a new installation begins without them."""
    destroyed_at: datetime | None = None
    """When the destruction that began at `removal_at` was finished."""


class Installation(SQLModel, table=True):
    """The app as a workspace has installed it: one row per workspace, with the token that works there."""

    __tablename__ = "installation"

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(max_length=20)
    """Another one each time that the app is installed; a renewed token leaves it as it is."""
    app_id: str = Field(default="", max_length=20)
    """For the operator; empty: the deployment's own token, of which Slack does not tell it."""
    bot_user_id: str = Field(max_length=20)
    bot_id: str | None = Field(default=None, max_length=20)
    """Nothing reads these two: by them somebody who looks into a workspace finds the messages of this installation."""
    scopes: str = Field(default="", max_length=500)
    """For the operator: granted scopes, separated by commas; empty: the deployment's own token."""
    installed_by: str | None = Field(default=None, max_length=20)
    """Slack user id; NULL: the deployment's own token (SLACK_BOT_TOKEN), which its operator looks after."""
    bot_token: str | None = Field(default=None, sa_type=Sealed)
    """Sealed; NULL: destroyed, the workspace is gone."""
    refresh_token: str | None = Field(default=None, sa_type=Sealed)
    """Sealed; NULL: the token does not expire."""
    expires_at: datetime | None = Field(default=None, index=True)
    """When the token expires, by the database's clock."""
    refused_at: datetime | None = None
    """Since when Slack refuses to renew the token: the app has to be installed again before it expires."""
    claim_token: str | None = Field(default=None, max_length=20)
    claim_owner: str | None = Field(default=None, max_length=20)
    """The process that renews the token now."""
    claimed_until: datetime | None = None


class OAuthState(SQLModel, table=True):
    """An installation that a browser has begun. Deleted when it comes back, so that it counts once."""

    __tablename__ = "oauth_state"

    state_hash: str = Field(primary_key=True, max_length=64)
    """SHA-256 of the value that goes to Slack and comes back."""
    cookie_hash: str = Field(max_length=64)
    """SHA-256 of the cookie of the browser that began it."""
    expires_at: datetime = Field(index=True)
    """By the database's clock."""
