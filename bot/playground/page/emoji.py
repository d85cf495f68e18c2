"""Emoji short codes in use by a seller's team and the bot; unknown codes stay text, as in Slack."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

CODE = re.compile(r":([a-z0-9_+'-]+):")

EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "alarm_clock": "⏰",
    "arrow_right": "➡️",
    "arrows_counterclockwise": "🔄",
    "ballot_box_with_check": "☑️",
    "bar_chart": "📊",
    "bell": "🔔",
    "bookmark": "🔖",
    "bulb": "💡",
    "calendar": "📆",
    "chart_with_upwards_trend": "📈",
    "clipboard": "📋",
    "clock3": "🕒",
    "construction": "🚧",
    "credit_card": "💳",
    "date": "📅",
    "electric_plug": "🔌",
    "email": "✉️",
    "envelope": "✉️",
    "exclamation": "❗",
    "eyes": "👀",
    "fire": "🔥",
    "gear": "⚙️",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "house": "🏠",
    "information_source": "ℹ️",
    "key": "🔑",
    "large_blue_circle": "🔵",
    "large_green_circle": "🟢",
    "large_orange_circle": "🟠",
    "large_red_circle": "🔴",
    "large_yellow_circle": "🟡",
    "link": "🔗",
    "lock": "🔒",
    "loudspeaker": "📢",
    "mag": "🔍",
    "mailbox": "📫",
    "memo": "📝",
    "moneybag": "💰",
    "mute": "🔇",
    "no_entry": "⛔",
    "no_entry_sign": "🚫",
    "ok": "🆗",
    "package": "📦",
    "page_facing_up": "📄",
    "pause_button": "⏸️",
    "pencil": "📝",
    "pencil2": "✏️",
    "phone": "☎️",
    "point_right": "👉",
    "pray": "🙏",
    "pushpin": "📌",
    "question": "❓",
    "raised_hand": "✋",
    "raising_hand": "🙋",
    "red_circle": "🔴",
    "repeat": "🔁",
    "rocket": "🚀",
    "rotating_light": "🚨",
    "shopping_trolley": "🛒",
    "slightly_smiling_face": "🙂",
    "smile": "😄",
    "sos": "🆘",
    "sparkles": "✨",
    "star": "⭐",
    "stopwatch": "⏱️",
    "tada": "🎉",
    "telephone_receiver": "📞",
    "truck": "🚚",
    "warning": "⚠️",
    "wave": "👋",
    "wastebasket": "🗑️",
    "white_check_mark": "✅",
    "white_circle": "⚪",
    "wrench": "🔧",
    "x": "❌",
    "zap": "⚡",
    "zzz": "💤",
}


def emoji(name: str) -> str:
    """The character for a short code without colons, or ``:name:`` if unknown."""
    return EMOJI.get(name, f":{name}:")


def with_emoji(text: str) -> Markup:
    """Plain text as HTML: escaped, with known short codes replaced."""
    return escape(CODE.sub(lambda found: emoji(found[1]), text))
