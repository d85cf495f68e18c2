"""Samples of shipping in bulk: what waits, the shipping file, uploaded waybills."""

from collections.abc import Iterator
from typing import Any

from handlers.feature import Sample
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, store
from handlers.samples.messages import message
from handlers.texts import Texts
from handlers.waybills import bulk_views as views
from handlers.waybills import upload_views as uploads
from handlers.waybills.ids import BulkRef, UploadRef
from tmon.models.shipping_files import UploadState
from tmon.waybills.results import Result
from tmon.waybills.shipping_files import PreparedFile
from tmon.waybills.upload_rows import RowKind, UploadContent, UploadRow
from tmon.waybills.uploads import Upload
from tmon.waybills.waiting import WaitingCount


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view and message about shipping in bulk."""
    usual = WaitingCount(store(), 12, 2, MOMENT)
    worst = [WaitingCount(store(f"{n} {NASTY}", id=f"st_{n}"), HUGE, HUGE, MOMENT) for n in range(120)]
    ref = BulkRef()
    yield "waiting to ship", views.waiting_view(t, [usual], ref)
    yield "waiting to ship, nothing", views.waiting_view(t, [WaitingCount(store(), 0, 0, None)], ref)
    yield "waiting to ship, held back", views.waiting_view(t, [WaitingCount(store(), 0, 3, None)], ref)
    yield "waiting to ship, worst", views.waiting_view(t, worst, ref)
    yield "shipping file form", views.file_form(t, [usual], ref)
    yield "shipping file form, worst", views.file_form(t, worst, BulkRef(store="st_3"))
    yield "shipping file progress", views.progress_view(t, t("shipping_file.making"))
    for name, counts in {"usual": (12, 0, 0), "worst": (HUGE, HUGE, HUGE)}.items():
        file = PreparedFile("sf_1", *counts, content=b"", password="abcd-efgh-jkmn-pqrs")  # noqa: S106
        about = store() if name == "usual" else store(NASTY)
        yield f"shipping file password, {name}", views.password_view(t, about, file, MOMENT)
    yield (
        "shipping file not shown",
        {"text": t("shipping_file.closed"), "blocks": views.closed_message(t, store(NASTY))},
    )
    yield from _uploads(t)


def _uploads(t: Texts) -> Iterator[Sample]:
    ref = UploadRef(upload="wu_0123456789ab")
    yield "waybill upload form", uploads.upload_form(t, BulkRef())
    yield "waybill upload, message", uploads.message_view(t, t("bulk.reading"), again=True)
    yield "waybill upload, progress", uploads.progress_view(t, 120, HUGE)
    usual = UploadContent(rows=[_row(), _row(RowKind.WRONG)], blank=3, unread=2)
    clean = UploadContent(rows=[_row()])
    wrong = UploadContent(rows=[_row(RowKind.WRONG)])
    worst = UploadContent(
        rows=[
            _row(kind, line=HUGE, note="bulk.row_carrier_near", values={"value": NASTY, "near": NASTY}, detail=LONG)
            for kind in RowKind
            for _ in range(10)
        ],
        blank=HUGE,
        unread=HUGE,
        columns={"carrier": "CV"},
    )
    for name, content in {"usual": usual, "clean": clean, "only errors": wrong, "worst": worst}.items():
        yield f"waybill preview, {name}", uploads.upload_view(t, _upload(content), ref)
    yield (
        "waybill preview, cancels unread",
        uploads.upload_view(t, _upload(usual), UploadRef(upload="wu_1", unread=True)),
    )
    yield "waybill preview, being sent", uploads.upload_view(t, _upload(usual, UploadState.SENDING), ref)
    ended = UploadContent(
        rows=[
            *(_row(result=result, note="waybills.note_down", detail=NASTY) for result in Result),
            _row(RowKind.HELD, note="waybills.held_back"),
        ]
    )
    for name, content in {"usual": ended, "clean": UploadContent(rows=[_row(result=Result.SUCCESS)])}.items():
        yield f"waybill result, {name}", uploads.upload_view(t, _upload(content, UploadState.SENT), ref)
        told = uploads.sent_message(t, _upload(content, UploadState.SENT))
        yield f"waybill result message, {name}", message(told.text, told.blocks)


def _row(kind: RowKind = RowKind.READY, **over: Any) -> UploadRow:
    usual: dict[str, Any] = {"line": 12, "kind": kind, "field": "carrier"}
    if kind is not RowKind.READY:
        usual |= {"note": "bulk.row_no_number"}
    return UploadRow(**{**usual, **over})


def _upload(content: UploadContent, state: UploadState = UploadState.PREVIEWED) -> Upload:
    return Upload("T1", "wu_0123456789ab", "U1", state, content)
