"""Vacations: the part of a store's settings, the form with its preview, the message, and the end."""

from collections.abc import Mapping
from datetime import date

from handlers.blocks import Block, actions, button, clip, context, escape_title, header, input_block, modal, section
from handlers.calendar.ids import CalendarRef, SpanRef, VacationAction, VacationRef, VacationView
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.stores import LABELS, short_name
from handlers.payloads import encode
from handlers.texts import Texts, escape, mention
from tmon.models.calendar import VacationStep
from tmon.models.stores import ApiGroup, Store
from tmon.vacation.planning import Plan, Span
from tmon.vacation.service import Failure, VacationSummary

_TITLE = 60


def vacation_part(t: Texts, ref: CalendarRef, summary: VacationSummary | None, *, manages: bool) -> list[Block]:
    """The vacation of a store in its settings; people who manage it begin and end it there."""
    heading = f"*{t('calendar.vacation')}*"
    if summary is None:
        begin = button(t("calendar.vacation"), VacationAction.OPEN, encode(ref), label=t("calendar.vacation"))
        return [section("\n".join([heading, t("calendar.vacation_about")]), accessory=begin if manages else None)]
    found = VacationRef(store=ref.store, page=ref.page, vacation=summary.vacation.id)
    blocks = [section("\n".join([heading, *_lines(t, summary)]))]
    if manages and (pressed := _buttons(t, summary, found)):
        blocks.append(actions(*pressed))
    return blocks


def vacation_form(t: Texts, ref: SpanRef, store: Store) -> Block:
    """The form that asks for the days of a vacation."""
    return modal(
        t("calendar.vacation"),
        [
            context(t.md("settings.about", name=store.name), t("calendar.vacation_note")),
            _day("starts_on", t("calendar.starts_on"), ref.starts_on),
            _day("ends_on", t("calendar.ends_on"), ref.ends_on),
            _day("ship_on", t("calendar.ship_on"), ref.ship_on, hint=t("calendar.ship_on_hint")),
        ],
        callback_id=VacationView.FORM,
        close=t("common.close"),
        submit=t("calendar.preview"),
        metadata=encode(ref),
    )


def _day(name: str, label: str, day: date | None, *, hint: str | None = None) -> Block:
    picker: Block = {"type": "datepicker"} | ({"initial_date": day.isoformat()} if day is not None else {})
    return input_block(name, label, picker, hint=hint)


def vacation_preview(
    t: Texts, ref: SpanRef, store: Store, span: Span, found: Plan, *, today: date, anew: bool = False
) -> Block:
    """What would be done, before anything is. `anew`: it has changed since it was shown."""
    values = {"begin": t.date(span.starts_on), "end": t.date(span.ends_on)}
    lines = [f"• {t('calendar.preview_days', n=len(span.days), **values)}"]
    if span.starts_on > today:
        lines.append(f"• {t('calendar.preview_planned', begin=t.date(span.starts_on))}")
    lines += [
        f"• {t('calendar.preview_deals', n=found.on_sale)}",
        f"• {_notices(t, span, found)}",
    ]
    if found.in_time:
        lines.append(f"• {t('calendar.preview_in_time', n=found.in_time)}")
    if found.deliveries and not store.group_on(ApiGroup.ORDER):
        lines.append(f"• {t('calendar.preview_order_off')}")
    blocks = [
        *([section(t("calendar.preview_changed"))] if anew else []),
        header(t("calendar.preview_head")),
        context(t.md("settings.about", name=store.name)),
        section("\n".join(lines)),
        section(t("calendar.preview_final")),
        actions(button(t("setup.back"), VacationAction.BACK, encode(ref))),
    ]
    return modal(
        t("calendar.vacation"),
        blocks,
        callback_id=VacationView.PREVIEW,
        close=t("common.close"),
        submit=t("calendar.vacation_begin"),
        metadata=encode(ref),
    )


def _notices(t: Texts, span: Span, found: Plan) -> str:
    if not found.deliveries:
        return t("calendar.preview_no_notices")
    return t("calendar.preview_notices", n=len(found.deliveries), ship=t.date(span.ship_on))


def end_form(t: Texts, ref: VacationRef, summary: VacationSummary) -> Block:
    """What the end of a vacation does, before it does."""
    told = summary.notices.get(VacationStep.DONE, 0)
    lines = [f"• {t('calendar.end_deals', n=summary.paused)}", f"• {t('calendar.end_days')}"]
    if told:
        lines.append(f"• {t('calendar.end_notices', n=told)}")
    return modal(
        t("calendar.vacation_end"),
        [context(t.md("settings.about", name=summary.store.name)), section("\n".join(lines))],
        callback_id=VacationView.END,
        close=t("common.close"),
        submit=t("calendar.vacation_end"),
        metadata=encode(ref),
    )


def vacation_text(t: Texts, summary: VacationSummary) -> str:
    """The text for notifications about a vacation."""
    vacation = summary.vacation
    key = "calendar.text_begun" if vacation.ended_at is None else "calendar.text_ended"
    span = {"begin": t.date(vacation.starts_on), "end": t.date(vacation.ends_on)}
    return t.md(key, store=short_name(summary.store), **span)


