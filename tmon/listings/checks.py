"""The rules for single cells of the sheet: a text becomes a value, or is refused. Forms go by the same rules.

All of these raise CellProblem, with the text key of a sentence that says what to do.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

from tmon.api import ProductType
from tmon.api.deal_limits import (
    DETAIL_LENGTH,
    MANAGED_TITLE_LENGTH,
    MAX_KEYWORDS,
    MAX_PURCHASE_QTY,
    OPTION_TITLE_LENGTH,
    SECTION_NAME_LENGTH,
    TITLE_DECORATION_LENGTH,
    TITLE_LENGTH,
    option_text,
)
from tmon.clock import KST
from tmon.codes.tables import Carrier, find_carrier
from tmon.database import utc
from tmon.listings.fields import KC_WORDS, KEPT_DETAIL, NO, ORIGIN_WORDS, TYPE_WORDS, YES
from tmon.numbers import WON, whole_number
from tmon.spreadsheets.cells import CellProblem, shown

MAX_DEALS = 500
"""Products of one list."""
MAX_OPTIONS_PER_FILE = 2000
KEYWORD_LENGTH = 20
BRAND_LENGTH = 50
ORIGIN_DETAIL_LENGTH = 100
LINE_LENGTH = 500
"""A line of 고시 내용 or KC 번호."""
IMAGE_LENGTH = 500
SKU_LENGTH = 50
"""All of these are ours: TMON names no limit."""

_BLANKS = re.compile(r"\s+")
_NUMBER = re.compile(r"[0-9]{1,18}")
_IMAGE = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_MOMENT = re.compile(
    r"(\d{4})\s?[-./년]\s?(\d{1,2})\s?[-./월]\s?(\d{1,2})\s?[일.]?(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?",
    re.ASCII,
)
_LAST_YEAR = 2900
"""TMON's end of the sale of what is sold without end is in it (docs/tmon-api.md, ch. 8.1)."""
_MARK = re.compile(r"\(길어서 생략\s*[-–—]\s*그대로 둠\)")


C = TypeVar("C", bound=StrEnum)


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


