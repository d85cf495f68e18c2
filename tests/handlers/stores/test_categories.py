"""Names of what TMON and the form know in Korean only, for those who read English."""

import pytest

from handlers.common_views.stores import category_name
from handlers.inquiries.summaries import source_name
from handlers.samples.fixtures import MOMENT
from handlers.texts import Texts
from tmon.clock import KST
from tmon.models.inquiries import Inquiry, Source
from tmon.stores.categories import TOP_LEVEL

KOREAN, ENGLISH = (Texts(language, lambda: MOMENT, KST) for language in ("ko", "en"))


def test_every_category_has_an_english_name_and_keeps_its_korean_one() -> None:
    assert [category_name(KOREAN, name) for name in TOP_LEVEL] == list(TOP_LEVEL)
    assert all(category_name(ENGLISH, name).isascii() for name in TOP_LEVEL)
    assert category_name(ENGLISH, "") == ""
    assert category_name(ENGLISH, "옛 이름") == "옛 이름"


@pytest.mark.parametrize(
    ("category", "korean", "english"),
    [
        ("배송문의", "CS문의(배송문의)", "CS inquiry (delivery)"),
        ("주소 변경", "CS문의(주소변경)", "CS inquiry (change of address)"),
        ("새로운 종류", "CS문의(새로운 종류)", "CS inquiry (새로운 종류)"),
    ],
)
def test_kinds_of_cs_inquiries_are_translated_where_they_are_known(category: str, korean: str, english: str) -> None:
    inquiry = Inquiry(
        team_id="T1",
        store_id="st_1",
        source=Source.CS,
        number=1,
        category=category,
        asked_at=MOMENT,
        listed_from=MOMENT.date(),
        first_seen_at=MOMENT,
    )
    assert (source_name(KOREAN, inquiry), source_name(ENGLISH, inquiry)) == (korean, english)
