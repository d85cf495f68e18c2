"""Masking of personal data for channels: names keep only first and last character, free text loses contact details.

A mask may remove too much, never too little: people who process the order can open the full text.

Patterns are looked for in a plain form of the text (`_plain`): digits of every script and style are 0 to 9, invisible
characters are gone, the rest is in small letters. What they find is removed from the text itself. Every quantifier is
bounded, so that the time grows with the length of the text only.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

MAX_LENGTH = 4_000
"""Longer texts are cut here: no message of Slack shows more."""
_CUT_RESERVE = 200
"""How much more is looked at, so that what the cut goes through is still recognized."""
_STAR = "*"
_MASKED = "＊＊＊"

Span = tuple[int, int]

# --- numbers ---

_MANY_DIGITS = 8
"""Accounts, cards, phones, resident numbers: any number of as many digits is removed."""
_MAX_GAP = 6
"""How many characters that are neither letters nor digits may stand between two digits of one number; repetitions of the
last one do not count."""
_MAX_GAP_WORDS = 3
_TOKEN = re.compile(
    r"(?P<digit>[0-9ㅇ○◯⭕공영일이삼사오육륙칠팔구빵]"
    r"|하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|제로|zero|one|two|three|four|five|six|seven|eight|nine)"
    r"|(?P<like>(?<![a-z])[oil]{1,4}(?![a-z])"  # letters that look like digits
    r"|(?<![a-z])[sbzg](?=[0-9]{3})|(?<=[0-9])[a-wyz](?=[0-9]))"  # but 1500x2000 is a size
    r"|(?P<between>에서|에는|에|의|은|는|그리고|하고|고요|구요|고|요|다시|대시|대쉬|하이픈|국에|국의|번에|번의"
    r"|[십백천]|뒤에|뒤|다음|땡땡|땡|점|쩜|콤마|슬래시|빼기|작대기|짝대기|dash|hyphen|slash|space|and|then|dot|<[a-z/]{1,4}>|&[a-z]{2,6};)"
    r"|(?P<letter>(?![ㅡㅣー_])\w)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_AMOUNT = r"[1-9][0-9]{0,2}(?:,[0-9]{3}){1,3}"
_AMOUNTS = re.compile(rf"{_AMOUNT}(?:\s?[~-]\s?{_AMOUNT})?")
_UNIT = re.compile(r"\s?(?:원|won|krw|개|박스|세트)")
_DATE = re.compile(
    r"20[23][0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|20[23][0-9]([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])(?:\s[0-2]?[0-9](?::[0-5][0-9]){0,2})?"
)
_SIZES = re.compile(r"[1-9][0-9]{1,2}(?:\s?[,/]\s?[1-9][0-9]{1,2}){1,7}")
_RANGES = re.compile(r"(?:[1-9][0-9]?\s?~\s?[1-9][0-9]?(?:[일시월개번],?\s?|,\s?|$)){2,6}")
_SIZE_BEFORE = re.compile(r"(?:사이즈|치수|호수|sizes?)[은는가이]?\W{0,3}$")
_TMONS_BEFORE = re.compile(
    r"(?:주문\s?번?호?|상품\s?번?호?|딜\s?번?호?|옵션\s?번호|(?:운?송장|운송)\s?번?호?|문의\s?번호|클레임\s?번호"
    r"|order|deal|item|tracking)(?:\s?(?:no\.?|number))?(?:[은는이가]|\sis)?\W{0,3}$"
)
_TMONS_AFTER = re.compile(r"번?\s?(?:주문|상품|송장|딜)(?!자)")
_TMONS_NUMBER = re.compile(r"(?!82)[1-9][0-9]{7,11}")
"""Orders, deals and parcels that are named as such; phones begin with 0 or 82, resident numbers have 13 digits."""
_SYLLABLE = "[0-9공영일이삼사오육륙칠팔구]"
_PHONE_IN_WORDS = re.compile(
    r"(?<![0-9])(?:0[0-9]{1,3}|82\W{0,3}0?1[016-9])(?!\s?[시분월일:.]\s?[0-9]{0,2}[가-힣])[^0-9]{1,12}[0-9]{3,4}(?!\s?(?:원|개|년))"
    r"[^0-9]{1,12}[0-9]{4}(?!\s?(?:원|개|년|[0-9]))"
    rf"|(?<![가-힣])[공영빵0]{_SYLLABLE}{{1,2}}[^0-9,]{{1,6}}{_SYLLABLE}{{4}}[^0-9,]{{1,6}}{_SYLLABLE}{{4}}"
)
"""A phone number whatever words stand between its three parts; only phones begin with 0."""
_SHORT_NUMBERS = re.compile(
    "|".join(
        (
            r"(?<![0-9])[0-9]{3}\W?[-.)/~]\W?[0-9]{4}(?![0-9])",  # 123-4567, without the area's number
            r"(?<![0-9])[0-9]{6}[\Wㅡㅣー_]{1,3}[1-8][0-9*x]{0,6}(?![0-9])",  # 900101-1******
            r"(?:우편\s?번호|\(?우\)|\(우|(?:zip|postal)(?:\s?code)?)[은는이가]?\W{0,4}[0-9]{5}",
            r"(?:생년월일|생년|생일|birth(?:day|\s?date)?)[은는]?\W{0,4}[0-9]{6}",
            r"(?<![0-9])(?:[0-9]{2}){1,2}\s?[년./-]\s?[0-9]{1,2}\s?[월./-]\s?[0-9]{1,2}\s?일?\s?생",
            r"(?:생년월일|생일)[은는]?\W{0,4}(?:19|20)?[0-9]{2}\W{0,2}년?\W{0,2}[0-9]{1,2}\W{0,2}월?\W{0,2}[0-9]{1,2}\s?일?",
            r"(?:19|20)?[0-9]{2}\s?년생\W{0,3}[0-9]{1,2}\s?월\s?[0-9]{1,2}\s?일?",
            r"(?:dob|born|birthday)\W{0,3}(?:on\s)?[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}",
            r"주민\s?(?:등록)?\s?번호?[은는]?\s?(?:[뒷뒤]\s?(?:자리)?[은는]?)?\W{0,4}[0-9]{6,7}",
            r"(?<![0-9])[0-9]{6}\W{0,3}(?:[남여]자?|[남여]성)\W{0,3}[0-9]{1,7}",
            r"cv[cv]2?\W{0,3}[0-9]{3,4}",
            r"\([0-9]{5}\)(?=\s?[가-힣])",  # postal codes
            r"(?:비밀\s?번호|비번|도어락|password|passcode|door\s?code)(?:\s?번호)?[은는]?\W{0,4}[0-9]{4,8}",
            r"(?:[뒷끝]\s?번호|[뒷끝뒤]\s?(?:[4네]\s?)?자리)[은는]?\W{0,4}[0-9]{4,7}",
            r"(?<![a-z0-9])[a-z]{1,2}\W{0,2}[0-9]{7}(?![0-9])",  # passports: M1234567, M123A4567
            r"(?<![a-z0-9])[a-z]\W?[0-9]{2,3}\W?[a-z]\W?[0-9]{4,5}(?![0-9])",
        )
    )
)
_INITIAL = re.compile(r"(?<![a-z가-힣])(?:[a-z]|피)\W{0,3}$")
"""What stands before the digits of customs ids and passports."""

# --- e-mail addresses, messengers ---

_PROVIDER = r"(?:네이버|지메일|구글|다음|한메일|핫메일|네이트|카카오|야후|아웃룩|아이클라우드|naver|gmail|daum|hanmail|hotmail|nate|kakao|yahoo|outlook|icloud)"
_ENDING = r"(?:com|net|org|co|kr|컴|넷|케이알)"
_AT = re.compile(
    r"[(\[{<]\s?@\s?[)\]}>]|@(?:\s?@){0,3}|&#64;|&commat;|%40|골뱅이?(?:표|표시)?|[(\[{<#_\-*]{1,2}\s?(?:at?|at\s?sign|골뱅이|앳|엣)\s?[)\]}>#_\-*]{1,2}"
    r"|(?<=[a-z0-9])\s{0,3}(?:[앳엣]마?크?|에이티|에이트|에트|at[\s-]sign)\s{0,3}(?=[a-z0-9네지구다한핫카야아])|\sat\s"
)
_LOCAL_ENDS = frozenset(" \t\r\n@<>,;:()[]\"'")
_MAX_LOCAL = 64
_LABEL = r"[^\s@<>,;:()\[\]\"'.。·]{1,63}"
_DOT = r"(?:\s{0,2}(?:[.。·]|[(\[{]\s?(?:dot|point|점|닷|쩜|\.)\s?[)\]}])\s{0,2}|[\s_-]{0,2}(?:dot|점|닷|쩜)[\s_-]{0,2}(?=[a-z컴넷케]))"
_DOMAIN = re.compile(rf"{_LABEL}(?:{_DOT}{_LABEL}){{0,4}}")
_SURE_DOMAIN = re.compile(
    rf"\W{{0,3}}(?:{_PROVIDER}|[a-z0-9][a-z0-9-]{{0,62}}(?:{_DOT}[a-z0-9-]{{1,63}}){{0,3}}{_DOT}{_ENDING}\b)"
    rf"(?:{_DOT}[a-z가-힣]{{1,10}}){{0,3}}"
)
_MAIL_IDS = re.compile(
    rf"[a-z0-9][a-z0-9._-]{{2,40}}[^a-z0-9\n]{{1,8}}{_PROVIDER}\s?{_DOT}{_ENDING}\b(?:\.kr)?"
    rf"|[a-z0-9][a-z0-9._-]{{3,40}}\s?{_PROVIDER}\s?(?:메일|mail|아이디)"
    rf"|(?=[a-z0-9]{{2,20}}[._])[a-z0-9][a-z0-9._-]{{2,40}}[^a-z0-9]{{1,8}}{_PROVIDER}"
    rf"|{_PROVIDER}\s?[:=]\s?[a-z0-9._-]{{4,40}}"
    rf"|(?:{_PROVIDER}\s?(?:메일|아이디|계정|id)|메일\s?주소|(?:이메일|메일|email|e-mail)\s?(?:아이디|id))[은는이가]?\W{{0,4}}(?=[0-9._-]{{0,20}}[a-z])[a-z0-9._-]{{4,40}}"
)
"""An account before or after its provider, whatever stands for the sign between them."""
_COMMA_ENDING = re.compile(rf"\s?[, ]\s?{_ENDING}\b(?:\s?[,.]\s?kr\b)?")
_MESSENGERS = re.compile(
    r"(?:(?:open|pf)\.kakao\.com|t\.me|line\.me|(?:instagram|facebook|fb|twitter|youtube|tiktok)\.com|(?:blog|cafe)\.naver\.com"
    r"|(?:threads|x|discord)\.(?:net|com|gg))/(?P<link>\S{1,100})"
    r"|(?:(?:카톡|카카오톡|카카오|톡|ㅋㅌ|ㅋㅋㅇㅌ|페이스북|페북|디스코드|트위터|facebook|discord|twitter|텔레그램|텔레|인스타그램|인스타|위챗|디엠|kakaotalk|kakao|telegram|instagram|insta|wechat)"
    r"\s?(?:아이디|아디|계정|친추|친구|추가|id)?|(?:라인|line)\s?(?:아이디|아디|계정|id))\s?(?:[은는이가]\s)?\W{0,4}"
    r"(?=[a-z0-9._-]{0,29}[a-z])(?P<id>[a-z0-9._-]{4,30})"
)

# --- postal addresses ---

_UNITS = r"(?:개|번(?![길지])|명|분|시|일|월|원|건|장|박스|세트|회|차|주|단|인|살|년|켤레|봉|팩|병|캔|매|입|kg|g|ml|cm|mm|kcal|%)"
_COUNTED = rf"[0-9]|(?:\s?[~,/-]\s?[0-9]{{1,5}})?(?:{_UNITS}|\s{_UNITS}(?![가-힣]))"
"""A unit beside its number, or behind a blank: 로 12 명성빌딩 is none."""
_NO_ROADS = frozenset({"가로", "세로", "새로", "바로", "따로", "칼로"})
"""Words that end like a road or village, and are none. 칼로: 칼로리."""
_HOUSE = r"(?:[0-9](?:\s[0-9](?![0-9])){2,4}|[0-9]{1,5}(?:-[0-9]{1,5})?)"
_SPELLED = r"[공영일이삼사오육칠팔구십백천]{3,7}(?=\s?번지|\s?번길|[^가-힣]|$)"
_BUILDING = r"(?:빌라|아파트|오피스텔|맨션|하우스|타워|빌딩|주택|연립|원룸|상가|팰리스|캐슬|빌리지|apt)"
_ROOMS = (
    r"(?:[\s,]{0,3}(?:(?:[가-힣a-z]{1,12}\s?)?제?[0-9]{1,5}(?:-[0-9]{1,5})?\s?[동호층](?![가-힣])|지하\s?[0-9]{0,2}층?"
    r"|\([가-힣0-9\s,.]{1,30}\))){0,6}"
)
_ROAD = re.compile(
    r"(?:[로길동읍리가]|(?<![되하으이시려오])면)\s{0,2}[,:(-]?\s{0,2}(?:산\s?)?"  # 재입고되면, 하시면: no township
    rf"(?:{_SPELLED}|{_HOUSE})(?:번[지길](?:\s?{_HOUSE})?|길\s?{_HOUSE})?(?!{_COUNTED})\)?{_ROOMS}"
)
"""From the last syllable of the road or village on: 로 12, 동 34-5번지, 로12번길 34 101동 1203호."""
_BUILDINGS = re.compile(
    rf"{_BUILDING}\W{{0,3}}(?:[0-9]{{1,2}}\s?(?:차|단지)\W{{0,2}})?(?:[가-힣a-z]\s?동\W{{0,2}})?(?:지하\s?)?(?:[0-9]{{1,2}}\s?층\W{{0,2}})?"
    rf"[a-z]?(?:[0-9]{{1,4}}\s?[동호층]|[0-9]{{1,4}}-[0-9]{{1,5}}|[0-9]{{3,5}}(?!{_COUNTED})){_ROOMS}"
)
_SPACED_ROAD = re.compile(rf"(?:(?<![가-힣])[가-힣]\s){{3,12}}{_HOUSE}")
"""강 남 구 테 헤 란 로 152"""
_ROOM_NUMBERS = re.compile(
    r"(?<![0-9])(?:[0-9]{1,2}\s?(?:차|단지)\W{0,2})?(?:지하\s?)?(?:[0-9]{1,2}\s?층\W{0,2})?"
    r"(?:[0-9]{1,4}\s?동\W{0,2}[a-z]?[0-9]{2,5}(?:\s?호)?|(?<![가-힣a-z])[a-z가나다라마바]\s?동\W{0,2}[0-9]{2,4}(?:\s?호)?"
    r"|[공영일이삼사오육칠팔구십백천]{2,7}동\W{0,2}[공영일이삼사오육칠팔구십백천]{2,7}호|[공영일이삼사오육칠팔구십백천]{3,7}\s?번지"
    r"|[0-9]{3,4}\s?호(?!점)|(?<![a-z])[a-z][0-9]{1,4}\s?호|[0-9]{1,4}\s?호실)"
)
_REGION_WORD = re.compile(
    r"[가-힣]{1,8}[시도군구읍면동리]|서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충[북남]|전[북남]|경[북남]|제주"
)
_REGIONS = re.compile(
    r"(?:(?<![0-9])[0-9]{5}\)?\s{0,2})?(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충[북남]|전[북남]|경[북남]|제주|충청[북남]|전라[북남]|경상[북남])"
    r"(?:특별자치시|특별자치도|특별시|광역시|시|도)?\s?(?:[가-힣]{1,6}시\s?)?[가-힣]{1,6}[구군]"
    rf"(?:\s?[가-힣0-9]{{1,10}}[동읍면리로길가](?![가-힣]))?(?:\s?[가-힣]{{1,10}}{_BUILDING})?"
)
_DISTRICTS = re.compile(
    r"(?:[가-힣]{1,4}시\s)?[가-힣]{1,4}구\s?[가-힣]{1,8}[0-9]?동(?![가-힣])[^\n]{0,15}?(?:[0-9]{2,5}\s?호|[0-9]{1,5}-[0-9]{1,5})"
)
"""인계동 푸르지오 1203호, with the district before it."""
_CITY = r"(?:seoul|busan|daegu|incheon|gwangju|daejeon|ulsan|sejong|jeju|gyeonggi|korea)"
_HYPHENED = r"(?!(?:to|must|can)-do\b)(?:[a-z][a-z0-9]{0,19}-){0,2}[a-z0-9]{1,20}-(?:daero|ro|gil|dong|gu|si|do|eup|myeon|ri|ga)\b"
_SPACED = r"[a-z]{2,20}\s(?:gu|si|do|dong)\b"
_MORE = rf"(?:[,\s]{{1,3}}(?:{_HYPHENED}|{_SPACED}|{_CITY}\b|{_HOUSE}\b)){{0,6}}"
_ENGLISH = re.compile(
    "|".join(
        (
            rf"(?<![a-z0-9-])(?:[0-9]{{1,2}}f[,\s]{{1,3}})?(?:#?{_HOUSE}[,\s]{{1,3}}(?:[a-z]{{2,20}}\s)?){{0,2}}{_HYPHENED}{_MORE}",
            rf"(?<![a-z0-9-]){_HOUSE}[,\s]{{1,3}}[a-z]{{3,20}}\s?(?:daero|ro|gil)\b{_MORE}",
            rf"(?<![a-z0-9-])[a-z]{{3,20}}\s?(?:daero|ro|gil|dong)[,\s]{{1,3}}{_HOUSE}\b{_MORE}",
            rf"(?<![a-z0-9-]){_HOUSE}[a-z]?[,\s]{{1,3}}(?:[a-z][a-z'.-]{{0,24}}\s{{1,2}}){{1,4}}(?:street|st|road|rd|avenue|ave|lane|ln"
            rf"|drive|dr|boulevard|blvd|court|place|square|terrace|close|crescent)\b\.?{_MORE}",
            r"(?<![a-z0-9-])[0-9]{1,4}-?(?:dong|ho)\b(?:[,\s]{1,3}[0-9]{1,4}-?ho\b)?",
            r"(?<![a-z0-9])[0-9]{1,3}(?:st|nd|rd|th)\s(?:floor|fl)\b",
            r"(?<![a-z])(?:apt|apartment|unit|room|rm|suite|ste|bldg|building|floor|flat|p\.?o\.?\s?box)\b\.?\s{0,2}(?:no\.?|#)?\s{0,2}"
            r"[0-9]{1,5}[a-z]?\b",
        )
    )
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
    """Return free text with phone numbers, account numbers, email addresses and postal addresses masked.

    Text beyond `MAX_LENGTH` is left out.
    """
    text = unicodedata.normalize("NFC", (text or "")[: MAX_LENGTH + _CUT_RESERVE])
    plain, symbols, origin = _plain(text)
    masked, end = "", 0
    for start, stop in _merged(_found(plain, symbols)):
        here, there = origin[start], origin[stop - 1] + 1
        if here >= MAX_LENGTH:
            break
        masked += text[end:here] + _MASKED
        end = there
    masked += text[end:MAX_LENGTH]
    return masked if len(text) <= MAX_LENGTH else masked + "…"


def _plain(text: str) -> tuple[str, str, list[int]]:
    """Return two plain forms, and for each of their characters the index in `text` that it comes from.

    The second form has blanks instead of symbols that stand for letters, such as ㈜ and Ⓐ.
    """
    plain: list[str] = []
    symbols: list[str] = []
    origin: list[int] = []
    for index, letter in enumerate(text):
        form, symbol = _plain_letter(letter)
        plain.append(form)
        symbols.append(symbol)
        origin.extend([index] * len(form))
    return "".join(plain), "".join(symbols), origin


@lru_cache(maxsize=4096)
def _plain_letter(letter: str) -> tuple[str, str]:
    if letter.isascii():
        return letter.lower(), letter.lower()
    if letter in _MIDDLE_DOTS:
        return "·", "·"
    if "\u3131" <= letter <= "\u3163":  # single Korean letters; NFKC would make parts of syllables of them
        return letter, letter
    if letter in _AT_SIGNS:
        return "@", " "
    value = unicodedata.numeric(letter, -1)
    if value in range(10):
        return str(int(value)), str(int(value))
    form = unicodedata.normalize("NFKC", letter).lower()
    # format characters, marks that are drawn over others, and fillers
    form = "".join(part for part in form if unicodedata.category(part) not in _UNSEEN and part not in _FILLERS)
    if unicodedata.category(letter).startswith(("S", "P", "Z")):
        return form, "".join(part if part.isdigit() else " " for part in form)
    return form, form


_MIDDLE_DOTS = frozenset("\u318d\u119e\u1173")
"""Korean letters by their category, but used as dots and dashes."""
_AT_SIGNS = frozenset("ⓐⒶ⒜🄐")
_UNSEEN = ("Cf", "Mn", "Me")
_FILLERS = frozenset("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u3164\uffa0")


def _found(plain: str, symbols: str) -> Iterator[Span]:
    """Yield what is to be removed, in any order."""
    yield from _numbers(symbols)
    yield from _emails(plain)
    yield from _roads(plain)
    for found in _BUILDINGS.finditer(plain):
        yield _word_start(plain, found.start()), found.end()
    yield from (found.span() for found in _PHONE_IN_WORDS.finditer(symbols))
    for pattern in (_SHORT_NUMBERS, _MAIL_IDS, _SPACED_ROAD, _ROOM_NUMBERS, _REGIONS, _DISTRICTS, _ENGLISH):
        yield from (found.span() for found in pattern.finditer(plain))
    for found in _MESSENGERS.finditer(plain):
        yield found.span(found.lastgroup or 0)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _numbers(plain: str) -> Iterator[Span]:
    """Yield numbers of many digits, however their digits are spelled and whatever stands between them."""
    start = end = count = 0
    gap = words = 0
    last = ""
    for token in _TOKEN.finditer(plain):
        kind = token.lastgroup
        if kind in ("digit", "like"):
            if not count:
                start = token.start()
            count += len(token[0]) if kind == "like" else 1
            end, gap, words, last = token.end(), 0, 0, ""
            continue
        if kind == "between":
            gap, words, last = 0, words + 1, ""
        elif kind == "other":
            gap, last = gap + (token[0] != last), token[0]
        if kind == "letter" or gap > _MAX_GAP or words > _MAX_GAP_WORDS:
            if count >= _MANY_DIGITS and not _is_harmless(plain, start, end):
                yield _with_initial(plain, start), end
            count = 0
            gap = words = 0
    if count >= _MANY_DIGITS and not _is_harmless(plain, start, end):
        yield _with_initial(plain, start), end


def _is_harmless(plain: str, start: int, end: int) -> bool:
    """Return whether a number is an amount (12,000,000원), sizes, an order's number, a date of these years, or made of look-alikes only."""
    number = plain[start:end]
    before = max(0, start - 20)
    if _AMOUNTS.fullmatch(number) and _UNIT.match(plain, end):
        return True
    if _SIZES.fullmatch(number) and (_SIZE_BEFORE.search(plain, before, start) or _rises(number)):
        return True
    if _RANGES.fullmatch(number):
        return True
    if _TMONS_NUMBER.fullmatch(number) and (
        _TMONS_BEFORE.search(plain, before, start) or _TMONS_AFTER.match(plain, end)
    ):
        return True
    return _DATE.fullmatch(number) is not None or re.search("[^\\WoilㅇO○◯⭕]", number) is None


