"""Uploaded lists of products."""

from handlers.feature import SlackFeature
from handlers.listings import renderers, samples, uploads
from handlers.listings.ids import ListingAction, ListingView

FEATURE = SlackFeature(
    name="listings",
    actions={
        ListingAction.UPLOAD: uploads.open_form,
        ListingAction.PAGE: uploads.show_page,
        ListingAction.SHOW_KIND: uploads.show_page,
        ListingAction.DEAL: uploads.show_page,
        ListingAction.PROBLEMS: uploads.send_problems,
    },
    submissions={
        ListingView.UPLOAD: uploads.preview,
        ListingView.PREVIEW: uploads.send,
    },
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
