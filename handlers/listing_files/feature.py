"""Files of products: the form of registration, and the list of all that are known."""

from handlers.feature import SlackFeature
from handlers.listing_files import listeners, samples
from handlers.listing_files.ids import ListingFileAction

FEATURE = SlackFeature(
    name="listing_files",
    actions={
        ListingFileAction.FORM: listeners.send_form,
        ListingFileAction.EXPORT: listeners.send_export,
    },
    samples=samples.samples,
)
