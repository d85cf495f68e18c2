"""All texts for people: one `texts.toml` per feature, Korean and English side by side."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from handlers.particles import PARTICLE, choose_particles
from tmon.clock import Clock
from tmon.errors import state_key

LANGUAGES = ("ko", "en")
LOCALES = {"ko": Locale("ko", "KR"), "en": Locale("en", "US")}


@dataclass(frozen=True)
class Plural:
    """A text that depends on a count: its forms by CLDR plural category (`one`, `other`)."""

    forms: Mapping[str, str]
    count: str
    """The placeholder whose value selects the form."""


Sentence = str | Plural


@cache
def catalog(language: str, *elsewhere: Path) -> Mapping[str, Sentence]:
    """Return all texts of a language by key. `elsewhere`: files outside `handlers`."""
    return {
        key: Plural(entry[language], entry.get("count", "n")) if isinstance(entry[language], dict) else entry[language]
        for key, entry in entries(*elsewhere).items()
        if language in entry
    }


@cache
def entries(*elsewhere: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the entries of all `texts.toml` in `handlers`, and of the files `elsewhere`, by key.

    Raises ValueError if two files have the same key.
    """
    merged: dict[str, Mapping[str, Any]] = {}
    for file in (*sorted(Path(__file__).parent.glob("*/texts.toml")), *elsewhere):
        found = {
            f"{section}.{name}": entry
            for section, named in tomllib.loads(file.read_text(encoding="utf-8")).items()
            for name, entry in named.items()
        }
        if twice := merged.keys() & found.keys():
            raise ValueError(f"text keys defined twice: {sorted(twice)}")
        merged |= found
    return merged


def escape(text: str) -> str:
    """Escape the three control characters of Slack's markup (docs.slack.dev, "Formatting")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Markup(str):
    """Slack markup made by us, such as a mention: `Texts.md` does not escape it."""

    __slots__ = ()


def unbroken(text: str) -> str:
    """Return `text` as one line: in the narrow columns of a card a date is not torn from its time."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def mention(*user_ids: str) -> Markup:
    """Return mentions of people, separated by commas."""
    return Markup(", ".join(f"<@{user_id}>" for user_id in user_ids))


def fill(sentence: str, values: Mapping[str, Any]) -> str:
    """Put `values` into the placeholders of `sentence`, and after them the Korean particles that fit.

    What looks like a particle within a value stays as it is.
    """
    if not PARTICLE.search(sentence):
        return sentence.format(**values)
    filled = ""
    for literal, field in _parts(sentence):
        filled += choose_particles(literal, before=filled)
        filled += field.format(**values)
    return filled


@cache
def _parts(sentence: str) -> Sequence[tuple[str, str]]:
    """Split a sentence into pairs of literal text and the placeholder that follows it, or nothing."""
    return [
        (
            literal,
            "" if name is None else f"{{{name}{'!' + conversion if conversion else ''}{':' + spec if spec else ''}}}",
        )
        for literal, name, spec, conversion in Formatter().parse(sentence)
    ]


