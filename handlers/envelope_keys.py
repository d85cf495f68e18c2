"""What tells the envelopes of Slack apart."""

from typing import Any


def user_id_of(body: dict[str, Any]) -> str:
    event = body.get("event") or {}
    return str((body.get("user") or {}).get("id") or body.get("user_id") or event.get("user") or "")


def button_of(team_id: str, body: dict[str, Any]) -> tuple[str, ...] | None:
    """Return what tells the press of a button apart from others by the same or another person; None for anything else."""
    action = (body.get("actions") or [{}])[0]
    if body.get("type") != "block_actions" or action.get("type") != "button":
        return None
    container = body.get("container") or {}
    place = (body.get("view") or {}).get("id") or f"{container.get('channel_id')}/{container.get('message_ts')}"
    return team_id, user_id_of(body), str(place), str(action.get("action_id")), str(action.get("value"))


def key_of(body: dict[str, Any]) -> str:
    """Return an id that is equal for two deliveries of one envelope, and differs for two clicks."""
    if body.get("type") == "block_actions":
        action = (body.get("actions") or [{}])[0]
        return f"action:{user_id_of(body)}:{action.get('action_id')}:{action.get('block_id')}:{action.get('action_ts')}"
    if body.get("type") in ("view_submission", "view_closed"):
        view = body.get("view") or {}
        return f"{body['type']}:{user_id_of(body)}:{view.get('id')}:{view.get('hash')}:{body.get('trigger_id')}"
    if body.get("type") == "event_callback":
        return f"event:{body.get('event_id')}"
    return f"command:{user_id_of(body)}:{body.get('trigger_id')}"
