"""Renderers of messages about shipping."""

from handlers.common_views.mail import EmailContent, html_email, plain_email
from handlers.rendering import RenderedMail, RenderedMessage, renders
from handlers.texts import Texts
from handlers.waybills.upload_views import sent_message
from tmon.core import Services
from tmon.models.outbox import OutboxMessage
from tmon.permissions import Person
from tmon.waybills.shipping_files import ShippingFileStays
from tmon.waybills.uploads import WaybillsSent, WaybillUploads


@renders(ShippingFileStays)
async def render_file_stays(services: Services, row: OutboxMessage, args: ShippingFileStays, t: Texts) -> RenderedMail:
    """Render the mail that a file with recipients' data could not be deleted: which, why, what to do."""
    rows = [
        (t("shipping_file.stays_file"), args.file),
        (t("shipping_file.stays_user"), args.user),
        (t("shipping_file.stays_since"), t.moment(args.since)),
        (t("shipping_file.stays_error"), args.error),
    ]
    letter = EmailContent(
        t("shipping_file.stays_title"),
        [t("shipping_file.stays_means"), t("shipping_file.stays_do")],
        rows,
        t("shipping_file.stays_footer"),
    )
    return RenderedMail((), t("shipping_file.stays_subject"), plain_email(letter), html_email(letter, t.language))


@renders(WaybillsSent)
async def render_sent(services: Services, row: OutboxMessage, args: WaybillsSent, t: Texts) -> RenderedMessage:
    """Render the result of an uploaded list, for whoever uploaded it."""
    person = Person(row.team_id, row.destination)
    return sent_message(t, await services[WaybillUploads].get(person, args.upload))


RENDERERS = (render_file_stays, render_sent)
