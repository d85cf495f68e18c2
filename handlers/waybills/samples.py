"""Samples of shipping in bulk: what waits, the shipping file, uploaded waybills."""

from collections.abc import Iterator

from handlers.feature import Sample
from handlers.samples.fixtures import HUGE, MOMENT, NASTY, store
from handlers.texts import Texts
from handlers.waybills import bulk_views as views
from handlers.waybills.ids import BulkRef
from tmon.waybills.shipping_files import PreparedFile
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
