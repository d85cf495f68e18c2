"""배송용 파일: recipients of the orders that wait to be shipped, in a file with a password."""

from handlers.files import announce, share, transmit
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.permissions import SLACK_ERRORS
from handlers.request import SlackRequest
from handlers.waybills import bulk_views as views
from handlers.waybills.bulk import waiting
from handlers.waybills.file_deletion import FileDeletion
from handlers.waybills.ids import BulkRef
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.waybills.shipping_files import PreparedFile, ShippingFiles


async def open_form(request: SlackRequest) -> None:
    """Handle 배송용 파일 받기: ask for which store, and why."""
    ref = decode(BulkRef, request.value)
    await request.push(views.file_form(request.t, await waiting(request, BulkRef()), ref))


async def create(request: SlackRequest) -> None:
    """Handle 파일 만들기: make the file, send it to the person's direct messages, and show its password, once.

    The password is shown in this view and nowhere else. Who closes it meanwhile gets no file: it is deleted at once.
    """
    values = read_form(request.view)
    reason = " ".join(str(values.get("reason", "")).split())
    if not views.LEAST_REASON <= len(reason) <= views.MOST_REASON:
        raise AppError("shipping_file.reason_length", field="reason", least=views.LEAST_REASON, most=views.MOST_REASON)
    store = await request.store(str(values.get("store", "")), Permission.OPERATE)
    files = request.services[ShippingFiles]
    if not await files.has_orders(store):
        raise AppError("shipping_file.none", field="store", store=store.name)
    await request.show(views.progress_view(request.t, request.t("shipping_file.making")))
    prepared = await files.prepare(request.person, store, reason)
    is_shown = False
    try:
        await _send(request, store, prepared)
        until = request.services.clock() + request.services.core.options.shipping_file
        password = views.password_view(request.t, store, prepared, until)
        is_shown = await request.replace(str(request.view["id"]), password)
        if is_shown:
            await files.seen(request.team_id, prepared.id)
    finally:
        # If the process stops here, the job deletes the file minutes later.
        if not is_shown and (file := await files.give_up(request.team_id, prepared.id)) is not None:
            await request.services[FileDeletion].delete(file)
    if not is_shown:
        await request.notify(request.t("shipping_file.closed"), views.closed_message(request.t, store))


async def _send(request: SlackRequest, store: Store, file: PreparedFile) -> None:
    """Send a file in steps, each of which is kept before the next one. Raises AppError."""
    files, t, team_id = request.services[ShippingFiles], request.t, request.team_id
    minutes = int(request.services.core.options.shipping_file.total_seconds() // 60)
    try:
        text = t.md("shipping_file.message", store=store.name, n=file.orders, minutes=minutes)
        posted = await request.client.chat_postMessage(channel=request.user_id, text=text)
    except SLACK_ERRORS:
        raise AppError("common.file_not_sent") from None
    channel = str(posted["channel"])
    await files.posted(team_id, file.id, channel, str(posted["ts"]))
    name = t("shipping_file.name", day=t.stamp(request.services.clock())[:10])
    slack_id, address = await announce(request.client, name, len(file.content))
    await files.announced(team_id, file.id, slack_id)
    await transmit(address, file.content)
    await share(request.client, slack_id, name, channel)
