"""Samples of the setting of products."""

from collections.abc import Iterator

from handlers.feature import Sample
from handlers.listing_settings import settings
from handlers.listing_settings.ids import ListingSettingRef
from handlers.samples.fixtures import HUGE, NASTY, store
from handlers.samples.messages import message
from handlers.texts import Texts


def samples(t: Texts) -> Iterator[Sample]:
    """Yield the part of the settings view and its form."""
    for one in (store(), store(NASTY, id="st_2", product_managers_only=True)):
        ref = ListingSettingRef(store=one.id, page=HUGE)
        yield f"product setting of {one.id}", settings.setting_form(t, ref, one)
        blocks = settings.part_blocks(t, ref, one, manages=True)
        yield f"product setting in the settings of {one.id}", message("-", blocks)
