"""Which workspace an envelope belongs to, with payloads of Enterprise Grid and of channels that workspaces share."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from handlers.origins import may_be_member, team_of
from handlers.permissions import _person
from handlers.slack_workspaces import SlackWorkspace

OURS, THEIRS, ORG = "T0OURS0001", "T0THEIRS02", "E0ORG00003"


def workspace(enterprise_id: str | None = None) -> SlackWorkspace:
    return SlackWorkspace(OURS, enterprise_id, AsyncWebClient())


def pressed(*, team: str | None = OURS, home: str = OURS, card: str = OURS, **more: Any) -> dict[str, Any]:
    """The press of a button of a message."""
    return {
        "type": "block_actions",
        "team": None if team is None else {"id": team, "domain": "ours"},
        "user": {"id": "U0MINJI001", "team_id": home},
        "message": {"ts": "1.2", "team": card},
        **more,
    }


ENVELOPES: dict[str, tuple[dict[str, Any], str]] = {
    "a press": (pressed(), OURS),
    "a command": ({"command": "/tmon", "team_id": OURS, "user_id": "U0MINJI001"}, OURS),
    "a command in an organization": ({"command": "/tmon", "team_id": OURS, "enterprise_id": ORG}, OURS),
    "a modal opened from another workspace": (
        {"type": "view_submission", "team": {"id": THEIRS}, "view": {"app_installed_team_id": OURS}},
        OURS,
    ),
    "an event in a shared channel": (
        {"type": "event_callback", "team_id": THEIRS, "authorizations": [{"team_id": OURS}], "event": {}},
        OURS,
    ),
    "an installation for a whole organization": (
        pressed(team=None, is_enterprise_install=True, enterprise={"id": ORG}),
        "",
    ),
}


@pytest.mark.parametrize(("body", "team"), ENVELOPES.values(), ids=ENVELOPES)
def test_the_workspace_is_the_one_that_has_the_app(body: dict[str, Any], team: str) -> None:
    assert team_of(body) == team


def test_whoever_acts_from_another_workspace_is_no_member() -> None:
    assert may_be_member(pressed(), workspace())
    assert not may_be_member(pressed(home=THEIRS), workspace())
    assert not may_be_member(pressed(team=THEIRS, home=THEIRS), workspace())
    assert not may_be_member({"team": {"id": THEIRS}, "view": {"app_installed_team_id": OURS}}, workspace())
    assert not may_be_member(pressed(card=THEIRS), workspace()), "a card of another workspace in a shared channel"


def test_people_of_an_organization_may_have_their_home_in_another_workspace_of_it() -> None:
    assert may_be_member(pressed(home=THEIRS, enterprise={"id": ORG}), workspace(ORG))
    assert not may_be_member(pressed(team=THEIRS, home=THEIRS, enterprise={"id": ORG}), workspace(ORG))


def test_slack_says_whether_somebody_of_an_organization_belongs_to_the_workspace() -> None:
    user: dict[str, Any] = {"id": "W0MINJI001", "team_id": THEIRS, "is_admin": True}
    belongs = _person(OURS, {**user, "enterprise_user": {"id": "W0MINJI001", "enterprise_id": ORG, "teams": [OURS]}})
    assert (belongs.team_id, belongs.is_full_member, belongs.is_admin) == (OURS, True, True)
    for teams in ([THEIRS], []):
        stranger = _person(OURS, {**user, "enterprise_user": {"enterprise_id": ORG, "teams": teams}})
        assert (stranger.is_full_member, stranger.is_admin) == (False, False)
    assert not _person(OURS, {**user, "is_stranger": True, "enterprise_user": {"teams": [OURS]}}).is_full_member
