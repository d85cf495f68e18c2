"""Renderers of the mails to the operator about messages that are not delivered."""

from handlers.common_views.mail import EmailContent, html_email, plain_email
from handlers.rendering import RenderedMail, renders
from handlers.texts import Texts
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.outbox import OutboxReader, OutboxRecovered, OutboxStuck


@renders(OutboxStuck)
async def render_stuck(services: Services, row: OutboxMessage, args: OutboxStuck, t: Texts) -> RenderedMail | None:
    """Render the mail about undelivered messages: how many, since when, what to do; None if it is over already."""
    if await services[OutboxReader].get(row.team_id, f"{row.key}/over") is not None:
        return None
    rows = [
        (t("outbox.since"), t.moment(args.since)),
        (t("outbox.waiting"), t("outbox.counts", slack=args.slack, mails=args.mails)),
    ]
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


def _rendered(subject: str, letter: EmailContent, t: Texts) -> RenderedMail:
    return RenderedMail((), subject, plain_email(letter), html_email(letter, t.language))


RENDERERS = (render_stuck, render_flows)
