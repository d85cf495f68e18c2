"""Masking of personal data for channels: names keep only first and last character, free text loses contact details.

A mask may remove too much, never too little: people who process the order can open the full text.
"""

import re

_STAR = "*"
_MASKED = "＊＊＊"
_NARROW = str.maketrans("０１２３４５６７８９＠．－＋（）", "0123456789@.-+()", "\u200b\u200c\u200d\u2060\ufeff")
"""Maps full-width characters, as typed on Korean keyboards, to ASCII; removes invisible ones."""

_GAP = r"[\s.\-()_·ㆍ‐-―−ㅡー]{0,3}"
_DIGIT = r"[\dOo공영일이삼사오육칠팔구]"
_EMAIL = re.compile(r"[^\s@<>,;:()\[\]\"]+\s?@\s?[^\s@<>,;:()\[\]\".]+(?:\s?\.\s?[^\s@<>,;:()\[\]\".]+)+")
# Removed before addresses; otherwise a house number in front of it would be read as part of the phone number.
_PHONE = re.compile(rf"(?<!\d)(?<!\d[-.])(?:\+{_GAP}82|[0Oo공]){_GAP}{_DIGIT}(?:{_GAP}{_DIGIT}){{7,9}}(?!\d)")
# Account, resident registration and any other numbers of eight or more digits.
_NUMBER = re.compile(rf"\+?{_DIGIT}(?:{_GAP}{_DIGIT}){{7,}}")

_ROOMS = r"(?:[\s,]*(?:(?:[가-힣A-Za-z]{1,12}\s?)?제?\d+(?:-\d+)?\s?[동호층](?![가-힣])|지하\s?\d*층?|\([가-힣\d\s,.]{1,30}\)))"
_COUNTED = r"\d|\s?(?:개|번(?!길|지)|명|분|시|일|월|원|건|장|박스|세트|회|차|주|kg|g|ml|%)"
_ADDRESS = re.compile(
    # 서울특별시 마포구 …로 12, …동 34-5번지, …로12번길 34 101동 1203호, …아파트 101동 1203호
    r"(?:[가-힣]{1,8}(?:특별자치시|특별자치도|특별시|광역시|시|도)\s*)?(?:[가-힣]{1,8}[시군구읍면]\s*){0,3}"
    rf"[가-힣\d]{{1,12}}[로길동읍면리가]\s?(?:산\s?)?\d{{1,5}}(?:-\d{{1,5}})?(?:번[지길](?:\s?\d{{1,5}}(?:-\d{{1,5}})?)?)?(?!{_COUNTED})"
    rf"{_ROOMS}*|(?:[가-힣A-Za-z]{{1,12}}\s?)?\d+\s?동\s?\d+\s?호"
)


def mask_name(name: str | None) -> str:
    """Mask a name: `김서연` → `김*연`, `김연` → `김*`, `남궁민수` → `남**수`, `Daniel Choi` → `D***i`; None → empty."""
    name = (name or "").strip()
    if len(name) <= 1:
        return _STAR if name else ""
    if len(name) == 2:
        return name[0] + _STAR
    return name[0] + _STAR * min(len(name) - 2, 3) + name[-1]


def mask_text(text: str | None) -> str:
    """Return free text with phone numbers, account numbers, email addresses and postal addresses masked."""
    masked = (text or "").translate(_NARROW)
    for pattern in (_EMAIL, _PHONE, _ADDRESS, _NUMBER):
        masked = pattern.sub(_MASKED, masked)
    return masked
