"""What is offered as 대표카테고리: a label only, without effect at TMON."""

from collections.abc import Sequence

TOP_LEVEL = (
    "패션의류",
    "패션잡화",
    "뷰티",
    "식품·건강",
    "출산·유아동",
    "생활·주방",
    "가구·홈데코",
    "가전·컴퓨터",
    "스포츠·레저",
    "자동차·공구",
    "도서·문구",
    "반려동물",
    "여행·티켓",
    "기타",
)
"""The top level as it is known without TMON."""
LONGEST = 60
"""Characters that are stored."""
_MOST = 99
"""Choices beside the one made before: Slack shows 100."""


def offered_categories(tops: Sequence[str], chosen: str) -> tuple[str, ...]:
    """Return the choices: the top level of TMON's categories, or the fixed list while that was never read.

    `chosen`: what was chosen before; it stays a choice.
    """
    names = [name for name in dict.fromkeys(tops) if 0 < len(name) <= LONGEST][:_MOST] or list(TOP_LEVEL)
    return (*names, *([chosen] if chosen and chosen not in names else []))
