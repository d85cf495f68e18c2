"""Renders every view and message of the product in each language, for validation."""

from collections.abc import Iterator, Sequence

from handlers.blocks import section
from handlers.common_views.notice import notice
from handlers.common_views.store_choice import store_choice
from handlers.feature import Sample, SlackFeature
from handlers.samples.fixtures import LONG, MOMENT, NASTY, store
from handlers.texts import LANGUAGES, Texts
from tmon.clock import KST
from tmon.stores.fields import MAX


def draw_samples(features: Sequence[SlackFeature]) -> Iterator[Sample]:
    """Yield the samples of `features`."""
    for language in LANGUAGES:
        t = Texts(language, lambda: MOMENT, KST, partner_center="https://spc.tmon.example/")
        yield f"notice above a modal ({language})", notice(t, [section(t("common.failed", reference="abcdef"))])
        many = [store(id=f"st_{number}", name=NASTY[: MAX["store_name"]]) for number in range(200)]
        yield f"choice of a store ({language})", store_choice(t, t("common.which_store"), "stock", [store()])
        yield (
            f"choice of a store, worst ({language})",
            store_choice(t, t.md("common.several_stores", name=LONG), "collect orders", many),
        )
        for feature in features:
            for name, payload in feature.samples(t):
                yield f"{name} ({language})", payload
