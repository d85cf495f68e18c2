"""Listeners and renderers of vacations."""

from datetime import timedelta

from handlers.blocks import Block
from handlers.calendar import vacation_views as views
from handlers.calendar.ids import CalendarRef, SpanRef, VacationRef
from handlers.common_views.settings_parts import SettingsParts
from handlers.common_views.stores import channel
from handlers.form_values import read_form, typed_date
from handlers.payloads import decode
from handlers.rendering import RenderedMessage, renders
from handlers.request import SlackRequest
from handlers.texts import Texts
from tmon.business_days import business_day_after
from tmon.clock import KST
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.permissions import Permission, has_permission, managers
from tmon.vacation.messages import VacationCard, VacationOver
from tmon.vacation.planning import check_span
from tmon.vacation.service import PlanChanged, VacationService, require_switches


async def vacation_part(request: SlackRequest, store: Store, page: int | None) -> list[Block]:
    """Draw 휴가 모드 in the settings view."""
    summary = await request.services[VacationService].current(request.team_id, store.id)
    manages = has_permission(request.person, Permission.MANAGE, store)
    return views.vacation_part(request.t, CalendarRef(store=store.id, page=page), summary, manages=manages)


async def open_form(request: SlackRequest) -> None:
    """Handle 휴가 모드: ask for its days."""
    ref = decode(CalendarRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    require_switches(store)
    today = request.services.clock().astimezone(KST).date()
    ends_on = today + timedelta(days=1)
    span = SpanRef(
        store=ref.store, page=ref.page, starts_on=today, ends_on=ends_on, ship_on=business_day_after(ends_on, 1)
    )
    await request.push(views.vacation_form(request.t, span, store))


async def preview(request: SlackRequest) -> None:
    """Handle 미리보기: show what would be done."""
    ref = decode(SpanRef, request.view.get("private_metadata"))
    values = read_form(request.view)
    typed = {name: typed_date(values.get(name)) for name in ("starts_on", "ends_on", "ship_on")}
    await _preview(request, ref.model_copy(update=typed))


async def turn_back(request: SlackRequest) -> None:
    """Handle 이전 in the preview: return to the form."""
    ref = decode(SpanRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    await request.show(views.vacation_form(request.t, ref, store))


async def begin(request: SlackRequest) -> None:
    """Handle 휴가 시작. What has changed since the preview is shown first."""
    ref = decode(SpanRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    now = request.services.clock()
    span = check_span(ref.starts_on, ref.ends_on, ref.ship_on, now)
    try:
        vacation = await request.services[VacationService].begin(request.person, ref.store, span, ref.seen)
    except PlanChanged:
        await _preview(request, ref, anew=True)
        return
    await request.ack()
    key = "calendar.begun" if vacation.started_at is not None else "calendar.planned"
    said = request.t.md(key, channel=channel(store))
    await request.services[SettingsParts].redraw(request, ref.store, ref.page, said)


async def _preview(request: SlackRequest, ref: SpanRef, *, anew: bool = False) -> None:
    store = await request.store(ref.store, Permission.MANAGE)
    now = request.services.clock()
    span = check_span(ref.starts_on, ref.ends_on, ref.ship_on, now)
    found = await request.services[VacationService].preview(store, span)
    today = now.astimezone(KST).date()
    shown = ref.model_copy(update={"seen": found.seen})
    await request.show(views.vacation_preview(request.t, shown, store, span, found, today=today, anew=anew))


async def open_end(request: SlackRequest) -> None:
    """Handle 휴가 끝내기: show what that does."""
    ref = decode(VacationRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    summary = await request.services[VacationService].summary(request.team_id, ref.store, ref.vacation)
    if summary.vacation.ended_at is not None:
        raise AppError("calendar.vacation_over")
    if summary.paused:
        require_switches(store)
    await request.push(views.end_form(request.t, ref, summary))


async def end(request: SlackRequest) -> None:
    """Handle 휴가 끝내기 in the view that says what it does."""
    ref = decode(VacationRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.MANAGE)
    await request.services[VacationService].end(request.person, ref.store, ref.vacation)
    await request.ack()
    await request.services[SettingsParts].redraw(request, ref.store, ref.page, request.t("calendar.ended"))


async def retry(request: SlackRequest) -> None:
    """Handle 다시 시도: take the steps again that failed."""
    ref = decode(VacationRef, request.value)
    await request.store(ref.store, Permission.MANAGE)
    count = await request.services[VacationService].retry(request.person, ref.store, ref.vacation)
    said = request.t("calendar.retrying", n=count) if count else request.t("calendar.nothing_to_retry")
    if request.view:
        await request.services[SettingsParts].redraw(request, ref.store, ref.page, said)
    else:
        await request.notify(said)


@renders(VacationCard)
async def render_card(services: Services, row: OutboxMessage, args: VacationCard, t: Texts) -> RenderedMessage:
    """Render the message of a vacation."""
    summary = await services[VacationService].summary(row.team_id, args.store, args.vacation)
    return RenderedMessage(views.vacation_text(t, summary), views.vacation_card(t, summary))


@renders(VacationOver)
async def render_over(services: Services, row: OutboxMessage, args: VacationOver, t: Texts) -> RenderedMessage | None:
    """Render the reminder after the last day; None if the vacation was ended meanwhile."""
    summary = await services[VacationService].summary(row.team_id, args.store, args.vacation)
    if summary.vacation.ended_at is not None or summary.store.removed_at is not None:
        return None
    text = views.over_text(t, summary, managers(summary.store))
    return RenderedMessage.of_text(text, views.end_button(t, summary))
