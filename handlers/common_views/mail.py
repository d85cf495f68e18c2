"""Mails: the same content as plain text and as HTML for old mail programs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

_FONT = "font-family:'Apple SD Gothic Neo','Malgun Gothic',sans-serif;color:#1d1c1d"
_ALARM, _CALM = "#c01343", "#1a7f4b"


@dataclass(frozen=True)
class EmailContent:
    """Content of a mail, all of it plain text."""

    title: str
    paragraphs: Sequence[str]
    rows: Sequence[tuple[str, str]]
    """Pairs of label and value."""
    footer: str
    alarming: bool = True
    link: tuple[str, str] | None = None
    """Label and address of the page where more can be done."""


_SCHEME = re.compile(r"\b[a-z][a-z0-9+.-]{0,20}://", re.IGNORECASE)
_DOT = re.compile(r"(?<=\w)([.@])(?=[^\W\d_])")


def without_links(text: str) -> str:
    """Return `text`, in which mail programs find no address to make a link of: for names that people choose."""
    return _DOT.sub(r"\1 ", _SCHEME.sub("", text))


def plain_email(letter: EmailContent) -> str:
    """Render the mail as plain text."""
    rows = [f"{label}: {value}" for label, value in letter.rows]
    link = [f"{letter.link[0]}: {letter.link[1]}"] if letter.link else []
    return "\n\n".join([letter.title, *letter.paragraphs, *link, "\n".join(rows), letter.footer]) + "\n"


def html_email(letter: EmailContent, language: str) -> str:
    """Render the mail as HTML with inline styles and no external resources."""
    colour = _ALARM if letter.alarming else _CALM
    paragraphs = "".join(
        f'<p style="margin:0 0 12px;font-size:15px;line-height:1.6">{escape(text)}</p>' for text in letter.paragraphs
    )
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left;vertical-align:top;padding:6px 16px 6px 0;font-weight:normal;'
        f'color:#616061;white-space:nowrap">{escape(label)}</th><td style="padding:6px 0">{escape(value)}</td></tr>'
        for label, value in letter.rows
    )
    link = ""
    if letter.link:
        link = (
            f'<p style="margin:0 0 16px"><a href="{escape(letter.link[1])}" target="_blank" rel="noopener" style="display:inline-block;padding:10px 16px;'
            f'background:{colour};color:#fff;text-decoration:none;border-radius:4px">{escape(letter.link[0])}</a></p>'
        )
    return (  # `keep-all`: Korean lines break between words
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(letter.title)}</title></head>'
        f'<body style="margin:0;padding:16px;background:#f8f8f8;word-break:keep-all;overflow-wrap:anywhere;{_FONT}">'
        f'<div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border-top:4px solid {colour}">'
        f'<h1 style="margin:0 0 16px;font-size:18px;line-height:1.4">{escape(letter.title)}</h1>'
        f'{paragraphs}{link}<table role="presentation" style="border-collapse:collapse;font-size:14px">{rows}</table>'
        f'<p style="margin:16px 0 0;font-size:13px;color:#616061">{escape(letter.footer)}</p></div></body></html>'
    )
