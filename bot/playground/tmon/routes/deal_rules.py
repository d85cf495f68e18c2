"""What TMON refuses in well-formed deals and options, in its own sentences (docs/tmon-api.md, ch. 8.1, 13.2).

Each rule raises ApiError. `POST` answers with it; `PUT /deals/{vendorDealNo}` puts its sentence into the half that failed.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bot.playground.tmon.category_tree import NEED_LEGAL_PERMISSION, TOP_OF_LEAF
from bot.playground.tmon.deal_listings import Listing
from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.models import StoredTemplate
from bot.playground.tmon.routes.deal_forms import MOST_OPTIONS, OptionForm
from bot.playground.tmon.routes.waybills import CARRIERS, UNKNOWN_CARRIER
from bot.playground.tmon.state import Sandbox

REGISTERED = "이미 등록 완료된 딜입니다."
SAME_TITLE = "중복된 옵션 타이틀"

_LONGEST_MANAGED_TITLE = 60
_PICTURE = re.compile(r"https?://[^\s/?#]+\.[^\s/?#]+/\S+", re.ASCII)
_READ_BY_BUYERS = {
    "managedTitle": "관리용 딜명",
    "title": "딜명",
    "titleDecoration": "홍보문구",
    "detailContents": "상세설명",
    "keywords": "검색어",
    "brandName": "브랜드명",
}
_NOT_IN_OPTIONS = frozenset('#<>\\"^|')
"""Characters that a client removes from option texts before it sends them."""


def check_deal(sandbox: Sandbox, document: Mapping[str, Any], template: StoredTemplate, given: Collection[str]) -> None:
    """Check the fields of a deal; `given`: those that the call sends, which alone are read and fetched."""
    if "managedTitle" in given and len(document["managedTitle"]) > _LONGEST_MANAGED_TITLE:
        raise ApiError(500, f"관리명은 {_LONGEST_MANAGED_TITLE}자 이하로 입력해 주세요.")
    for name, called in _READ_BY_BUYERS.items():
        if name in given:
            said = document[name]
            for words in said if isinstance(said, list) else [said]:
                _check_words(sandbox, words, called)
    if template.policy["productType"] != document["productType"]:
        raise ApiError(500, "배송템플릿의 상품유형이 딜의 상품유형과 일치하지 않습니다.")
    for category_no in [document["categoryNo"], *document.get("subcategoryNos", ())]:
        if category_no not in TOP_OF_LEAF:
            raise ApiError(500, f"등록할 수 없는 카테고리입니다.({category_no})")
    if TOP_OF_LEAF[document["categoryNo"]] in NEED_LEGAL_PERMISSION and "legalPermissionType" not in document:
        raise ApiError(500, "이 카테고리의 딜은 legalPermissionType을 입력해야 합니다.")
    if document["deliveryCorp"] not in CARRIERS:
        raise ApiError(500, UNKNOWN_CARRIER)
    if "mainImages" in given:
        _fetch(sandbox, document["mainImages"])
    if "homeRecommendedImage" in given:
        _fetch(sandbox, [document["homeRecommendedImage"]])


def check_new_options(
    sandbox: Sandbox, sections: Collection[str], options: list[OptionForm], listing: Listing | None = None
) -> None:
    """Check options that are added to a new deal, or to `listing`."""
    present = list(listing.options.values()) if listing else []
    if len(present) + len(options) > MOST_OPTIONS:
        raise ApiError(500, f"옵션은 최대 {MOST_OPTIONS}개까지 등록할 수 있습니다.")
    taken = {
        option.vendor_option_no
        for deal in sandbox.deals.values()
        if not deal.deleted
        for option in deal.options.values()
    }
    for option in options:
        if option.key in taken:
            raise ApiError(500, f"이미 등록된 딜옵션입니다.({option.key})")
        taken.add(option.key)
        check_option_text(sandbox, sections, option)
    check_titles_differ([*(option.title for option in present), *(option.title or "" for option in options)])


def check_option_text(sandbox: Sandbox, sections: Collection[str], option: OptionForm) -> None:
    """Check the text of an option: its structure is that of the deal, which is fixed."""
    if option.title is None:
        return
    if len(option.sections) != len(sections):
        raise ApiError(500, f"옵션 구분의 개수가 딜과 일치하지 않습니다.({option.key})")
    if _NOT_IN_OPTIONS & set(option.title):
        raise ApiError(500, f"옵션명에 사용할 수 없는 특수문자가 있습니다.({option.key})")
    _check_words(sandbox, option.title, "옵션명")


def check_titles_differ(titles: Iterable[str]) -> None:
    """No two options of a deal have one text; the number of blanks makes no difference."""
    bare = [" ".join(title.split()) for title in titles]
    if len(set(bare)) < len(bare):
        raise ApiError(500, SAME_TITLE)


def _check_words(sandbox: Sandbox, words: str, called: str) -> None:
    if sandbox.has_forbidden_word(words):
        raise ApiError(500, f"{called}에 금칙어가 포함되어 있습니다.")


def _fetch(sandbox: Sandbox, urls: Iterable[str]) -> None:
    """Fetch pictures, as TMON does while it registers a deal."""
    for url in urls:
        if not _PICTURE.fullmatch(url):
            raise ApiError(500, f"정상적인 이미지 URL 이 아닙니다.({url})")
        if sandbox.faults.picture_is_silent(url):
            raise ApiError(500, f"이미지 파일에 대해 응답이 없습니다.({url})")
