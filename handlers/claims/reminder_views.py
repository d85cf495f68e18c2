"""Reminders of claims before TMON decides by itself: one in the thread of its card, or one message about many."""

from collections import Counter

from handlers.blocks import Block, actions, button, escape_title, section
from handlers.claims.ids import ClaimAction, ClaimListRef, ClaimRef
from handlers.claims.views import clock, kind_request, kind_word
from handlers.common_views.stores import short_name
from handlers.payloads import encode
from handlers.texts import Markup, Texts, mention
from tmon.claims.reminders import DueClaims
from tmon.claims.service import ClaimSummary
from tmon.models.claims import Claim
from tmon.permissions import operators

_NAMED = 5
"""Claims that a message about many names."""


def reminder_text(t: Texts, facts: ClaimSummary) -> str:
    """The reminder of one claim; those in charge are mentioned."""
    claim = facts.claim
    return t.md(
        "claims.reminder",
        people=mention(*operators(facts.store)),
        kind=kind_request(t, claim.kind),
        number=str(claim.order_no),
        clock=clock(t, claim),
    )


def see_button(t: Texts, claim: Claim) -> Block:
    """The button to its details: a reminder is read on its own, too."""
    ref = encode(ClaimRef(store=claim.store_id, kind=claim.kind, claim=claim.claim_no))
    label = t("claims.button_label", text=t("claims.see"), number=claim.claim_no)
    return button(t("claims.see"), f"{ClaimAction.SEE}#{claim.kind.value}{claim.claim_no}", ref, label=label)


def due_text(t: Texts, facts: DueClaims) -> str:
    """How many claims are due at once, of which kinds; everybody in charge of one is mentioned once."""
    kinds = Counter(claim.kind for claim in facts.claims)
    people = dict.fromkeys(person for store in facts.stores for person in operators(store))
    return t.md(
        "claims.due",
        people=mention(*people),
        n=len(facts.claims),
        kinds=Markup(", ".join(t.md("claims.of_kind", kind=kind_word(t, kind), n=n) for kind, n in kinds.items())),
    )


def due(t: Texts, facts: DueClaims) -> list[Block]:
    """The message about many claims that are due at once: the most urgent ones, and the way to the list."""
    stores = {store.id: store for store in facts.stores}
    lines = [
        t.md(
            "claims.due_line",
            clock=clock(t, claim),
            kind=kind_request(t, claim.kind),
            number=str(claim.order_no),
            title=escape_title(str(claim.goods[0]["title"]) if claim.goods else "", 60),
            store=short_name(stores[claim.store_id]),
        )
        for claim in facts.claims[:_NAMED]
    ]
    if len(facts.claims) > _NAMED:
        lines.append(t("claims.due_more", n=len(facts.claims) - _NAMED))
    ref = ClaimListRef(store=facts.stores[0].id if len(facts.stores) == 1 else None)
    return [
        section(due_text(t, facts)),
        section("\n".join(lines)),
        actions(button(t("orders.list"), ClaimAction.LIST, encode(ref))),
    ]