def vacation_card(t: Texts, summary: VacationSummary) -> list[Block]:
    """The message of a vacation."""
    vacation = summary.vacation
    heading = t.md("calendar.card_title", store=short_name(summary.store))
    who = t.md("calendar.begun_by", who=mention(vacation.begun_by), moment=t.dated(vacation.begun_at))
    if vacation.ended_at is not None and vacation.ended_by is not None:
        who = t.md("calendar.ended_by", who=mention(vacation.ended_by), moment=t.dated(vacation.ended_at))
    blocks = [section("\n".join([heading, *_lines(t, summary)])), context(who)]
    if summary.store.removed_at is not None:
        return blocks
    ref = VacationRef(store=vacation.store_id, vacation=vacation.id)
    if pressed := _buttons(t, summary, ref):
        blocks.append(actions(*pressed))
    return blocks


def over_text(t: Texts, summary: VacationSummary, people: tuple[str, ...]) -> str:
    """The reminder after the last day of a vacation."""
    return t.md("calendar.over", people=mention(*people), end=t.date(summary.vacation.ends_on))


def end_button(t: Texts, summary: VacationSummary) -> Block:
    """The button that leads to the end of a vacation."""
    ref = VacationRef(store=summary.vacation.store_id, vacation=summary.vacation.id)
    return button(t("calendar.vacation_end"), VacationAction.END, encode(ref), style="primary")


def _buttons(t: Texts, summary: VacationSummary, ref: VacationRef) -> list[Block]:
    found = []
    if summary.vacation.ended_at is None:
        found.append(button(t("calendar.vacation_end"), VacationAction.END, encode(ref)))
    if summary.failed:
        found.append(button(t("calendar.retry"), VacationAction.RETRY, encode(ref)))
        found += partner_center_buttons(t, "vacation")
    return found


def _lines(t: Texts, summary: VacationSummary) -> list[str]:
    """When it is, how far it is, what it waits for, and what failed."""
    vacation = summary.vacation
    lines = [
        t(
            "calendar.card_span",
            begin=t.date(vacation.starts_on),
            end=t.date(vacation.ends_on),
            ship=t.date(vacation.ship_on),
        )
    ]
    if vacation.ended_at is not None:
        lines.append(_resumed(t, summary.pauses))
    elif vacation.started_at is None:
        lines.append(t("calendar.card_planned", begin=t.date(vacation.starts_on)))
    else:
        lines.append(_taken_down(t, summary))
    if summary.left and (summary.blocked is not None or summary.sync_off):
        switch = t(LABELS["sync" if summary.blocked is None else summary.blocked.value])
        lines.append(t("calendar.card_blocked", switch=switch))
    elif summary.left and summary.note is not None:
        lines.append(t(summary.note))
    lines += [_failure(t, one) for one in summary.failures]
    if summary.failed > len(summary.failures):
        lines.append(t("calendar.more_failures", n=summary.failed - len(summary.failures)))
    if summary.failed and summary.store.removed_at is None:
        lines.append(t("calendar.failures_help"))
    return lines


def _taken_down(t: Texts, summary: VacationSummary) -> str:
    paused, deals = _share(summary.pauses)
    told, notices = _share(summary.notices)
    parts = [t("calendar.card_paused", paused=paused, deals=deals)] if deals else []
    if notices:
        parts.append(t("calendar.card_told", told=told, notices=notices))
    if not parts:
        return t("calendar.card_nothing")
    done = " · ".join(parts)
    return t("calendar.card_doing", done=done) if summary.left else done


def _resumed(t: Texts, pauses: Mapping[VacationStep, int]) -> str:
    resumed = pauses.get(VacationStep.UNDONE, 0)
    left = sum(pauses.get(state, 0) for state in (VacationStep.DONE, VacationStep.SENT, VacationStep.NOT_UNDONE))
    if not resumed + left:
        return t("calendar.card_ended")
    return t("calendar.card_resuming" if left else "calendar.card_resumed", resumed=resumed, deals=resumed + left)


def _share(states: Mapping[VacationStep, int]) -> tuple[int, int]:
    """How many steps were taken, of how many that there are."""
    return states.get(VacationStep.DONE, 0), sum(states.values()) - states.get(VacationStep.SKIPPED, 0)


def _failure(t: Texts, failure: Failure) -> str:
    title = escape(escape_title(failure.title or str(failure.deal_no), _TITLE))
    if failure.order_no:
        key, values = "calendar.failed_notice", {"number": str(failure.order_no)}
    else:
        key = "calendar.failed_resume" if failure.state is VacationStep.NOT_UNDONE else "calendar.failed_pause"
        values = {}
    why = t(failure.note) if failure.note is not None else ""
    said = t.md("calendar.tmon_says", message=clip(failure.error, 150)) if failure.error else ""
    return t(key, title=title, why=" ".join(part for part in (why, said) if part), **values)
