"""Renderers of the mails to the operator about messages that are not delivered and data that are not destroyed."""

from handlers.common_views.mail import EmailContent, html_email, plain_email, without_links
from handlers.rendering import RenderedMail, renders
from handlers.texts import Texts
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.models.retention import HoldReason
from tmon.outbox import OutboxReader, OutboxRecovered, OutboxStuck
from tmon.retention import DestructionHeld

_WHAT = {
    "orders": "outbox.held_orders",
    "inquiries": "outbox.held_inquiries",
    "claims": "outbox.held_claims",
    "reviews": "outbox.held_reviews",
}
_REASONS = {
    HoldReason.CLOCK: ("outbox.held_why_clock", "outbox.held_do_clock"),
    HoldReason.SHARE: ("outbox.held_why_share", "outbox.held_do_share"),
}
"""Why what is due is held back, and what to do about it."""


@renders(OutboxStuck)
async def render_stuck(services: Services, row: OutboxMessage, args: OutboxStuck, t: Texts) -> RenderedMail | None:
    """Render the mail about undelivered messages: how many, since when, what to do; None if it is over already."""
    if await services[OutboxReader].get(row.team_id, f"{row.key}/over") is not None:
        return None
    rows = [
        (t("outbox.since"), t.moment(args.since)),
        (t("outbox.waiting"), t("outbox.counts", slack=args.slack, mails=args.mails)),
    ]
    if args.workspace is not None:
        where = without_links(args.workspace)
        rows.append(
            (
                t("outbox.workspace"),
                where if args.workspaces < 2 else t("outbox.and_more", name=where, n=args.workspaces - 1),
            )
        )
    if args.error:
        rows.append((t("outbox.error"), args.error))
    letter = EmailContent(t("outbox.stuck"), [t("outbox.stuck_means"), t("outbox.stuck_do")], rows, t("outbox.footer"))
    return _rendered(t("outbox.stuck_subject"), letter, t)


@renders(OutboxRecovered)
async def render_flows(services: Services, row: OutboxMessage, args: OutboxRecovered, t: Texts) -> RenderedMail:
    """Render the mail that messages are delivered again: from when to when they were late."""
    rows = [(t("outbox.since"), t.moment(args.since)), (t("outbox.until"), t.moment(args.until))]
    letter = EmailContent(t("outbox.flows"), [], rows, t("outbox.flows_means"), alarming=False)
    return _rendered(t("outbox.flows_subject"), letter, t)


@renders(DestructionHeld)
async def render_held(services: Services, row: OutboxMessage, args: DestructionHeld, t: Texts) -> RenderedMail:
    """Render the mail about personal data that are due and were not destroyed: what, why, since when, what to do."""
    rows = [
        (t("outbox.held_what"), t("outbox.held_count", what=t(_WHAT[args.what]), n=args.waiting)),
        (t("outbox.since"), t.moment(args.since)),
        (t("outbox.held_clock"), t.moment(args.now)),
    ]
    why, what_to_do = _REASONS[HoldReason(args.reason)]
    letter = EmailContent(
        t("outbox.held_title"),
        [t(why), t(what_to_do)],
        rows,
        t("outbox.held_footer"),
    )
    return _rendered(t("outbox.held_subject"), letter, t)


def _rendered(subject: str, letter: EmailContent, t: Texts) -> RenderedMail:
    return RenderedMail((), subject, plain_email(letter), html_email(letter, t.language))


RENDERERS = (render_stuck, render_flows, render_held)
