"""The parts 휴무일 and 수집 시간 of a store's settings, and their forms."""

from collections.abc import Sequence
from itertools import groupby

from handlers.blocks import (
    Block,
    button,
    button_beside,
    context,
    input_block,
    modal,
    option,
    section,
    text_input,
)
from handlers.calendar.ids import CalendarAction, CalendarRef, CalendarView, ClosedDayRef
from handlers.payloads import encode
from handlers.texts import Texts
from tmon.calendar.service import NOTE_LENGTH
from tmon.models.calendar import ClosedDay
from tmon.models.stores import Store

SHOWN_DAYS = 20
"""Days that are listed; the later ones follow when these are past."""
_WEEK = range(7)


def closed_days_part(t: Texts, ref: CalendarRef, days: Sequence[ClosedDay], *, manages: bool) -> list[Block]:
    """The closed days from today on; people who manage the store can add and delete them."""
    add = button(t("calendar.add_day"), CalendarAction.CLOSE_DAY, encode(ref), label=t("calendar.add_day"))
    single = [day for day in days if day.vacation_id is None]
    lines = [f"*{t('calendar.closed_days')}*"]
    if not days:
        lines.append(t("calendar.no_days"))
    lines += _vacations(t, days)
    blocks = [section("\n".join(lines), accessory=add if manages else None)]
    for day in single[:SHOWN_DAYS]:
        name = t.date(day.day)
        text = t.md("calendar.day_with_note", day=name, note=day.note) if day.note else name
        value = encode(ClosedDayRef(store=ref.store, page=ref.page, day=day.day))
        delete = button_beside(t, t("calendar.delete"), name, f"{CalendarAction.OPEN_DAY}#{day.day}", value)
        blocks.append(section(text, accessory=delete if manages else None))
    if len(single) > SHOWN_DAYS:
        blocks.append(context(t("calendar.more_days", n=len(single) - SHOWN_DAYS)))
    return blocks


def _vacations(t: Texts, days: Sequence[ClosedDay]) -> list[str]:
    """The days of vacations, each vacation in a line."""
    lines = []
    for vacation_id, found in groupby((day for day in days if day.vacation_id), key=lambda day: day.vacation_id):
        assert vacation_id is not None
        of_it = [one.day for one in found]
        lines.append(t("calendar.vacation_days", begin=t.date(of_it[0]), end=t.date(of_it[-1])))
    return lines


def hours_part(t: Texts, ref: CalendarRef, store: Store, *, manages: bool) -> list[Block]:
    """The hours of a store in which reviews, settlement and reports are due."""
    edit = button(
        t("settings.edit"),
        CalendarAction.HOURS,
        encode(ref),
        label=t("settings.edit_label", part=t("calendar.hours")),
    )
    text = "\n".join([f"*{t('calendar.hours')}*", hours_text(t, store)])
    return [section(text, accessory=edit if manages else None)]


def hours_text(t: Texts, store: Store) -> str:
    """`월, 화 · 09:00–18:00 · 공휴일 제외`, or that there are no hours."""
    parts = []
    if store.hours_days:
        parts.append(", ".join(_weekday(t, day) for day in sorted(store.hours_days)))
    if store.hours_from is not None and store.hours_to is not None:
        key = "calendar.times" if store.hours_to > store.hours_from else "calendar.times_over_midnight"
        parts.append(t(key, begin=f"{store.hours_from:%H:%M}", end=f"{store.hours_to:%H:%M}"))
    if not parts:
        parts.append(t("calendar.always"))
    if store.hours_skip_holidays:
        parts.append(t("calendar.skip_holidays"))
    return " · ".join(parts)


def close_day_form(t: Texts, ref: CalendarRef, store: Store, proposed: str) -> Block:
    """The form that closes a day."""
    return modal(
        t("calendar.add_day"),
        [
            context(t.md("settings.about", name=store.name), t("calendar.day_effect")),
            input_block("day", t("calendar.closed_day"), {"type": "datepicker", "initial_date": proposed}),
            input_block("note", t("calendar.note"), text_input(max_length=NOTE_LENGTH), optional=True),
        ],
        callback_id=CalendarView.CLOSE_DAY,
        close=t("common.close"),
        submit=t("setup.save"),
        metadata=encode(ref),
    )


def hours_form(t: Texts, ref: CalendarRef, store: Store) -> Block:
    """The form of the hours."""
    weekdays = [option(t.of("calendar.weekday", str(day)), str(day)) for day in _WEEK]
    chosen = [one for one in weekdays if int(one["value"]) in (store.hours_days or _WEEK)]
    begin, end = (
        {"type": "timepicker"} | ({"initial_time": f"{at:%H:%M}"} if at is not None else {})
        for at in (store.hours_from, store.hours_to)
    )
    skip = [option(t("setup.on"), "on"), option(t("setup.off"), "off")]
    return modal(
        t("calendar.hours"),
        [
            context(t.md("settings.about", name=store.name), t("calendar.hours_note")),
            input_block(
                "days",
                t("calendar.days"),
                {"type": "checkboxes", "options": weekdays, "initial_options": chosen},
            ),
            input_block("begin", t("calendar.begin"), begin, optional=True),
            input_block("end", t("calendar.end"), end, optional=True, hint=t("calendar.times_hint")),
            input_block(
                "skip_holidays",
                t("calendar.skip_holidays"),
                {"type": "radio_buttons", "options": skip, "initial_option": skip[not store.hours_skip_holidays]},
            ),
        ],
        callback_id=CalendarView.HOURS,
        close=t("common.close"),
        submit=t("setup.save"),
        metadata=encode(ref),
    )


def _weekday(t: Texts, day: int) -> str:
    return t.of("calendar.short", str(day))
