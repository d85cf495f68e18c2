"""Samples of claims: cards, details, lists, what can be looked at."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from handlers.claims import list_views, reminder_views, views
from handlers.claims.ids import ClaimListRef, ClaimRow
from handlers.common_views.partner_center import partner_center_buttons
from handlers.feature import Sample
from handlers.rendering import RenderedMessage
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, order, store
from handlers.samples.messages import message
from handlers.texts import Texts
from tmon.claims.claim_list import PAGE, ClaimPage, Shown
from tmon.claims.reminders import DueClaims
from tmon.claims.service import BatchSummary, ClaimSummary
from tmon.models.claims import Claim, ClaimantRecord, ClaimEnd, ClaimKind


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view and message about claims."""
    for kind in ClaimKind:
        for name, facts in (("usual", facts_of(kind)), ("worst", worst(kind))):
            yield f"claim card {kind.name} {name}", message(views.claim_text(t, facts), views.claim_card(t, facts))
            yield f"claim {kind.name} {name}", views.claim_view(t, facts)
    for end in ClaimEnd:
        ended = facts_of(ClaimKind.RETURN, end=end, ended_at=MOMENT, decided_by="U7", status="C3")
        yield f"claim card ended, {end}", message(views.claim_text(t, ended), views.claim_card(t, ended))
    states: dict[str, dict[str, Any]] = {
        "under way": {"act": "approve", "act_by": "U7"},
        "in doubt": {"act": "approve", "act_by": "U7", "act_unknown": True},
        "held": {"holding": True},
        "not offered": {"not_offered": True},
        "approved": {"status": "C2", "end": ClaimEnd.APPROVED, "decided_by": "U7", "decided_at": MOMENT},
        "strange": {"status": "unknown", "claimant_unreadable": True, "goods": []},
    }
    for name, over in states.items():
        facts = facts_of(ClaimKind.EXCHANGE, **over)
        yield f"claim card {name}", message(views.claim_text(t, facts), views.claim_card(t, facts))
    record = ClaimantRecord(
        pickup_name=NASTY,
        pickup_mobile="010-0000-0000",
        pickup_zip_code="04532",
        pickup_address=LONG,
        pickup_street_address=LONG,
        pickup_address_detail=LONG,
    )
    yield "pick-up", views.pickup_view(t, facts_of(ClaimKind.RETURN).claim, record)
    for name, found in (("none", []), ("worst", [f"https://img.tmon.kr/{n}{'x' * 900}.jpg" for n in range(40)])):
        yield f"pictures {name}", views.pictures_view(t, worst(ClaimKind.RETURN).claim, found)
    yield from _lists(t)
    batches = {
        "usual": BatchSummary(store(), "cb_1", {ClaimKind.CANCEL: 6}, 6, MOMENT),
        "worst": BatchSummary(store(NASTY), "c" * 20, dict.fromkeys(ClaimKind, HUGE), HUGE, MOMENT, HUGE),
        "done": BatchSummary(store(), "cb_1", {ClaimKind.CANCEL: 6}, 0, None),
    }
    for name, batch in batches.items():
        yield f"many claims {name}", message(views.batch_text(t, batch), views.batch(t, batch))
    for kind in ClaimKind:
        for name, facts in (("usual", facts_of(kind, holding=True)), ("worst", worst(kind))):
            text = reminder_views.reminder_text(t, facts)
            reminder = RenderedMessage.of_text(text, reminder_views.see_button(t, facts.claim))
            yield f"claim reminder {kind.name} {name}", message(reminder.text, reminder.blocks)
    many = DueClaims((worst(ClaimKind.RETURN).store,), tuple(worst(kind).claim for kind in ClaimKind) * 200)
    yield "claims due", message(reminder_views.due_text(t, many), reminder_views.due(t, many))
    yield "claims moved", message(views.moved_text(t, store(NASTY)))
    for kind in ClaimKind:
        text = t.md("claims.not_offered", store=NASTY, kind=views.kind_word(t, kind))
        told = RenderedMessage.of_text(text, *partner_center_buttons(t))
        yield f"claims not offered {kind.name}", message(told.text, told.blocks)


