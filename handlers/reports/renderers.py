"""Renders reports in channels, and the mail about late ones."""

from handlers.common_views.mail import EmailContent, html_email, plain_email
from handlers.rendering import RenderedMail, RenderedMessage, renders
from handlers.reports import views
from handlers.texts import Texts
from tmon.core import Services
from tmon.due_times import over
from tmon.models.outbox import OutboxMessage
from tmon.reports.messages import ChannelReport, PostedReport, ReportsLate
from tmon.reports.periods import Period
from tmon.reports.schedule import LATE_AFTER
from tmon.reports.service import ReportService


@renders(ChannelReport)
async def render_channel(
    services: Services, row: OutboxMessage, args: ChannelReport, t: Texts
) -> RenderedMessage | None:
    """Render the daily or weekly report of a channel; None if no store has its reports there any more."""
    report = await services[ReportService].channel(row.team_id, args.channel, Period(args.first, args.last))
    if not report.stores:
        return None
    # It may also have waited for Slack.
    late = args.late or over(row.created_at, services.clock(), LATE_AFTER)
    return views.channel_report(t, report, args.report, late=late)


@renders(PostedReport)
async def render_posted(services: Services, row: OutboxMessage, args: PostedReport, t: Texts) -> RenderedMessage | None:
    """Render a report that a person posted; None if its stores were removed."""
    report = await services[ReportService].report(row.team_id, args.stores, Period(args.first, args.last))
    return views.posted_report(t, report, args.who) if report.stores else None


@renders(ReportsLate)
async def render_late(services: Services, row: OutboxMessage, args: ReportsLate, t: Texts) -> RenderedMail:
    """Render the mail to the operator: reports were late, or did not come at all."""
    rows = [
        (t("reports.mail_since"), t.dated(args.since)),
        (t("reports.mail_late"), t("reports.mail_count", n=args.late)),
        (t("reports.mail_given_up"), t("reports.mail_count", n=args.given_up)),
    ]
    letter = EmailContent(t("reports.mail_title"), [t("reports.mail_means")], rows, t("reports.mail_footer"))
    return RenderedMail((), t("reports.mail_subject"), plain_email(letter), html_email(letter, t.language))


RENDERERS = (render_channel, render_posted, render_late)
