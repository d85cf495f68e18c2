"""What workspace admins see, in both languages and within Slack's limits; every recorded action has words."""

import re
from pathlib import Path
from typing import Any

import pytest

from handlers.admin import views
from handlers.admin.ids import AuditRef, RunpleRef
from handlers.samples.fixtures import NASTY, store
from handlers.texts import LANGUAGES, Texts
from tests.clock import TUESDAY, MovableClock
from tests.handlers.views_of_stores import good
from tmon import audit as audit_module
from tmon.audit import PAGE
from tmon.clock import KST
from tmon.models.audit import Audit
from tmon.models.products import Deal
from tmon.models.stores import ConfirmMode
from tmon.pages import Page
from tmon.products.catalog import PAGE as DEALS
from tmon.products.catalog import DealPage
from tmon.products.runple import MarkResult

TMON = Path(audit_module.__file__).parent
WORKERS = [f"U{number:010}" for number in range(50)]
FEATURES = (
    "store",
    "order",
    "buyer",
    "claim",
    "inquiry",
    "review",
    "incident",
    "address",
    "template",
    "product",
    "sku",
    "waybill",
    "privacy",
    "settlement",
    "vacation",
    "report",
    "workspace",
)
RECORDED = re.compile(
    rf"""(?:action ?= ?|AUTOMATIC = |: |, |else |return |\n +)"((?:{"|".join(FEATURES)})\.[a-z_]+)\""""
)


@pytest.fixture(params=LANGUAGES)
def t(request: pytest.FixtureRequest) -> Texts:
    return Texts(request.param, MovableClock(), KST)


@pytest.mark.parametrize("page", [-1, 0, 4, 99])
def test_fifty_stores_with_their_marks_and_rights(t: Texts, page: int) -> None:
    over: dict[str, Any] = {"runple": True, "confirm_mode": ConfirmMode.RUNPLE, "worker_ids": WORKERS}
    stores = [store(id=f"st_{number}", **(over if number % 2 else {})) for number in range(50)]
    good(views.runple_stores(t, stores, {"st_1": 12345}, page))
    good(views.rights(t, stores, page))


def test_nothing_yet(t: Texts) -> None:
    good(views.overview(t, "ko"))
    good(views.runple_stores(t, [], {}, 0))
    good(views.rights(t, [], 0))
    good(views.runple_deals(t, DealPage([], 0, 1, 0, store=store(), known=0), 0, RunpleRef(store="st_1")))
    good(views.audit_list(t, Page([], 0, 1, 0), {}, AuditRef()))


def test_a_full_page_of_deals(t: Texts) -> None:
    deals = [
        Deal(
            team_id="T1", store_id="st_1", deal_no=2**63 - n, title=NASTY * 10, runple=bool(n % 2), known_since=TUESDAY
        )
        for n in range(1, DEALS + 1)
    ]
    ref = RunpleRef(store="st_1", search=NASTY)
    note = views.marked_text(t, MarkResult(300, 5, 200), on=True)
    shown = good(views.runple_deals(t, DealPage(deals, 3, 9, 99, store=store(), known=999), 12, ref, note))
    assert "admin.deals#before" in shown
    assert "admin.deals#after" in shown
    good(views.numbers_form(t, store(), ref))


def test_a_full_page_of_the_audit_list_bears_no_value_that_was_typed(t: Texts) -> None:
    details = {"fields": ["api_key", "memo", "contact_mobile"], "values": {"memo": ["S-1", "S-2"]}, "deals": [1, 2]}
    rows = [
        Audit(
            team_id="T1",
            id=f"au_{n}",
            at=TUESDAY,
            user_id=("auto", "system", "tmon", "U1")[n % 4],
            action=[*views.ACTIONS, NASTY][(n * 3) % (len(views.ACTIONS) + 1)] if n else "store.edit",
            store_id=f"st_{n}" if n % 3 else None,
            subject=NASTY if n % 2 else None,
            details=details,
        )
        for n in range(PAGE)
    ]
    names = {f"st_{n}": NASTY + str(n) for n in range(150)}
    ref = AuditRef(store="st_1", user="U0MINJI001", day=TUESDAY.date(), page=3)
    shown = good(views.audit_list(t, Page(rows, 3, 9, 999), names, ref))
    assert "S-1" not in shown


def recorded_actions() -> set[str]:
    """Every action that the code records."""
    sources = [p.read_text() for p in TMON.rglob("*.py") if "api" not in p.relative_to(TMON).parts]
    return {action for source in sources for action in RECORDED.findall(source)}


def test_every_recorded_action_has_words() -> None:
    recorded = recorded_actions()
    assert {"store.see_contact", "product.runple_off", "template.register"} <= recorded
    assert recorded - set(views.ACTIONS) == set()
