"""Effects of a view submission's ack (docs.slack.dev, "Modals", response actions)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.playground.slack.model import View
from bot.playground.slack.rules.views import check_view, too_large
from bot.playground.slack.state.modals import Views

INVALID_ACK = "invalid_ack"
"""The error for which Slack shows "We had some trouble connecting" and keeps the form."""


def take_submission_ack(views: Views, view: View, ack: Mapping[str, Any]) -> tuple[str | None, Mapping[str, str]]:
    """Close, update or cover the view, or keep it with errors. Returns the error, if any, and the errors by block id."""
    if not ack:
        views.close(view)
        return None, {}
    match ack.get("response_action"):
        case "errors":
            errors = ack.get("errors")
            inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
            if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
                return INVALID_ACK, {}
            return "field_errors", errors
        case "clear":
            views.close(view, everything=True)
            return None, {}
        case "update" | "push" as what:
            content = ack.get("view")
            if content is None or too_large(content) or check_view(content, "modal"):
                return INVALID_ACK, {}
            if what == "update":
                views.replace(view, content)
            elif views.push(view.user, content) is None:
                return "push_limit_reached", {}
            return None, {}
        case _:
            return INVALID_ACK, {}
