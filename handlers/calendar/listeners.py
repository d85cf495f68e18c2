"""Listeners of the calendar's parts in the settings view of a store."""

from handlers.blocks import Block
from handlers.calendar import views
from handlers.calendar.ids import CalendarRef, ClosedDayRef
from handlers.common_views.settings_parts import SettingsParts
from handlers.form_values import read_form, typed_date, typed_time
from handlers.payloads import decode
from handlers.request import SlackRequest
from tmon.business_days import business_day_after
from tmon.calendar.service import CalendarService, Hours
from tmon.clock import KST
from tmon.models.stores import Store
from tmon.permissions import Permission, has_permission


async def closed_days_part(request: SlackRequest, store: Store, page: int | None) -> list[Block]:
    """Draw 휴무일."""
    days = await request.services[CalendarService].days_ahead(store)
    manages = has_permission(request.person, Permission.MANAGE, store)
    return views.closed_days_part(request.t, CalendarRef(store=store.id, page=page), days, manages=manages)


async def hours_part(request: SlackRequest, store: Store, page: int | None) -> list[Block]:
    """Draw 수집 시간."""
    manages = has_permission(request.person, Permission.MANAGE, store)
    return views.hours_part(request.t, CalendarRef(store=store.id, page=page), store, manages=manages)


async def open_close_day(request: SlackRequest) -> None:
    """Handle 휴무일 추가: ask which day."""
    ref = decode(CalendarRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    proposed = business_day_after(request.services.clock().astimezone(KST).date(), 1)
    await request.push(views.close_day_form(request.t, ref, store, proposed.isoformat()))


async def close_day(request: SlackRequest) -> None:
    """Handle the form 휴무일 추가."""
    ref = decode(CalendarRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.MANAGE)
    values = read_form(request.view)
    day, note = typed_date(values.get("day")), " ".join(str(values.get("note") or "").split())
    await request.services[CalendarService].close_day(request.person, ref.store, day, note)
    await request.ack()
    said = "" if day is None else request.t("calendar.day_added", day=request.t.date(day))
    await request.services[SettingsParts].redraw(request, ref.store, ref.page, said)


async def open_day(request: SlackRequest) -> None:
    """Handle 삭제 beside a closed day."""
    ref = decode(ClosedDayRef, request.value)
    await request.store(ref.store, Permission.MANAGE)
    await request.services[CalendarService].open_day(request.person, ref.store, ref.day)
    said = request.t("calendar.day_deleted", day=request.t.date(ref.day))
    await request.services[SettingsParts].redraw(request, ref.store, ref.page, said)


async def open_hours(request: SlackRequest) -> None:
    """Handle 수정 beside 수집 시간."""
    ref = decode(CalendarRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    await request.push(views.hours_form(request.t, ref, store))


async def save_hours(request: SlackRequest) -> None:
    """Handle the form 수집 시간."""
    ref = decode(CalendarRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.MANAGE)
    values = read_form(request.view)
    hours = Hours(
        days=tuple(int(day) for day in values.get("days") or () if str(day).isdecimal()),
        begin=typed_time(values.get("begin")),
        end=typed_time(values.get("end")),
        skip_holidays=values.get("skip_holidays") == "on",
    )
    changed = await request.services[CalendarService].set_hours(request.person, ref.store, hours)
    await request.ack()
    said = request.t("settings.saved" if changed else "settings.unchanged")
    await request.services[SettingsParts].redraw(request, ref.store, ref.page, said)