def tidied(text: str) -> str:
    """Return a text as one line, as it is sent and compared."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def managed_title(text: str) -> str:
    """Return a 관리명."""
    return _limited(text, MANAGED_TITLE_LENGTH, "listing_sheet.managed_long")


def title(text: str) -> str:
    """Return a 상품명."""
    return _limited(text, TITLE_LENGTH, "listing_sheet.title_long")


def promotion(text: str) -> str:
    """Return a 홍보문구."""
    return _limited(text, TITLE_DECORATION_LENGTH, "listing_sheet.promotion_long")


def category(text: str, categories: Sequence[CategoryFacts]) -> int:
    """Return the number of a 카테고리: of its path or the end of that, or of the number behind it, or that alone.

    A number is taken even if no category with it is known: a deal may have it.
    """
    if (number := _number_behind(text)) is not None:
        if all(one.no != number for one in categories) and any(one.top == number for one in categories):
            raise CellProblem("listing_sheet.category_not_leaf")
        return number
    typed = _path(text)
    paths = {one.no: _path(one.path) for one in categories}
    fit = [no for no, path in paths.items() if path[-len(typed) :] == typed]
    if len(fit) > 1:
        fit = [no for no in fit if paths[no] == typed] or fit
    if len(fit) == 1:
        return fit[0]
    if fit:
        raise CellProblem("listing_sheet.category_several")
    if any(path[: len(typed)] == typed or typed[-1] in path[:-1] for path in paths.values()):
        raise CellProblem("listing_sheet.category_not_leaf")
    names = {tidied(one.path.rpartition(">")[2]) for one in categories}
    near = difflib.get_close_matches(tidied(text.rpartition(">")[2]), sorted(names), n=1)
    key = "listing_sheet.category_near" if near else "listing_sheet.category_unknown"
    raise CellProblem(key, {"value": shown(text), "near": "".join(near)})


def product_type(text: str) -> str:
    """Return the code of a 상품유형."""
    return _code(text, TYPE_WORDS, "listing_sheet.type_unknown")


def template(text: str, templates: Sequence[TemplateFacts]) -> int:
    """Return the number of a 배송 템플릿: of its name, or of the number behind it, or that alone.

    A number is taken even if no template with it is known: a deal may have it.
    """
    fit = [one.no for one in templates if _key(one.name) == _key(text)]
    if len(fit) == 1:
        return fit[0]
    if fit:
        raise CellProblem("listing_sheet.template_several")
    if (number := _number_behind(text)) is not None:
        return number
    raise CellProblem("listing_sheet.template_unknown", {"value": shown(text)})


def carrier(text: str, carriers: Iterable[Carrier]) -> str:
    """Return the code of a 택배사."""
    choice = list(carriers)
    if (code := find_carrier(choice, text)) is not None:
        return code
    near = difflib.get_close_matches(tidied(text), [one.name for one in choice], n=1)
    key = "listing_sheet.carrier_near" if near else "listing_sheet.carrier_unknown"
    raise CellProblem(key, {"value": shown(text), "near": "".join(near)})


def image(text: str) -> str:
    """Return the address of a 대표이미지."""
    address = text.strip()
    if len(address) > IMAGE_LENGTH:
        raise CellProblem("listing_sheet.image_long", {"most": IMAGE_LENGTH})
    try:
        named = bool(_IMAGE.fullmatch(address) and urlsplit(address).hostname)
    except ValueError:
        named = False
    if not named:
        raise CellProblem("listing_sheet.image_url")
    return address


def images(texts: Sequence[str | None]) -> tuple[tuple[str, ...], dict[int, CellProblem]]:
    """Return the addresses of 대표이미지 1 to 6, and what is wrong with which, counted from 1.

    `texts`: of all cells to the last, empty ones too; None: filled, with something else wrong.
    """
    return _several(texts, image, twice="listing_sheet.image_twice", gap="listing_sheet.image_gap")


def detail(text: str) -> str:
    """Return a 상세설명. Its line breaks are kept."""
    if _MARK.fullmatch(text.strip()):
        return KEPT_DETAIL
    if len(text) > DETAIL_LENGTH:
        raise CellProblem("listing_sheet.detail_long", {"n": len(text)})
    return text


def origin(text: str) -> str:
    """Return the code of an 원산지."""
    return _code(text, ORIGIN_WORDS, "listing_sheet.origin_unknown")


def origin_detail(text: str) -> str:
    """Return an 원산지 상세."""
    return _limited(text, ORIGIN_DETAIL_LENGTH, "listing_sheet.origin_detail_long")


def kc(text: str) -> str:
    """Return the code of a KC 인증."""
    return _code(text, KC_WORDS, "listing_sheet.kc_unknown")


def kc_numbers(text: str) -> tuple[tuple[str, str], ...]:
    """Return the items and numbers of KC 번호, one of each line."""
    return tuple(pair for _, pair in _lines(text, "listing_sheet.kc_line"))


def notice(text: str) -> str:
    """Return a 고시 품목. Which there are TMON knows."""
    return tidied(text)


def notice_text(text: str) -> tuple[tuple[str, str], ...]:
    """Return the items and texts of 고시 내용, one of each line."""
    found: dict[str, str] = {}
    for number, (item, said) in _lines(text, "listing_sheet.notice_line"):
        if item in found:
            raise CellProblem("listing_sheet.notice_twice", {"n": number})
        found[item] = said
    return tuple(found.items())


def sections(texts: Sequence[str | None]) -> tuple[tuple[str, ...], dict[int, CellProblem]]:
    """Return the names of 옵션 구분 1 to 3, and what is wrong with which. `texts`: as of `images`."""
    return _several(texts, _section, twice="listing_sheet.section_twice", gap="listing_sheet.section_gap")


def most(text: str) -> int:
    """Return a 최대 구매 수량."""
    number = whole_number(text)
    if number is None or not 1 <= number <= MAX_PURCHASE_QTY:
        raise CellProblem("listing_sheet.most_number", {"most": MAX_PURCHASE_QTY})
    return number


def yes_no(text: str) -> bool:
    """Return whether a cell says 사용."""
    said = {_key(YES): True, _key(NO): False}.get(_key(text))
    if said is None:
        raise CellProblem("listing_sheet.yes_no")
    return said


def keywords(text: str) -> tuple[str, ...]:
    """Return the 검색어."""
    found: list[str] = []
    for word in filter(None, map(tidied, re.split("[,，]", text))):
        if len(word) > KEYWORD_LENGTH:
            raise CellProblem("listing_sheet.keyword_long", {"value": shown(word), "most": KEYWORD_LENGTH})
        if word in found:
            raise CellProblem("listing_sheet.keyword_twice", {"value": word})
        found.append(word)
    if len(found) > MAX_KEYWORDS:
        raise CellProblem("listing_sheet.keyword_many", {"most": MAX_KEYWORDS})
    return tuple(found)


def brand(text: str) -> str:
    """Return a 브랜드."""
    return _limited(text, BRAND_LENGTH, "listing_sheet.brand_long")


def moment(text: str, *, end: bool) -> datetime:
    """Return a 판매 시작 or 판매 종료 in UTC. A day alone is its beginning, or its `end`."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise CellProblem("listing_sheet.moment", {"value": shown(text)})
    year, month, day, *clock = found.groups()
    if int(year) > _LAST_YEAR:
        raise CellProblem("listing_sheet.period_far")
    hour, minute, second = (int(one or 0) for one in clock)
    if clock[0] is None and end:
        hour, minute, second = 23, 59, 59
    try:
        return utc(datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=KST))
    except (ValueError, OverflowError):
        raise CellProblem("listing_sheet.moment", {"value": shown(text)}) from None


