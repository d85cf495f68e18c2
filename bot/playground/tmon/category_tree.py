"""The sandbox's categories (docs/tmon-api.md, ch. 5.2). All but the top level and the numbers of five of it are made up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

NEED_LEGAL_PERMISSION = frozenset({57000000, 48000000, 49000000, 52000000, 54000000})
"""Top categories whose deals name a `legalPermissionType`."""

_TREE: dict[tuple[int, str], dict[str, Any]] = {
    (52000000, "식품·건강"): {
        "신선식품": {"과일": {}, "고구마·감자": {}, "김·해조류": {}},
        "가공식품": {"오일·참기름": {}, "청·잼": {}, "견과": {}},
    },
    (49000000, "생활·주방"): {
        "생활용품": {"수건": {}, "발매트": {}, "옷걸이": {}, "칫솔": {}},
        "주방용품": {"밀폐용기": {}, "주전자·포트": {}, "컵·머그": {}},
        "침구": {"이불": {}, "베개": {}},
        "인테리어": {"테이블": {}, "도어사인": {}},
    },
    (51000000, "패션의류"): {
        "여성의류": {"가디건": {}, "팬츠": {}},
        "남녀공용": {"티셔츠": {"반팔": {}, "긴팔": {}}, "양말": {}, "재킷": {}},
    },
    (57000000, "가전·컴퓨터"): {"조명": {"센서등": {}, "스탠드": {}}},
    (48000000, "뷰티"): {"스킨케어": {"크림": {}, "선케어": {}}},
    (54000000, "출산·유아동"): {"유아용품": {"기저귀": {}, "물티슈": {}}},
    (59000000, "반려동물"): {"강아지": {"사료": {}, "장난감": {}, "목줄": {}}, "고양이": {"모래": {}}},
}


@dataclass(frozen=True)
class CategoryNode:
    """A category; one without children is a leaf, which a deal can be in."""

    no: int
    name: str
    children: tuple[CategoryNode, ...]

    def leaves(self) -> Iterator[CategoryNode]:
        """The leaves below it, or itself."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def _node(no: int, name: str, step: int, below: dict[str, Any]) -> CategoryNode:
    children = enumerate(below.items(), start=1)
    return CategoryNode(
        no, name, tuple(_node(no + place * step, child, step // 100, rest) for place, (child, rest) in children)
    )


TOP_CATEGORIES = tuple(_node(no, name, 10_000, below) for (no, name), below in _TREE.items())

TOP_OF_LEAF = {leaf.no: top.no for top in TOP_CATEGORIES for leaf in top.leaves()}
"""The top category of each leaf, by number."""


def leaf_called(name: str) -> int:
    """The number of the only leaf of that name."""
    (no,) = (leaf.no for top in TOP_CATEGORIES for leaf in top.leaves() if leaf.name == name)
    return no