class Texts:
    """The texts of one language, and its formats for money, counts and times."""

    def __init__(
        self,
        language: str,
        clock: Clock,
        zone: ZoneInfo,
        elsewhere: Sequence[Path] = (),
        *,
        partner_center: str | None = None,
    ) -> None:
        """`elsewhere`: see `catalog`. `partner_center`: the address of TMON's partner centre, if the deployment has one."""
        self.language = language
        self.partner_center = partner_center
        self._catalog = catalog(language, *elsewhere)
        self._clock = clock
        self._zone = zone
        self._locale = LOCALES[language]

    def __call__(self, key: str, **values: Any) -> str:
        """Return the text `key` with its placeholders filled, as plain text. Raises KeyError for an unknown key."""
        return fill(self._form(key, values), values)

    def md(self, key: str, **values: Any) -> str:
        """Return the text `key` as mrkdwn: the values are escaped, the markup of the text itself is kept."""
        return fill(
            self._form(key, values),
            {
                name: escape(value) if isinstance(value, str) and not isinstance(value, Markup) else value
                for name, value in values.items()
            },
        )

    def of(self, prefix: str, state: str, **values: Any) -> str:
        """Return the text of `prefix` for `state`, as plain text: `of("stock.sale", SaleFlag.HIDDEN)`."""
        return self(state_key(prefix, state), **values)

    def md_of(self, prefix: str, state: str, **values: Any) -> str:
        """Return the text of `prefix` for `state` as mrkdwn."""
        return self.md(state_key(prefix, state), **values)

    def _form(self, key: str, values: Mapping[str, Any]) -> str:
        """Select the plural form by the count."""
        sentence = self._catalog[key]
        if isinstance(sentence, str):
            return sentence
        return sentence.forms[self._locale.plural_form(values[sentence.count])]

    def number(self, value: int) -> str:
        """`12,300`."""
        return format_decimal(value, locale=self._locale)

    def money(self, won: int) -> str:
        """`12,300원` or `₩12,300`."""
        return f"{self.number(won)}원" if self.language == "ko" else f"₩{self.number(won)}"

    def clock_time(self, moment: datetime) -> str:
        """`18:00` in the configured time zone."""
        return f"{moment.astimezone(self._zone):%H:%M}"

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """Start and end of `day` in the configured time zone."""
        begin = datetime.combine(day, time(), tzinfo=self._zone)
        end = datetime.combine(day + timedelta(days=1), time(), tzinfo=self._zone)
        return begin.astimezone(UTC), end.astimezone(UTC)

    def today(self) -> date:
        """The date of today in the configured time zone."""
        return self._clock().astimezone(self._zone).date()

    def day(self, moment: datetime) -> str:
        """`오늘`, `내일`, `어제`, or `11월 25일(수)`; with the year if it is not this one."""
        there, today = moment.astimezone(self._zone).date(), self._clock().astimezone(self._zone).date()
        names = {0: "common.today", 1: "common.tomorrow", -1: "common.yesterday"}
        if (there - today).days in names:
            return self(names[(there - today).days])
        return self.date(there)

    def month(self, month: date) -> str:
        """`11월`, with the year if it is not this one."""
        this_year = month.year == self.today().year
        if self.language == "en":
            return format_skeleton("MMMM" if this_year else "yMMMM", month, locale=self._locale)
        return format_date(month, "M월" if this_year else "y년 M월", locale=self._locale)

    def date(self, day: date) -> str:
        """`11월 25일(수)`, with the year if it is not this one: for texts that are read on other days too."""
        this_year = day.year == self._clock().astimezone(self._zone).year
        if self.language == "en":
            return format_skeleton("MMMEd" if this_year else "yMMMEd", day, locale=self._locale)
        return format_date(day, "M월 d일(E)" if this_year else "y년 M월 d일(E)", locale=self._locale)

    def dated(self, moment: datetime) -> str:
        """`11월 25일(수) 18:00`."""
        return f"{self.date(moment.astimezone(self._zone).date())} {self.clock_time(moment)}"

    def stamp(self, moment: datetime) -> str:
        """`2026-11-25 18:00:03`: for files."""
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M:%S}"

    def moment(self, moment: datetime) -> str:
        """`오늘 18:00`."""
        return f"{self.day(moment)} {self.clock_time(moment)}"

    def ago(self, moment: datetime) -> str:
        """`방금`, `5분 전`, or for what is longer ago than an hour `오늘 18:00`."""
        span = self._clock() - moment
        if span < timedelta(minutes=1):
            return self("common.just_now")
        if span < timedelta(hours=1):
            return self("common.minutes_ago", n=int(span.total_seconds() // 60))
        return self.moment(moment)

    def until(self, moment: datetime) -> str:
        """`오늘 18:00까지`, or for a time in the past `어제 18:00까지 (지남)`."""
        key = "common.until" if moment > self._clock() else "common.until_past"
        return self(key, moment=self.moment(moment))

    def until_dated(self, moment: datetime) -> str:
        """`11월 25일(수) 18:00까지`: for texts that are read on other days too."""
        key = "common.until" if moment > self._clock() else "common.until_past"
        return self(key, moment=self.dated(moment))

    def until_date(self, moment: datetime) -> str:
        """`11월 26일(목)까지`: for deadlines at the end of a day, in texts that are read on other days too."""
        key = "common.until" if moment > self._clock() else "common.until_past"
        return self(key, moment=self.date(moment.astimezone(self._zone).date()))

    def span(self, begin: datetime, end: datetime) -> str:
        """`18:29~18:31(2분)` for a time within today, else with each day once: `11월 25일(수) 18:29~18:31(2분)`."""
        first, last = begin.astimezone(self._zone).date(), end.astimezone(self._zone).date()
        today = self._clock().astimezone(self._zone).date()
        started = self.clock_time(begin) if first == last == today else self.dated(begin)
        ended = self.clock_time(end) if first == last else self.dated(end)
        key = "common.span" if self.dated(begin) != self.dated(end) else "common.span_short"
        return self(key, begin=started, end=ended, duration=self.duration(end - begin))

    def since(self, moment: datetime) -> timedelta:
        """The time that has passed since `moment`."""
        return self._clock() - moment

    def duration(self, span: timedelta) -> str:
        """`2시간 5분`; `1분 미만` for less."""
        if span < timedelta(minutes=1):
            return self("common.under_a_minute")
        minutes = round(span.total_seconds() / 60)
        days, rest = divmod(minutes, 24 * 60)
        hours, minutes = divmod(rest, 60)
        parts = [("common.days", days), ("common.hours", hours), ("common.minutes", minutes if not days else 0)]
        return " ".join(self(key, n=value) for key, value in parts if value)
