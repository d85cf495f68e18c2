"""Tables of shipping in bulk: files with recipients that have to be deleted at Slack, and uploaded lists of waybills."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from tmon.database import Choice
from tmon.sealing import Sealed


class ShippingFile(SQLModel, table=True):
    """A file with recipients' data (배송용) that is, or may be, at Slack. The row goes when Slack says that the file is gone.

    It is written before anything leaves, so that a crash at any moment leaves no file that nobody deletes.
    """

    __tablename__ = "shipping_file"

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(max_length=20)
    user_id: str = Field(max_length=20)
    """Who asked for it."""
    orders: int
    file_id: str | None = Field(default=None, max_length=20)
    """Slack's id, kept before the content is sent; NULL: nothing was sent."""
    channel: str | None = Field(default=None, max_length=20)
    ts: str | None = Field(default=None, max_length=30)
    """The direct message that goes before the file and says, later, that it was deleted."""
    created_at: datetime
    seen_at: datetime | None = None
    """When the person had the password on the screen; NULL: nobody can open the file."""
    delete_at: datetime = Field(index=True)
    """Soon, until the person has the password; afterwards when the file has lived long enough."""
    try_at: datetime
    """When its deletion is tried next."""
    attempts: int = 0
    error: str | None = Field(default=None, max_length=60)
    """Slack's answer to the last attempt."""
    told_at: datetime | None = None
    """When the operator was told that it cannot be deleted."""


class UploadState(StrEnum):
    """State of an uploaded list of waybills. Stored; only added to."""

    PREVIEWED = "previewed"
    SENDING = "sending"
    SENT = "sent"


class WaybillUpload(SQLModel, table=True):
    """An uploaded list of waybills (송장 파일) between its preview and its result, and for a while after."""

    __tablename__ = "waybill_upload"

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    user_id: str = Field(max_length=20)
    state: UploadState = Field(sa_type=Choice(UploadState))
    content: str = Field(sa_type=Sealed)
    """Sealed: the checked rows and what is wrong with them. Sealed because a cell in the wrong column may hold anything."""
    created_at: datetime
    started_at: datetime | None = None
    """When its sending began."""
    claim_token: str | None = Field(default=None, max_length=20)
    claim_owner: str | None = Field(default=None, max_length=20)
    """The process that sends it."""
    claimed_until: datetime | None = None
    """The database's time from which on it counts as interrupted."""
    expires_at: datetime = Field(index=True)
    """When the row is deleted."""