def option_value(text: str) -> str:
    """Return what an option has for one group, with the characters that TMON refuses still in it."""
    sent = option_text(text)
    if not sent:
        raise CellProblem("listing_sheet.option_value_empty")
    if len(sent) > OPTION_TITLE_LENGTH:
        raise CellProblem("listing_sheet.option_value_long", {"most": OPTION_TITLE_LENGTH})
    return tidied(text)


def price(text: str) -> int:
    """Return a 판매가."""
    number = whole_number(text, WON)
    if number is None:
        raise CellProblem("listing_sheet.price_number", {"value": shown(text)})
    if number == 0:
        raise CellProblem("listing_sheet.price_zero")
    return number


def stock(text: str) -> int:
    """Return a 재고."""
    number = whole_number(text)
    if number is None:
        raise CellProblem("listing_sheet.stock_number", {"value": shown(text)})
    return number


def sku_code(text: str) -> str:
    """Return an SKU코드."""
    return _limited(text, SKU_LENGTH, "listing_sheet.sku_long")


def _limited(text: str, most: int, key: str) -> str:
    line = tidied(text)
    if len(line) > most:
        raise CellProblem(key, {"most": most, "n": len(line)})
    return line


def _key(text: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _code(text: str, words: Mapping[C, str], key: str) -> str:
    for code, word in words.items():
        if _key(text) in (_key(word), _key(code.value)):
            return code.value
    raise CellProblem(key, {"value": shown(text)})


def _number_behind(text: str) -> int | None:
    """Return the number that is all of `text`, or stands in brackets at its end."""
    plain = text.strip()
    if plain.endswith(")"):
        _, opened, plain = plain[:-1].rpartition("(")
        if not opened:
            return None
    found = _NUMBER.fullmatch(plain.strip())
    return int(found[0]) if found else None


def _path(text: str) -> tuple[str, ...]:
    return tuple(_key(name) for name in text.split(">"))


def _section(text: str) -> str:
    return _limited(text, SECTION_NAME_LENGTH, "listing_sheet.section_long")


def _several(
    texts: Sequence[str | None], check: Callable[[str], str], *, twice: str, gap: str
) -> tuple[tuple[str, ...], dict[int, CellProblem]]:
    found: dict[str, int] = {}
    problems: dict[int, CellProblem] = {}
    last = max((number for number, text in enumerate(texts, 1) if text != ""), default=0)
    for number, text in enumerate(texts[:last], 1):
        if not text:
            continue
        try:
            if number > 1 and texts[number - 2] == "":
                raise CellProblem(gap)
            value = check(text)
            if value in found:
                raise CellProblem(twice, {"other": found[value]})
            found[value] = number
        except CellProblem as problem:
            problems[number] = problem
    return tuple(found), problems


def _lines(text: str, wrong: str) -> Iterable[tuple[int, tuple[str, str]]]:
    """Yield the lines `항목: 내용` with their numbers; empty ones are skipped."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        item, colon, said = line.replace("：", ":", 1).partition(":")
        item, said = tidied(item), tidied(said)
        if not (colon and item and said):
            raise CellProblem(wrong, {"n": number})
        if len(line) > LINE_LENGTH:
            raise CellProblem("listing_sheet.line_long", {"n": number, "most": LINE_LENGTH})
        yield number, (item, said)
