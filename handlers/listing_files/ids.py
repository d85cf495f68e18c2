"""Ids and parameters of the files of products. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Id, Payload


class ListingFileAction(StrEnum):
    """Buttons that send a file."""

    FORM = "listing_file.form"
    EXPORT = "listing_file.export"


class ListingFileRef(Payload):
    """The store whose products a file is about."""

    store: Id
