"""What of a person may stand in a channel: names reduced to their ends, free text without numbers that lead to someone."""

import re

_STAR = "*"
_MASKED = "＊＊＊"
# Phones (also with blanks, dots or none), resident and account numbers: any run of 8 or more digits with separators.
_NUMBER = re.compile(r"(?<!\d)\+?\d(?:[\s.\-–)(·]{0,2}\d){7,}(?!\d)")
_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
# 서울특별시 …, … 경기도 성남시 …로 12, …동 34-5, 101동 1203호
_ADDRESS = re.compile(
    r"(?:[가-힣]{1,8}(?:특별자치시|특별자치도|특별시|광역시|시|도)\s+)?(?:[가-힣]{1,8}(?:시|군|구)\s+){0,2}"
    r"[가-힣\d]{1,12}(?:로|길|동|읍|면|리)\s*\d+(?:-\d+)?(?:번지|번길)?(?:\s*\d*)?|\d+\s*동\s*\d+\s*호"
)


def mask_name(name: str | None) -> str:
    """`김서연` → `김*연`, `김연` → `김*`, `남궁민수` → `남**수`, `Daniel Choi` → `D***i`; empty for nothing."""
    name = (name or "").strip()
    if len(name) <= 1:
        return _STAR if name else ""
    if len(name) == 2:
        return name[0] + _STAR
    return name[0] + _STAR * min(len(name) - 2, 3) + name[-1]


def mask_text(text: str | None) -> str:
    """Free text with phones, account numbers, e-mails and addresses taken out."""
    masked = _EMAIL.sub(_MASKED, text or "")
    masked = _ADDRESS.sub(_MASKED, masked)
    return _NUMBER.sub(_MASKED, masked)
