"""Mails to the operator about messages that do not leave."""

from datetime import datetime

from handlers.common_views.mail import EmailContent, html_email, plain_email
from handlers.rendering import RenderedMail
from handlers.texts import Texts
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.outbox import OutboxFlows, OutboxReader, OutboxStuck


async def paint_stuck(services: Services, row: OutboxMessage, t: Texts) -> RenderedMail | None:
    """What waits, since when, and what to do; nothing when it is over before the mail could leave."""
    if await services[OutboxReader].get(row.team_id, f"{row.key}/over") is not None:
        return None
    rows = [
        (t("outbox.since"), t.moment(_moment(row, "since"))),
        (t("outbox.waiting"), t("outbox.counts", slack=row.args["slack"], mails=row.args["mails"])),
    ]
    if row.args["error"]:
        rows.append((t("outbox.error"), str(row.args["error"])))
    letter = EmailContent(t("outbox.stuck"), [t("outbox.stuck_means"), t("outbox.stuck_do")], rows, t("outbox.footer"))
    return _drawn(t("outbox.stuck_subject"), letter, t)


async def paint_flows(services: Services, row: OutboxMessage, t: Texts) -> RenderedMail:
    """From when till when messages were late."""
    rows = [(t("outbox.since"), t.moment(_moment(row, "since"))), (t("outbox.until"), t.moment(_moment(row, "until")))]
    letter = EmailContent(t("outbox.flows"), [], rows, t("outbox.flows_means"), alarming=False)
    return _drawn(t("outbox.flows_subject"), letter, t)


def _moment(row: OutboxMessage, name: str) -> datetime:
    return datetime.fromisoformat(str(row.args[name]))


def _drawn(subject: str, letter: EmailContent, t: Texts) -> RenderedMail:
    return RenderedMail((), subject, plain_email(letter), html_email(letter, t.language))


PAINTERS = {OutboxStuck.kind: paint_stuck, OutboxFlows.kind: paint_flows}