def _rises(number: str) -> bool:
    """Whether these are sizes to choose from: 230, 240, 250."""
    sizes = [int(size) for size in re.findall("[0-9]{1,3}", number)]
    return sizes == sorted(set(sizes)) and sizes[-1] <= 2 * sizes[0]


def _with_initial(plain: str, start: int) -> int:
    found = _INITIAL.search(plain, max(0, start - 5), start)
    return start if found is None else found.start()


def _emails(plain: str) -> Iterator[Span]:
    """Yield e-mail addresses, also spelled with words for `@` and the dots."""
    for at in _AT.finditer(plain):
        start = at.start()
        while start and plain[start - 1] == " " and at.start() - start < 2:
            start -= 1
        least = max(0, start - _MAX_LOCAL)
        local = start
        while local > least and (plain[local - 1] not in _LOCAL_ENDS or _is_spaced_dot(plain, local - 1)):
            local -= 1
        sure = "@" in at[0]
        space = re.match(r"\s{0,2}", plain[at.end() : at.end() + 2])
        domain = (
            _DOMAIN.match(plain, at.end() + (space.end() if space else 0))
            if sure
            else _SURE_DOMAIN.match(plain, at.end())
        )
        if domain is None or (local == start and not sure):
            continue
        more = _COMMA_ENDING.match(plain, domain.end())
        quoted = local and plain[local - 1] in "\"'" and local == start
        if quoted:
            local = max(least, plain.rfind(plain[local - 1], least, local - 1))
        yield local, (more or domain).end()


def _is_spaced_dot(plain: str, index: int) -> bool:
    """Return whether there is a blank at `index` beside a dot that stands between two blanks: kim . seoyeon @ …"""
    return plain[index] == " " and " . " in plain[max(0, index - 2) : index + 3]


def _roads(plain: str) -> Iterator[Span]:
    for found in _ROAD.finditer(plain):
        start = _word_start(plain, found.start())
        if plain[start : found.start() + 1] in _NO_ROADS:
            continue
        if start < found.start():
            yield _with_regions(plain, start), found.end()


def _word_start(plain: str, end: int) -> int:
    """Return where the Korean word or number begins that ends at `end`, at most twelve characters before."""
    start = end
    while start and end - start < 12 and (plain[start - 1].isdigit() or "가" <= plain[start - 1] <= "힣"):
        start -= 1
    return start


def _with_regions(plain: str, start: int) -> int:
    """Return where the regions begin that stand before a road: 서울 마포구 …, 경기도 성남시 분당구 …."""
    for _ in range(5):
        end = start
        while end and plain[end - 1] in " ,\t\n" and start - end < 3:
            end -= 1
        word = _word_start(plain, end)
        if word == end or _REGION_WORD.fullmatch(plain, word, end) is None:
            return start
        start = word
    return start
