"""Messages about a store: approval, changes, contact, channel."""

from typing import Any

from tmon.models.outbox import MessageArgs


class StoreResult(MessageArgs):
    """State of the approval of a store: a direct message, edited in place."""

    kind = "store_result"

    store: str


class StoreApproved(MessageArgs):
    """Reply in the thread of `StoreResult` when a pending store is approved: edits notify nobody."""

    kind = "store_approved"

    store: str


class AutoConfirmOffer(MessageArgs):
    """Number of pending orders, with the offer to start automatic confirmation: a direct message."""

    kind = "store_auto"

    store: str


class StoreChanged(MessageArgs):
    """Who changed what in a store, posted in its channel."""

    kind = "store_changed"

    store: str
    who: str
    fields: list[str]
    """Names of changed fields whose values are not shown."""
    values: dict[str, Any]
    """Settings before and after, by field."""


class ContactNotice(MessageArgs):
    """The test notice to a store's contact in Slack."""

    kind = "contact_notice"

    store: str
    who: str


class ContactNoticeEmail(MessageArgs):
    """The test notice to a store's contact by email."""

    kind = "contact_notice_mail"

    store: str
    who: str


class WorkerChosen(MessageArgs):
    """To somebody who was chosen to confirm the orders of a store."""

    kind = "worker_chosen"

    store: str
    user: str
    who: str
    """Who chose them."""


class RightRequested(MessageArgs):
    """To the user who registered a store: somebody asks for a right on it."""

    kind = "right_requested"

    store: str
    user: str
    right: str
    """The `Permission`."""


class ReaderLost(MessageArgs):
    """To the next reader: somebody who got the messages of a store does not read them any more."""

    kind = "reader_lost"

    store: str
    who: str


class ContactCodeEmail(MessageArgs):
    """The code that confirms the mail address of a store's contact."""

    kind = "contact_code"

    store: str


class ChannelLost(MessageArgs):
    """To the user who registered a store: its channel can no longer receive messages."""

    kind = "channel_lost"

    store: str
    channel: str


class StoreHandedOver(MessageArgs):
    """Direct message to the former and the new registrant of a store."""

    kind = "store_handed_over"

    store: str
    who: str
    """Who handed it over."""
    former: str
    successor: str
