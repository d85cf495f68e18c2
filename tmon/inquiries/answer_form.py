"""Checks of what people type as an answer."""

from datetime import date, datetime

from tmon.errors import AppError
from tmon.inquiries.days import day_of
from tmon.inquiries.phrases import LONGEST
from tmon.models.inquiries import AnswerText, Inquiry, Source
from tmon.stores.fields import InvalidFields

DATED_CATEGORIES = (4, 6)
"""Categories of CS inquiries whose answer names a period (docs/tmon-api.md, ch. 11.5)."""


def wants_period(category_no: int | None) -> bool:
    """Return whether the answer to a CS inquiry of this category names a period."""
    return category_no in DATED_CATEGORIES


def check_answer(inquiry: Inquiry, text: AnswerText, now: datetime) -> AnswerText:
    """Return an answer as TMON gets it. Raises InvalidFields with an error for each field that is wrong."""
    errors: dict[str, AppError] = {}
    content = text.content.strip()
    if not content:
        errors["content"] = AppError("inquiries.answer_missing", field="content")
    elif len(content) > LONGEST:
        errors["content"] = AppError("inquiries.answer_long", field="content", n=LONGEST)
    if inquiry.source is Source.QUESTION:
        if errors:
            raise InvalidFields(errors)
        return AnswerText(content=content)
    if text.possible is None:
        errors["possible"] = AppError("inquiries.possible_missing", field="possible")
    checked = text.model_copy(update={"content": content})
    if not wants_period(inquiry.category_no):
        checked = checked.model_copy(update={"starts_on": None, "ends_on": None})
    errors |= _period_errors(checked, inquiry.category_no, day_of(now))
    if errors:
        raise InvalidFields(errors)
    return checked


def check_period(text: AnswerText, category_no: int | None, now: datetime) -> None:
    """Raise InvalidFields where the category wants a period, and there is none that can be sent."""
    if errors := _period_errors(text, category_no, day_of(now)):
        raise InvalidFields(errors)


def _period_errors(text: AnswerText, category_no: int | None, today: date) -> dict[str, AppError]:
    """What cannot be done needs no period, but one that is named has to make sense."""
    if not wants_period(category_no):
        return {}
    errors: dict[str, AppError] = {}
    for field, day in (("starts_on", text.starts_on), ("ends_on", text.ends_on)):
        if day is None:
            if text.possible:
                errors[field] = AppError("inquiries.day_missing", field=field)
        elif day < today:
            errors[field] = AppError("inquiries.day_past", field=field)
    if text.starts_on is not None and text.ends_on is not None and text.ends_on < text.starts_on:
        errors.setdefault("ends_on", AppError("inquiries.days_reversed", field="ends_on"))
    return errors
