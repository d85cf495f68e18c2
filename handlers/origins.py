"""Which workspace an envelope belongs to, and whether the person who acted may be one of its members."""

from typing import Any

from handlers.slack_workspaces import SlackWorkspace


def team_of(body: dict[str, Any]) -> str:
    """Return the workspace whose installation of the app an envelope belongs to; empty if it names none, as for a whole organization.

    In a channel that workspaces share, it may be another one than that of the person who acted.
    """
    installed = (body.get("view") or {}).get("app_installed_team_id")
    authorized = (body.get("authorizations") or [{}])[0].get("team_id")
    return str(installed or _acting_team(body) or authorized or body.get("team_id") or "")


def may_be_member(body: dict[str, Any], workspace: SlackWorkspace) -> bool:
    """Return whether the person who acted may belong to `workspace`, as far as the envelope says so; Slack says the rest.

    People of an Enterprise Grid organization may be members of several of its workspaces, one of which is their home.
    """
    message = (body.get("message") or {}).get("team")
    if any(one not in (None, workspace.team_id) for one in (_acting_team(body), body.get("team_id"), message)):
        return False  # a card of another workspace's, or one of ours that somebody else pressed
    home = (body.get("user") or {}).get("team_id")
    return home in (None, workspace.team_id) or workspace.enterprise_id is not None


def _acting_team(body: dict[str, Any]) -> str | None:
    team = body.get("team")
    return team if isinstance(team, str) or team is None else team.get("id")
