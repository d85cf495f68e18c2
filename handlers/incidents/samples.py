"""Samples of incidents: messages and lists."""

import itertools
from collections.abc import Iterator
from typing import Any

from handlers.common_views.incidents import card_text
from handlers.feature import Sample
from handlers.incidents import views
from handlers.incidents.ids import IncidentRef
from handlers.samples.fixtures import HUGE, MOMENT, NASTY, incident, incident_facts
from handlers.samples.messages import message
from handlers.texts import Texts
from tmon.incidents.service import ContactPhone
from tmon.incidents.summary import Risk
from tmon.models.incidents import Cause, Resolution


def samples(t: Texts) -> Iterator[Sample]:
    states: dict[str, dict[str, Any]] = {
        "open": {"serious": True, "message": NASTY, "assignee": "U7", "assigned_at": MOMENT},
        "over": {"closed_at": MOMENT, "resolution": Resolution.RECOVERED, "assignee": "U7", "assigned_at": MOMENT},
    }
    names = tuple(f"{n:04}{NASTY}"[:60] for n in range(40))
    risk = Risk(HUGE, MOMENT)
    everything = []
    for cause in Cause:
        for (state, values), concerned in itertools.product(states.items(), (names[:1], names)):
            facts = incident_facts(incident(cause, **values), concerned, risk=risk, backfilled={"new": HUGE})
            everything.append(facts)
            card = views.card(t, facts, "contact/st_1")
            yield f"incident {cause}, {state}, {len(concerned)}", message(card_text(t, facts), card)
            people = [f"U{n:010}" for n in range(5)]
            yield (
                f"incident {cause}, {state}, {len(concerned)}, in a channel",
                message(card_text(t, facts), views.card(t, facts, "channel/C0123456789", people)),
            )
    ref = IncidentRef(incident="in_0123456789ab", place="channel/C0123456789", store="st_0123456789ab")
    yield "incident pause", views.pause_form(t, everything[0], everything[0].stores[0], ref)
    yield "incident look at numbers", views.mobile_form(t, everything[1], ref)
    yield "incident hand over", views.assign_form(t, everything[1], "U0000000007", ref)
    yield "incident assigned", message(views.assigned_text(t, everything[1], "U7"))
    yield "incident reply", message(views.resolved_text(t, everything[-1]))
    yield "incident list", views.incident_list(t, everything, MOMENT)
    yield "incident list, empty", views.incident_list(t, [], MOMENT)
    yield "mobile numbers", views.mobiles(t, [ContactPhone(NASTY, NASTY, "010-1234-5678")] * 30)
