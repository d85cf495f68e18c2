"""Renderers of the mails to the operator about workspaces."""

from handlers.common_views.mail import EmailContent, html_email, plain_email, without_links
from handlers.rendering import RenderedMail, renders
from handlers.texts import Texts
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.workspaces.messages import ReinstallNeeded


@renders(ReinstallNeeded)
async def render_reinstall(services: Services, row: OutboxMessage, args: ReinstallNeeded, t: Texts) -> RenderedMail:
    """Render the mail that a workspace has to install the app again."""
    name = without_links(args.workspace)
    letter = EmailContent(
        t("workspaces.reinstall_mail_title", name=name),
        [t("workspaces.reinstall_means"), t("workspaces.reinstall_do")],
        [(t("workspaces.workspace"), name), (t("workspaces.workspace_id"), row.team_id)],
        t("workspaces.reinstall_footer"),
        link=(t("workspaces.install_again"), args.link),
    )
    subject = t("workspaces.reinstall_subject", name=name)
    return RenderedMail((), subject, plain_email(letter), html_email(letter, t.language))


RENDERERS = (render_reinstall,)
