"""Samples of what is said of the files of products."""

from collections.abc import Iterator

from handlers.blocks import section
from handlers.common_views.listings import file_buttons
from handlers.common_views.notice import notice
from handlers.feature import Sample
from handlers.samples.fixtures import HUGE, NASTY, store
from handlers.samples.messages import message
from handlers.texts import Texts


def samples(t: Texts) -> Iterator[Sample]:
    """Yield the buttons, notices and messages of files."""
    text = t.md("listing_sheet.form_text", store=NASTY)
    yield "products by sheet: form", message(text, [section(text)])
    text = "\n".join([t.md("listing_sheet.export_text", store=NASTY, n=HUGE), t("listing_sheet.export_unread", n=HUGE)])
    yield "products by sheet: list", message(text, [section(text)])
    yield "products by sheet: buttons", message(text, [file_buttons(t, store().id)])
    for key in ("listing_sheet.under_way", "listing_sheet.form_sent"):
        yield f"products by sheet: {key}", notice(t, [section(t(key))])
    yield "products by sheet: list sent", notice(t, [section(t("listing_sheet.export_sent", n=HUGE))])
