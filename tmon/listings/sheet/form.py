"""상품 등록 양식: the workbook in which products are filled in. Call it in a thread."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tmon.listings.checks import MAX_OPTIONS_PER_FILE
from tmon.listings.fields import KC_WORDS, NO, NUMBER, OPTION_NUMBER, ORIGIN_WORDS, TYPE_WORDS, YES, F, O, Tab, part
from tmon.listings.sheet.cells import SheetFacts
from tmon.listings.sheet.examples import EXAMPLES, Example
from tmon.listings.sheet.layouts import CHOICES_NAME, GUIDE_NAME, TAB_NAMES, TITLES
from tmon.spreadsheets.writing import SheetColumn, TextSheet, workbook_of

WIDTHS: Mapping[str, int] = {
    NUMBER: 18,
    OPTION_NUMBER: 18,
    F.MANAGED: 24,
    F.TITLE: 32,
    F.PROMO: 24,
    F.CATEGORY: 36,
    F.TEMPLATE: 24,
    F.DETAIL: 40,
    F.KC_NUMBERS: 24,
    F.NOTICE_TEXT: 36,
    F.KEYWORDS: 24,
    F.START: 18,
    F.END: 18,
    part(F.IMAGES, 1): 30,
}
"""Widths of columns in characters, where they are not the usual ones."""
_USUAL_WIDTH = 14
_NUMBERS: Mapping[str, int] = {O.PRICE: 1, O.STOCK: 0}
"""The least number of the columns that are numbers."""

NOTICE_GROUPS = (
    "의류",
    "구두/신발",
    "가방",
    "패션잡화(모자/벨트/액세서리)",
    "침구류/커튼",
    "가구(침대/소파/싱크대/DIY제품)",
    "영상가전(TV류)",
    "가정용 전기제품(냉장고/세탁기/식기세척기/전자레인지)",
    "계절가전(에어컨/온풍기)",
    "사무용기기(컴퓨터/노트북/프린터)",
    "광학기기(디지털카메라/캠코더)",
    "소형전자(MP3/전자사전 등)",
    "휴대폰",
    "내비게이션",
    "자동차용품",
    "의료기기",
    "주방용품",
    "화장품",
    "귀금속/보석/시계류",
    "식품(농·축·수산물)",
    "가공식품",
    "건강기능식품",
    "영유아용품",
    "악기",
    "스포츠용품",
    "서적",
    "기타 재화",
)
"""Names of notice groups (상품정보제공고시). Others may be typed: TMON knows which there are."""


@dataclass(frozen=True)
class FormWords:
    """What the form says to the person, in their language."""

    notes: Mapping[str, str]
    """Notes on the titles, by `note_names`."""
    choose: str
    """What Excel says when something else is typed than the list offers."""
    whole_number: str
    guide: Sequence[str]
    """Lines of the tab 안내."""


def note_name(tab: Tab, name: str) -> str:
    """Return under which name the note on a column's title stands: columns that a field has several of share one."""
    plain = next((str(field) for field in (F.IMAGES, F.SECTIONS) if name.startswith(f"{field}_")), name)
    shared = plain in (NUMBER, F.SECTIONS)
    return f"{tab}_{plain}" if shared else plain


def note_names() -> Iterator[str]:
    """Yield the names of all notes."""
    yield from dict.fromkeys(note_name(tab, name) for tab, titles in TITLES.items() for name in titles)


def form_file(facts: SheetFacts, words: FormWords) -> bytes:
    """Return the form of a store, with what it may choose from."""
    sheets = [
        TextSheet(
            TAB_NAMES[tab],
            [_column(tab, name, title, facts, words) for name, title in titles.items()],
            _examples(tab, facts),
            room=MAX_OPTIONS_PER_FILE,
            filtered=False,
        )
        for tab, titles in TITLES.items()
    ]
    guide = TextSheet(GUIDE_NAME, [SheetColumn(GUIDE_NAME, 110)], [[line] for line in words.guide], filtered=False)
    return workbook_of([*sheets, guide], choices_name=CHOICES_NAME, hide_choices=True)


def category_cell(no: int, path: str = "") -> str:
    """Return what stands in the cell of a category or template: its name and number; the number alone where it has no name."""
    return f"{path} ({no})" if path else f"({no})"


def _column(tab: Tab, name: str, title: str, facts: SheetFacts, words: FormWords) -> SheetColumn:
    least = _NUMBERS.get(name) if tab is Tab.OPTIONS else None
    return SheetColumn(
        title,
        WIDTHS.get(name, _USUAL_WIDTH),
        choices=_choices(name, facts),
        hint=words.choose if least is None else words.whole_number,
        note=words.notes[note_name(tab, name)],
        least=least,
    )


def _choices(name: str, facts: SheetFacts) -> Sequence[str]:
    match name:
        case F.CATEGORY:
            return [category_cell(one.no, one.path) for one in facts.categories]
        case F.TEMPLATE:
            return [category_cell(one.no, one.name) for one in facts.templates]
        case F.CARRIER:
            return [one.name for one in facts.carriers]
        case F.TYPE:
            return list(TYPE_WORDS.values())
        case F.ORIGIN:
            return list(ORIGIN_WORDS.values())
        case F.KC:
            return list(KC_WORDS.values())
        case F.NOTICE:
            return NOTICE_GROUPS
        case F.ADULT | O.DISPLAY:
            return (YES, NO)
    return ()


def _examples(tab: Tab, facts: SheetFacts) -> Iterator[list[str | int]]:
    """Yield the example rows of a tab. They name what the store has, where it has something that fits."""
    days: dict[str, str | int] = {
        F.START: f"{facts.today + timedelta(days=7)} 09:00",
        F.END: str(facts.today + timedelta(days=120)),
    }
    for example in EXAMPLES:
        if tab is Tab.DEALS:
            rows = [{**example.deal, **_known(example, facts)}]
            if example.has_period:
                rows[0] |= days
        else:
            rows = [{NUMBER: example.deal[NUMBER], **option} for option in example.options]
        for row in rows:
            yield [row.get(name, "") for name in TITLES[tab]]


def _known(example: Example, facts: SheetFacts) -> dict[str, str | int]:
    """Return the cells of an example that name what the store has: nothing in them would be refused."""
    known: dict[str, str | int] = {}
    in_place = (one for word in example.places for one in facts.categories if word in one.path)
    if (category := next(in_place, None) or next(iter(facts.categories), None)) is not None:
        known[F.CATEGORY] = category_cell(category.no, category.path)
    of_kind = (one for one in facts.templates if one.kind is not None and TYPE_WORDS[one.kind] == example.deal[F.TYPE])
    if (template := next(of_kind, None)) is not None:
        known[F.TEMPLATE] = category_cell(template.no, template.name)
    if facts.carriers:
        known[F.CARRIER] = facts.carriers[0].name
    return known
