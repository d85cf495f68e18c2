"""Samples of the admin views."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from handlers.admin import privacy_views, views
from handlers.admin.ids import AuditRef, RunpleRef
from handlers.feature import Sample
from handlers.samples.fixtures import HUGE, MOMENT, NASTY, listed_deal, store
from handlers.texts import LANGUAGES, Texts
from tmon.audit import PAGE
from tmon.models.audit import Audit
from tmon.models.stores import ConfirmMode, Store
from tmon.pages import Page
from tmon.privacy.chain import ChainState
from tmon.privacy.holdings import PAGE as HOLDINGS_PAGE
from tmon.privacy.holdings import HeldKind, Holding
from tmon.privacy.messages import AccessReview, UnusualLooks
from tmon.privacy.review import MonthOfAccess
from tmon.products.catalog import PAGE as DEALS
from tmon.products.catalog import DealPage
from tmon.products.runple import MarkResult
from tmon.stores.fields import MAX_WORKERS

_NO_DEALS = DealPage([], 0, 1, 0, store=store(), known=0)
_DETAILS = {"fields": ["api_key", "memo", "contact_mobile"], "deals": list(range(300))}


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view for admins."""
    for language in LANGUAGES:
        yield f"admin overview {language}", views.overview(t, language)
    worst: dict[str, Any] = {
        "runple": True,
        "confirm_mode": ConfirmMode.RUNPLE,
        "worker_ids": [f"U{number:010}" for number in range(MAX_WORKERS)],
    }
    many = [store(NASTY, id=f"st_{number}", **(worst if number % 2 else {})) for number in range(50)]
    usual = [store(), store("소담마켓", id="st_1", runple=True)]
    listed: dict[str, list[Store]] = {"usual": usual, "worst": many, "empty": []}
    for name, stores in listed.items():
        yield f"admin Runple stores {name}", views.runple_stores(t, stores, {"st_1": HUGE}, 1)
        yield f"admin rights {name}", views.rights(t, stores, 1)
    yield from _deals(t)
    yield from _audit(t)


def _deals(t: Texts) -> Iterator[Sample]:
    ref = RunpleRef(store="st_1")
    usual = DealPage(
        [listed_deal(1, runple=True), listed_deal(2, title="", read_at=None)], 0, 1, 2, store=store(), known=2
    )
    full = [listed_deal(HUGE - number, title=NASTY * 10, runple=bool(number % 2)) for number in range(DEALS)]
    worst = DealPage(full, 3, 9, HUGE, store=store(NASTY), known=HUGE)
    yield "admin deals usual", views.runple_deals(t, usual, 1, ref)
    yield "admin deals empty", views.runple_deals(t, _NO_DEALS, 0, ref)
    searched = ref.model_copy(update={"search": NASTY})
    for on in (True, False):
        note = views.marked_text(t, MarkResult(HUGE, HUGE, HUGE), on=on)
        yield f"admin deals worst, marked: {on}", views.runple_deals(t, worst, HUGE, searched, note)
    yield "admin numbers", views.numbers_form(t, store(NASTY), ref)


def _audit(t: Texts) -> Iterator[Sample]:
    actions = [*views.ACTIONS, NASTY]
    for page in range(-(-len(actions) // PAGE)):
        rows = [
            Audit(
                team_id="T1",
                id=f"au_{number}",
                at=MOMENT,
                user_id=("auto", "system", "tmon", "U1")[number % 4],
                action=action,
                store_id=f"st_{number}" if number % 3 else None,
                subject=NASTY if number % 2 else None,
                details=_DETAILS,
            )
            for number, action in enumerate(actions[page * PAGE : (page + 1) * PAGE])
        ]
        names = {f"st_{number}": f"{number}{NASTY}" for number in range(150)}
        ref = AuditRef(store="st_1", user="U0MINJI001", day=MOMENT.date(), page=page)
        yield f"admin audit, page {page}", views.audit_list(t, Page(rows, page, HUGE, HUGE), names, ref)
    yield from _privacy(t)
    yield "admin audit, empty", views.audit_list(t, Page([], 0, 1, 0), {}, AuditRef())


def _privacy(t: Texts) -> Iterator[Sample]:
    month = MOMENT.date().replace(day=1)
    looks = {(f"U{number:010}", action): HUGE for number in range(30) for action in (*views.ACTIONS[:9], NASTY)}
    names = {f"st_{number}": f"{number}{NASTY}" for number in range(150)}
    later = (month + timedelta(days=31)).replace(day=1)
    for broken in (None, HUGE):
        for reviewed in (None, ("U0MINJI001", MOMENT)):
            found = MonthOfAccess(month, looks, HUGE, HUGE, HUGE, reviewed)
            checked = (ChainState(HUGE, "0" * 64, broken), MOMENT)
            yield (
                f"admin privacy, worst, broken {broken}, reviewed {reviewed is not None}",
                privacy_views.records(t, found, checked, names, this_month=later),
            )
            args = AccessReview(month=month, chain_length=HUGE, chain_hash="0" * 64)
            if broken is None:
                text, blocks = privacy_views.review(t, found, args)
                yield f"access review, done {reviewed is not None}", {"text": text, "blocks": blocks}
    text, blocks = privacy_views.unusual(t, UnusualLooks(who="U0MINJI001", count=HUGE, since=MOMENT), month)
    yield "unusual looks", {"text": text, "blocks": blocks}
    nothing = MonthOfAccess(month, {}, 0, 0, 0, None)
    yield "admin privacy, empty", privacy_views.records(t, nothing, None, {}, this_month=month)
    rows = [
        Audit(
            team_id="T1",
            id=f"au_{number}",
            at=MOMENT,
            user_id="system",
            action="buyer.destroy",
            store_id=f"st_{number}",
            details=({"orders": HUGE, "inquiries": HUGE}, {})[number % 2],
            chain_no=HUGE if number % 3 else None,
        )
        for number in range(HOLDINGS_PAGE)
    ]
    list(privacy_views.holding_rows(t, [Holding(kind, HUGE, MOMENT, None) for kind in HeldKind]))
    yield "admin destructions, worst", privacy_views.destructions(t, Page(rows, 3, 9, HUGE), names)
    yield "admin destructions, empty", privacy_views.destructions(t, Page([], 0, 1, 0), {})
