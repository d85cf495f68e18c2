"""Slack's ``mrkdwn`` as HTML.

Follows docs.slack.dev/messaging/formatting-message-text, including its pitfalls: a closing mark must not be followed by a
letter, so ``*굵게*를`` stays as typed; ``- `` makes no list; ``&``, ``<`` and ``>`` arrive as entities, everything else
between angle brackets is a control sequence.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from bot.playground.page.emoji import EMOJI, with_emoji

SEOUL = ZoneInfo("Asia/Seoul")
WEEKDAYS = "월화수목금토일"

_PREFORMATTED = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
_QUOTE = re.compile(r"^(?:&gt;|>) ?")
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<control>[^<>\n]+)>"
    r"|(?<!\w)\*(?=\S)(?P<bold>[^*\n]+?)(?<=\S)\*(?!\w)"
    r"|(?<!\w)_(?=\S)(?P<italic>[^_\n]+?)(?<=\S)_(?!\w)"
    r"|(?<!\w)~(?=\S)(?P<strike>[^~\n]+?)(?<=\S)~(?!\w)"
    r"|(?P<url>https?://[^\s<>|]+[^\s<>|.,;:!?)\]}'\"])"
    r"|:(?P<emoji>[a-z0-9_+'-]+):"
)
_TAGS = {"bold": "strong", "italic": "em", "strike": "s"}
_LINK_SCHEMES = ("https://", "http://", "mailto:", "tel:")


@dataclass(frozen=True)
class Names:
    """Display names of people and channels by id, for ids in a text."""

    people: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    zone: ZoneInfo = SEOUL


def mrkdwn(text: str, names: Names) -> Markup:
    """The HTML of a ``mrkdwn`` text; everything but Slack's markup is escaped."""
    parts: list[Markup] = []
    for number, part in enumerate(_PREFORMATTED.split(text)):
        if number % 2:
            parts.append(Markup("<pre>{}</pre>").format(_plain(part)))
        elif part := part.strip("\n"):
            parts.append(_lines(part, names))
    return Markup("").join(parts)


def plain(text: str) -> Markup:
    """The HTML of a ``plain_text`` object: escaped, short codes replaced, line breaks kept."""
    return _breaks(with_emoji(html.unescape(_entities_only(text))))


def link(url: str, label: Markup | str) -> Markup:
    """An anchor to ``url``, or only its label when the scheme could run code in the page."""
    if not url.lower().startswith(_LINK_SCHEMES):
        return escape(label)
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, label)


def person(user_id: str, names: Names) -> Markup:
    """A mention of a person."""
    return Markup('<span class="mention">@{}</span>').format(names.people.get(user_id, user_id))


def channel(channel_id: str, names: Names) -> Markup:
    """A mention of a channel; an unknown one is shown as a private channel, as in Slack."""
    return Markup('<span class="mention">#{}</span>').format(names.channels.get(channel_id, "비공개 채널"))


def date(moment: str, pattern: str, fallback: str, zone: ZoneInfo = SEOUL) -> str:
    """Fill Slack's date tokens (``{date_short}``, …) for a Unix time; ``fallback`` if it is not a number."""
    try:
        at = datetime.fromtimestamp(int(moment), UTC).astimezone(zone)
    except (ValueError, OverflowError):
        return fallback
    day = f"{at.year}년 {at.month}월 {at.day}일"
    filled = {
        "date_num": f"{at:%Y-%m-%d}",
        "date_slash": f"{at:%Y/%m/%d}",
        "date": day,
        "date_pretty": day,
        "date_short": day,
        "date_short_pretty": day,
        "date_long": f"{day} {WEEKDAYS[at.weekday()]}요일",
        "date_long_pretty": f"{day} {WEEKDAYS[at.weekday()]}요일",
        "time": clock_time(at),
        "time_secs": f"{clock_time(at)} {at.second}초",
    }
    return re.sub(r"\{(\w+)\}", lambda token: filled.get(token[1], token[0]), pattern)


def clock_time(at: datetime) -> str:
    """Korean time of day: 오후 3:04."""
    return f"{'오전' if at.hour < 12 else '오후'} {at.hour % 12 or 12}:{at.minute:02}"


def _lines(text: str, names: Names) -> Markup:
    parts: list[Markup] = []
    quote: list[Markup] = []
    lines: list[Markup] = []

    def flush(rows: list[Markup], frame: str) -> None:
        if rows:
            parts.append(Markup(frame).format(Markup("<br>").join(rows)))  # noqa: S704 - the frames are the two below
            rows.clear()

    for line in text.split("\n"):
        if marked := _QUOTE.match(line):
            flush(lines, "{}")
            quote.append(_inline(line[marked.end() :], names))
        else:
            flush(quote, "<blockquote>{}</blockquote>")
            lines.append(_inline(line, names))
    flush(quote, "<blockquote>{}</blockquote>")
    flush(lines, "{}")
    return Markup("").join(parts)


def _inline(text: str, names: Names) -> Markup:
    parts: list[Markup] = []
    end = 0
    for found in _INLINE.finditer(text):
        parts.append(_plain(text[end : found.start()]))
        parts.append(_token(found, names))
        end = found.end()
    parts.append(_plain(text[end:]))
    return Markup("").join(parts)


def _token(found: re.Match[str], names: Names) -> Markup:
    kind = str(found.lastgroup)
    inner = found[kind]
    if kind == "code":
        return Markup("<code>{}</code>").format(_plain(inner))
    if kind == "control":
        return _control(inner, names)
    if kind == "url":
        url = html.unescape(inner)
        return link(url, url)
    if kind == "emoji":
        return escape(EMOJI.get(inner, found[0]))
    tag = _TAGS[kind]
    return Markup(f"<{tag}>{{}}</{tag}>").format(_inline(inner, names))  # noqa: S704 - the tag is one of ours


def _control(inner: str, names: Names) -> Markup:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return person(target[1:], names)
    if target.startswith("#"):
        return channel(target[1:], names)
    if target.startswith("!date^"):
        moment, _, rest = target[6:].partition("^")
        pattern, _, url = rest.partition("^")
        shown = Markup("<time>{}</time>").format(date(moment, pattern, label, names.zone))
        return link(html.unescape(url), shown) if url else shown
    if target.startswith("!"):
        return Markup('<span class="mention">@{}</span>').format(label or target[1:].partition("^")[0])
    url = html.unescape(target)
    return link(url, _plain(label) if label else url.removeprefix("mailto:"))


def _plain(text: str) -> Markup:
    return _breaks(escape(html.unescape(_entities_only(text))))


def _entities_only(text: str) -> str:
    """Escape all entities except Slack's three (``&copy;`` stays as typed)."""
    return re.sub(r"&(?!(?:amp|lt|gt);)", "&amp;", text)


def _breaks(text: Markup) -> Markup:
    return Markup("<br>").join(Markup(line) for line in text.split("\n"))  # noqa: S704 - pieces of escaped text
