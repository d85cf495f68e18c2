"""Rows for any table, made from the types of its columns."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Numeric, Time, TypeDecorator
from sqlalchemy.types import String

from tmon.database import Choice


def value_for(kind: Any, number: int = 1) -> Any:
    """A value that a column of type `kind` takes; another one for another `number`, where the type has room for it."""
    match kind:
        case Choice():
            return next(iter(kind.kind))
        case TypeDecorator():
            return value_for(kind.impl_instance, number)
        case DateTime():
            return datetime(2026, 3, 10, 1, tzinfo=UTC)
        case Time():
            return time(9)
        case Numeric():
            return Decimal(number)
        case Date():
            return date(2026, 3, 10)
        case JSON():
            return {}
        case String():
            return f"{number:05}"
        case Boolean():
            return True
        case _:
            return number
