"""The rules for single cells of the sheet: a text becomes a value, or is refused. Forms go by the same rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tmon.api import ProductType
from tmon.codes.tables import Carrier

MAX_DEALS = 500
"""Products of one list. TMON has no such limit."""
MAX_OPTIONS_PER_FILE = 2000
KEYWORD_LENGTH = 20
BRAND_LENGTH = 50
NOTICE_LENGTH = 500
IMAGE_LENGTH = 500
SKU_LENGTH = 50
"""Ours where TMON names no limit."""


@dataclass(frozen=True)
class CategoryFacts:
    """A category that a deal may be assigned to. `path`: such as `대 > 중 > 소`."""

    no: int
    path: str
    top: int


@dataclass(frozen=True)
class TemplateFacts:
    """A delivery template of the store that TMON has. `kind`: None if it is not known."""

    no: int
    name: str
    kind: ProductType | None


def managed_title(text: str) -> str:
    """Return a 관리명. Raises CellProblem, as all of these do."""
    raise NotImplementedError


def title(text: str) -> str:
    """Return a 상품명."""
    raise NotImplementedError


def promotion(text: str) -> str:
    """Return a 홍보문구."""
    raise NotImplementedError


def category(text: str, categories: Sequence[CategoryFacts]) -> int:
    """Return the number of a 카테고리: of a path, or of the number in brackets behind it, or that alone."""
    raise NotImplementedError


def product_type(text: str) -> str:
    """Return the code of a 상품유형: of its name or itself."""
    raise NotImplementedError


def template(text: str, templates: Sequence[TemplateFacts]) -> int:
    """Return the number of a 배송 템플릿: of its name, or of the number in brackets behind it, or that alone."""
    raise NotImplementedError


def carrier(text: str, carriers: Iterable[Carrier]) -> str:
    """Return the code of a 택배사."""
    raise NotImplementedError


def image(text: str) -> str:
    """Return the address of a 대표이미지."""
    raise NotImplementedError


def images(texts: Sequence[str]) -> tuple[tuple[str, ...], dict[int, Exception]]:
    """Return the addresses of all cells, empty ones included, and what is wrong with which cell, counted from 1."""
    raise NotImplementedError


def detail(text: str) -> str:
    """Return a 상세설명; its line breaks are kept."""
    raise NotImplementedError


def origin(text: str) -> str:
    """Return the code of an 원산지."""
    raise NotImplementedError


def origin_detail(text: str) -> str:
    """Return an 원산지 상세."""
    raise NotImplementedError


def kc(text: str) -> str:
    """Return the code of a KC 인증."""
    raise NotImplementedError


def kc_numbers(text: str) -> tuple[tuple[str, str], ...]:
    """Return the items and numbers of KC 번호, one of each line."""
    raise NotImplementedError


def notice(text: str) -> str:
    """Return a 고시 품목."""
    raise NotImplementedError


def notice_text(text: str) -> tuple[tuple[str, str], ...]:
    """Return the items and texts of 고시 내용, one of each line."""
    raise NotImplementedError


def sections(texts: Sequence[str]) -> tuple[tuple[str, ...], dict[int, Exception]]:
    """Return the names of the option groups of all cells, and what is wrong with which cell, counted from 1."""
    raise NotImplementedError


def most(text: str) -> int:
    """Return a 최대 구매 수량."""
    raise NotImplementedError


def yes_no(text: str) -> bool:
    """Return whether a cell says 사용."""
    raise NotImplementedError


def keywords(text: str) -> tuple[str, ...]:
    """Return the 검색어."""
    raise NotImplementedError


def brand(text: str) -> str:
    """Return a 브랜드."""
    raise NotImplementedError


def moment(text: str, *, end: bool) -> datetime:
    """Return a 판매 시작 or 판매 종료 in UTC. A day alone is its beginning, or its `end`."""
    raise NotImplementedError


def option_value(text: str) -> str:
    """Return the value of an option for one group, with the characters that TMON refuses still in it."""
    raise NotImplementedError


def price(text: str) -> int:
    """Return a 판매가."""
    raise NotImplementedError


def stock(text: str) -> int:
    """Return a 재고."""
    raise NotImplementedError


def sku_code(text: str) -> str:
    """Return an SKU코드."""
    raise NotImplementedError
