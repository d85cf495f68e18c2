"""Samples of menus of codes, in a form."""

from collections.abc import Iterator

from handlers.blocks import input_block, modal, section
from handlers.codes import views
from handlers.feature import Sample
from handlers.samples.fixtures import LONG, NASTY
from handlers.texts import Texts
from tmon.codes.reasons import MEANINGS
from tmon.codes.tables import OWN, Carrier, Reason
from tmon.models.claims import ClaimKind


def samples(t: Texts) -> Iterator[Sample]:
    """Yield a form with each menu, empty, chosen, and at its worst."""
    carriers = [OWN, *(Carrier(f"{number}", NASTY + LONG) for number in range(10000, 10200))]
    reasons = [Reason(f"JCD{number}", LONG) for number in range(200)]
    for name, menus in {
        "carriers": [views.carrier_input(t, "s" * 20)],
        "carriers, own delivery chosen": [views.carrier_input(t, "s" * 20, chosen=OWN, optional=True)],
        "carriers, worst": [_static(t, views.carrier_options(t, carriers, ""))],
        "a typed carrier": [_static(t, views.carrier_options(t, [], "12345"))],
        "reasons, worst": [_static(t, views.reason_options(reasons))],
        "faults": [section(views.fault_text(t, kind, code)) for code in list(MEANINGS)[:40] for kind in ClaimKind][:50],
    }.items():
        yield (
            f"codes: {name}",
            modal(t("codes.carrier"), menus, callback_id="sample", close=t("common.close"), submit=t("stock.save")),
        )


def _static(t: Texts, options: list[dict[str, object]]) -> dict[str, object]:
    return input_block("menu", t("codes.carrier"), {"type": "static_select", "options": options})
