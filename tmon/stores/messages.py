"""Messages about a store: its approval, its changes, its contact, its channel."""

from typing import Any

from tmon.models.outbox import MessageArgs


class StoreResult(MessageArgs):
    """Where the approval of a store stands: a direct message, edited in place."""

    kind = "store_result"

    store: str


class StoreApproved(MessageArgs):
    """The reply beneath `StoreResult` when a store that had to wait is approved: edits notify nobody."""

    kind = "store_approved"

    store: str


class AutoConfirmOffer(MessageArgs):
    """How many orders wait, and the offer to begin automatic confirmation: a direct message."""

    kind = "store_auto"

    store: str


class StoreChanged(MessageArgs):
    """Who changed what of a store, in its channel."""

    kind = "store_changed"

    store: str
    who: str
    fields: list[str]
    """Names of changed fields whose values are not told."""
    values: dict[str, Any]
    """Settings before and after, by field."""


class ContactNotice(MessageArgs):
    """The test notice to a store's contact in Slack."""

    kind = "contact_notice"

    store: str
    who: str


class ContactNoticeEmail(MessageArgs):
    """The same as a mail."""

    kind = "contact_notice_mail"

    store: str
    who: str


class ChannelLost(MessageArgs):
    """To whoever registered a store: its channel takes no more messages."""

    kind = "channel_lost"

    store: str
    channel: str
