"""The reminder of unanswered inquiries of one store, in the thread of their card."""

from handlers.blocks import Block, escape_title, section
from handlers.common_views.stores import short_name
from handlers.inquiries.summaries import source_name
from handlers.inquiries.views import to_list
from handlers.texts import Texts, mention
from tmon.inquiries.reminders import DueInquiries
from tmon.permissions import cs_people

_NAMED = 5
"""Inquiries that a reminder names."""


def reminder_text(t: Texts, facts: DueInquiries) -> str:
    """The text for notifications; those in charge are mentioned."""
    people = mention(*cs_people(facts.store))
    return t.md("inquiries.reminder", people=people, store=short_name(facts.store), n=len(facts.inquiries))


def reminder(t: Texts, facts: DueInquiries) -> list[Block]:
    """How many wait for long, the most urgent ones, and the way to the list."""
    lines = [
        t.md(
            "inquiries.reminder_line",
            mark="🚨" if one.urgent else "💬",
            source=source_name(t, one),
            title=escape_title(one.title, 60),
            since=t("inquiries.since", moment=t.dated(one.asked_at)),
        )
        for one in facts.inquiries[:_NAMED]
    ]
    if len(facts.inquiries) > _NAMED:
        lines.append(t("inquiries.reminder_more", n=len(facts.inquiries) - _NAMED))
    return [section(reminder_text(t, facts)), section("\n".join(lines), accessory=to_list(t, facts.store))]