def _lists(t: Texts) -> Iterator[Sample]:
    stores = [store(NASTY, id=f"st_{n:017}") for n in range(150)]
    most = 2**31 - 1
    many = tuple(worst(list(ClaimKind)[n % 4], number=HUGE - n) for n in range(PAGE))
    pages: dict[str, tuple[ClaimPage, ClaimListRef]] = {
        "usual": (ClaimPage((facts_of(ClaimKind.CANCEL),), 0, 1), ClaimListRef()),
        "worst": (
            ClaimPage(many, 400_000, HUGE),
            ClaimListRef(store=stores[-1].id, kind=ClaimKind.RETURN, page=most, start=most, turn=most),
        ),
        "of a message": (ClaimPage(many[:3], 0, 3), ClaimListRef(batch="c" * 20)),
        "of a number": (ClaimPage((), 0, 0), ClaimListRef(number=HUGE)),
    }
    pages |= {f"empty {shown}": (ClaimPage((), 0, 0), ClaimListRef(shown=shown)) for shown in Shown}
    for name, (page, ref) in pages.items():
        rows = tuple(ClaimRow(store="s" * 20, kind=one.claim.kind, claim=HUGE, open=True) for one in page.items)
        yield f"claim list {name}", list_views.claim_list(t, page, ref.model_copy(update={"rows": rows}), stores)


def facts_of(kind: ClaimKind, number: int = 550001234, name: str = "한빛리빙", **over: Any) -> ClaimSummary:
    """A claim of one of three pieces."""
    about = store(name)
    reason = {"C": "RCD5", "R": "RRD4", "X": "RXD1", "D": "RDD1"}[kind.value]
    option = {"no": 7700112302, "title": "화이트 / M", "quantity": 1}
    values = {
        "team_id": about.team_id,
        "store_id": about.id,
        "kind": kind,
        "claim_no": number,
        "order_no": 9100200301,
        "status": "C1",
        "requested_at": MOMENT,
        "deadline": MOMENT,
        "goods": [{"deal": 7700112233, "title": "귤 5kg", "reason": reason, "options": [option]}],
        "first_seen_at": MOMENT,
        "read_at": MOMENT,
        "updated_at": MOMENT,
        **over,
    }
    return ClaimSummary(
        about,
        Claim(**values),
        order(),
        ordered={(7700112233, 7700112302): 3},
        words={7700112233: "사이즈를 잘못 골랐어요"},
        meanings={reason: "옵션 잘못 선택"},
    )


def worst(kind: ClaimKind, number: int = HUGE) -> ClaimSummary:
    """A claim with the most that TMON may send."""
    goods = [
        {
            "deal": n,
            "title": LONG,
            "reason": f"RCD{n}" + "x" * 15,
            "options": [{"no": m, "title": NASTY, "quantity": HUGE} for m in range(30)],
        }
        for n in range(30)
    ]
    parcel = {"carrier": "1" * 20, "number": "9" * 60, "more": ["9" * 60] * 20}
    facts = facts_of(
        kind,
        number,
        NASTY,
        order_no=HUGE,
        goods=goods,
        holding=True,
        held_at=MOMENT,
        returned_at=MOMENT,
        approved_at=MOMENT,
        original_waybill=parcel,
        return_waybill=parcel,
        redelivery_waybill=parcel,
        return_status="R" * 20,
        refund_amount=HUGE,
        deduction=HUGE,
        return_fee=HUGE,
        has_pictures=True,
        claimant="sealed",
        note="claims.status_not_offered",
        note_detail=LONG[:900],
    )
    words = dict.fromkeys(range(30), LONG)
    return replace(facts, words=words, carriers={"1" * 20: NASTY}, can_collect=True, order=None)
