"""Shipping: what waits, and files for it."""

from handlers.feature import SlackFeature
from handlers.subcommands import Subcommand
from handlers.waybills import bulk, renderers, samples, shipping_files
from handlers.waybills.ids import BulkAction, BulkView

FEATURE = SlackFeature(
    name="waybills",
    subcommands=(Subcommand("waybills", ("송장",), bulk.command, synonyms=("waybill", "운송장")),),
    actions={
        BulkAction.PAGE: bulk.turn_page,
        BulkAction.FORM: bulk.send_form,
        BulkAction.SHIPPING_FILE: shipping_files.open_form,
    },
    submissions={BulkView.SHIPPING_FILE: shipping_files.create},
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
