"""Pictures of goods, drawn in place of those that a seller's host would serve."""

import hashlib
import textwrap
from xml.sax.saxutils import escape

_LINE, _LINES = 14, 3


def draw_picture(url: str, words: str) -> bytes:
    """An SVG of the size of a deal's main picture, coloured by its address, with some words."""
    hue = int.from_bytes(hashlib.sha256(url.encode()).digest()[:2]) % 360
    lines = textwrap.wrap(words, _LINE)[:_LINES]
    text = "".join(
        f'<text x="360" y="{600 + 56 * number}" text-anchor="middle">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="758" viewBox="0 0 720 758">'
        f'<rect width="720" height="758" fill="hsl({hue},45%,92%)"/>'
        f'<g fill="none" stroke="hsl({hue},35%,55%)" stroke-width="14" stroke-linejoin="round">'
        f'<path d="M200 230l160-80 160 80v190l-160 80-160-80zM200 230l160 80 160-80M360 310v190"/></g>'
        f'<g fill="hsl({hue},40%,28%)" font-family="sans-serif" font-size="42">{text}</g></svg>'
    ).encode()
