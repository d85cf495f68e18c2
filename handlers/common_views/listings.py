"""The buttons for files of products."""

from handlers.blocks import Block, actions, button
from handlers.listing_files.ids import ListingFileAction, ListingFileRef
from handlers.listings.ids import ListingAction, UploadFormRef
from handlers.payloads import encode
from handlers.texts import Texts


def file_buttons(t: Texts, store_id: str) -> Block:
    """The form of registration and the list of all products, each sent to the person, and the way to upload them."""
    ref = encode(ListingFileRef(store=store_id))
    return actions(
        button(t("listing_sheet.get_form"), ListingFileAction.FORM, ref),
        button(t("listing_sheet.get_export"), ListingFileAction.EXPORT, ref),
        button(t("listings.upload"), ListingAction.UPLOAD, encode(UploadFormRef(store=store_id))),
    )
