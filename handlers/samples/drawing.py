"""Renders every view and message of the product in each language, for validation."""

from collections.abc import Iterator, Sequence

from handlers.blocks import section
from handlers.common_views.notice import notice
from handlers.feature import Sample, SlackFeature
from handlers.samples.fixtures import MOMENT
from handlers.texts import LANGUAGES, Texts
from tmon.clock import KST


def draw_samples(features: Sequence[SlackFeature]) -> Iterator[Sample]:
    """Yield the samples of `features`."""
    for language in LANGUAGES:
        t = Texts(language, lambda: MOMENT, KST, partner_center="https://spc.tmon.example/")
        yield f"notice above a modal ({language})", notice(t, [section(t("common.failed", reference="abcdef"))])
        for feature in features:
            for name, payload in feature.samples(t):
                yield f"{name} ({language})", payload
