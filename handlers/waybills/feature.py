"""Shipping: what waits, one parcel, files for many."""

from collections.abc import Iterator

from handlers.codes.listeners import find_carriers
from handlers.feature import Sample, SlackFeature
from handlers.subcommands import Subcommand
from handlers.texts import Texts
from handlers.waybills import (
    bulk,
    combined,
    combined_samples,
    form_samples,
    listeners,
    renderers,
    samples,
    shipping_files,
    uploads,
)
from handlers.waybills.ids import BulkAction, BulkView, WaybillAction, WaybillView


def _samples(t: Texts) -> Iterator[Sample]:
    yield from form_samples.samples(t)
    yield from combined_samples.samples(t)
    yield from samples.samples(t)


FEATURE = SlackFeature(
    name="waybills",
    subcommands=(Subcommand("waybills", ("송장",), bulk.command, on_home=1, synonyms=("waybill", "운송장")),),
    actions={
        WaybillAction.REGISTER: listeners.open_register,
        WaybillAction.CORRECT: listeners.open_correct,
        WaybillAction.DELAY: listeners.open_delay,
        WaybillAction.TRACK: listeners.track,
        WaybillAction.RECIPIENT: listeners.see_recipient,
        WaybillAction.CARRIER: listeners.choose_carrier,
        WaybillAction.COMBINE: combined.open_form,
        WaybillAction.COMBINED_CARRIER: combined.choose_carrier,
        BulkAction.PAGE: bulk.turn_page,
        BulkAction.FORM: bulk.send_form,
        BulkAction.SHIPPING_FILE: shipping_files.open_form,
        BulkAction.UPLOAD: uploads.open_form,
        BulkAction.UPLOAD_PAGE: uploads.turn_page,
        BulkAction.PROBLEMS: uploads.send_problems,
    },
    submissions={
        WaybillView.REGISTER: listeners.register,
        WaybillView.CORRECT: listeners.correct,
        WaybillView.UNCHECKED: listeners.register_unchecked,
        WaybillView.COMBINED: combined.send,
        WaybillView.COMBINED_UNCHECKED: combined.send_unchecked,
        WaybillView.DELAY: listeners.notify_delay,
        BulkView.SHIPPING_FILE: shipping_files.create,
        BulkView.UPLOAD: uploads.preview,
        BulkView.PREVIEW: uploads.send,
    },
    options={WaybillAction.CARRIER: find_carriers, WaybillAction.COMBINED_CARRIER: find_carriers},
    tasks={"shipping": "waybills"},
    renderers=renderers.RENDERERS,
    samples=_samples,
)
