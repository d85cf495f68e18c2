"""What Slack's error codes mean for a message: the one table of what heals with time and what does not.

Sources: docs.slack.dev, the error tables of `chat.postMessage`, `chat.update`, `users.info` and of all methods.
"""

from enum import Enum

from aiohttp import ClientResponse
from slack_sdk.errors import SlackApiError


class Remedy(Enum):
    """What helps a message that Slack refused."""

    WAIT = "wait"  # heals with time: Slack is in trouble or busy, or the operator has to mend the token
    OUTSIDE_THREAD = "outside the thread"  # the thread takes no reply
    ANEW = "anew"  # this message can no longer be edited: it is posted again
    TEXT_ONLY = "text only"  # Slack rejects the blocks
    NEXT_READER = "next reader"  # nothing can be posted in this place
    UNKNOWN = "unknown"  # tried again for a while, then the next reader gets it


_TOKEN = frozenset(
    {
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
"""Slack refuses the bot as a whole: the operator has to mend it, and every message waits."""
_TROUBLE = frozenset(
    {
        "accesslimited",
        "external_channel_migrating",
        "fatal_error",
        "internal_error",
        "message_limit_exceeded",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
        "update_failed",
    }
)
"""Slack is busy or in trouble."""
_THREAD = frozenset(
    {
        "cannot_reply_to_message",
        "invalid_thread_ts",
        "message_not_found",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "thread_locked",
        "thread_not_found",
    }
)
_EDIT = frozenset(
    {
        "block_mismatch",
        "cant_edit",
        "cant_update_message",
        "edit_window_closed",
        "message_not_editable",
        "message_not_found",
        "msg_not_found",
        "no_dual_broadcast_content_update",
        "streaming_state_conflict",
        "thread_not_found",
    }
)
_CONTENT = frozenset(
    {
        "attachment_payload_limit_exceeded",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_metadata_format",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
    }
)
_PLACE = frozenset(
    {
        "account_inactive_user",
        "cannot_dm_bot",
        "cannot_dm_user",
        "channel_archived",
        "channel_not_found",
        "channel_type_not_supported",
        "deactivated_user",
        "invalid_channel",
        "is_archived",
        "is_inactive",
        "messages_tab_disabled",
        "method_not_supported_for_channel_type",
        "not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "slack_connect_blocked",
        "slack_connect_canvas_sharing_blocked",
        "slack_connect_file_link_sharing_blocked",
        "team_not_found",
        "user_disabled",
        "user_is_bot",
        "user_is_restricted",
        "user_not_found",
        "user_not_visible",
    }
)


def remedy(code: str, *, edit: bool = False, reply: bool = False) -> Remedy:
    """Return what helps a message that Slack refused with `code`. `edit`: it was edited; `reply`: posted in a thread."""
    if code in _TOKEN or code in _TROUBLE or code.isdigit():
        return Remedy.WAIT
    if edit and code in _EDIT:
        return Remedy.ANEW
    if reply and code in _THREAD:
        return Remedy.OUTSIDE_THREAD
    if code in _CONTENT:
        return Remedy.TEXT_ONLY
    if code in _PLACE:
        return Remedy.NEXT_READER
    return Remedy.UNKNOWN


def refuses_the_bot(code: str) -> bool:
    """Return whether Slack refuses the bot's token or lacks a scope of it, so that only the operator can help."""
    return code in _TOKEN


def concerns_one_message(code: str | None) -> bool:
    """Return whether `code`, the error of an outbox row, is about one message or place, and no sign of a broken line.

    Exceptions of the line, such as `TimeoutError`, are stored by their class names, which Slack's codes never look like.
    """
    if code is None or code.startswith("mail_"):
        return code is not None and code.startswith("mail_deferred")
    return code.islower() and remedy(code) is not Remedy.WAIT


def opened_too_late(error: Exception) -> bool:
    """Return whether Slack opened no modal because the person had acted over three seconds before."""
    return isinstance(error, SlackApiError) and code_of(error) == "expired_trigger_id"


def code_of(error: SlackApiError) -> str:
    """Return Slack's error code, or the HTTP status if the response is not from Slack."""
    response = error.response
    if isinstance(response, ClientResponse):  # the SDK passes on a body that it could not parse
        return str(response.status)
    if not isinstance(response.data, dict):  # a page or a line of whatever stands between
        return str(response.status_code)
    return str(response.get("error") or response.status_code)
